package dev.cm3leon.gateway.state;

import dev.cm3leon.gateway.problem.Refusal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Questions that this gateway asked over Kafka and that are not answered yet.
///
/// @param <Q> what asks
/// @param <A> what answers
public final class Questions<Q, A> {

    private final Map<String, CompletableFuture<A>> waiting = new ConcurrentHashMap<>();
    private final String unanswered;

    /// @param unanswered what is said of a question that was not answered in time
    Questions(String unanswered) {
        this.unanswered = unanswered;
    }

    /// Asks, and waits for the answer.
    ///
    /// @throws Refusal 503 when none came in time
    public A ask(String id, Q question, Consumer<Q> publish, Duration atMost) throws InterruptedException {
        CompletableFuture<A> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        try {
            publish.accept(question);
            return answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw Refusal.unavailable("%s within %d ms".formatted(unanswered, atMost.toMillis()));
        } catch (ExecutionException e) {
            throw new IllegalStateException("an answer is never completed with a failure", e);
        } finally {
            waiting.remove(id);
        }
    }

    /// Hears an answer; those to others' questions are ignored.
    void answer(String id, A answer) {
        CompletableFuture<A> asked = waiting.get(id);
        if (asked != null) asked.complete(answer);
    }
}
