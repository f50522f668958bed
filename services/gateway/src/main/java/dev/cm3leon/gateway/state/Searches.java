package dev.cm3leon.gateway.state;

import dev.cm3leon.events.SearchEvent;
import dev.cm3leon.events.SearchEvent.SearchCompleted;
import dev.cm3leon.events.SearchEvent.SearchFailed;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import dev.cm3leon.gateway.problem.Refusal;
import java.time.Duration;
import java.util.function.Consumer;

/// Searches that this gateway asked for.
public final class Searches {

    private final Questions<SearchRequested, SearchEvent> questions = new Questions<>("the search was not answered");

    /// Asks, and waits for the answer.
    ///
    /// @throws Refusal 503 when none came in time, or the retriever could not search
    public SearchCompleted ask(SearchRequested question, Consumer<SearchRequested> publish, Duration atMost)
            throws InterruptedException {
        return switch (questions.ask(question.search(), question, publish, atMost)) {
            case SearchCompleted completed -> completed;
            case SearchFailed failed -> throw Refusal.unavailable("the search failed: " + failed.reason());
            case SearchRequested _ -> throw new IllegalStateException("a question is no answer");
        };
    }

    /// Hears everything on the search topics.
    void hear(SearchEvent event) {
        if (!(event instanceof SearchRequested)) questions.answer(event.search(), event);
    }
}
