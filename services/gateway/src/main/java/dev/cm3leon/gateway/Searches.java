package dev.cm3leon.gateway;

import dev.cm3leon.events.SearchEvent;
import dev.cm3leon.events.SearchEvent.SearchCompleted;
import dev.cm3leon.events.SearchEvent.SearchFailed;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Questions that this gateway asked over Kafka and that are not answered yet.
final class Searches {

    private final Map<String, CompletableFuture<SearchEvent>> waiting = new ConcurrentHashMap<>();

    /// Asks, and waits for the answer.
    ///
    /// @throws Refusal 503 when none came in time, or the retriever could not search
    SearchCompleted ask(SearchRequested question, Consumer<SearchRequested> publish, Duration atMost)
            throws InterruptedException {
        CompletableFuture<SearchEvent> answer = new CompletableFuture<>();
        waiting.put(question.search(), answer);
        try {
            publish.accept(question);
            return switch (answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                case SearchCompleted completed -> completed;
                case SearchFailed failed -> throw Refusal.unavailable("the search failed: " + failed.reason());
                case SearchRequested _ -> throw new IllegalStateException("a question is no answer");
            };
        } catch (TimeoutException e) {
            throw Refusal.unavailable("the search was not answered within %d ms".formatted(atMost.toMillis()));
        } catch (ExecutionException e) {
            throw new IllegalStateException("an answer is never completed with a failure", e);
        } finally {
            waiting.remove(question.search());
        }
    }

    /// Hears everything on the search topics; answers to others' questions are ignored.
    void hear(SearchEvent event) {
        if (event instanceof SearchRequested) return;
        CompletableFuture<SearchEvent> answer = waiting.get(event.search());
        if (answer != null) answer.complete(event);
    }
}
