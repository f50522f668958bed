package dev.cm3leon.gateway;

import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.IndexState;
import dev.cm3leon.objectstore.ObjectStore;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// What a job needs besides the broker, looked at before it is accepted. A job that is accepted waits for it.
final class Needs {

    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ObjectStore store;
    private final IndexState index;
    private volatile long answered = System.nanoTime() - FRESH.toNanos();

    Needs(ObjectStore store, IndexState index) {
        this.store = store;
        this.index = index;
    }

    /// The index too where a job asks for no documents: it would wait behind those that do.
    ///
    /// @throws Refusal 503 when one of them cannot be reached
    void check() throws InterruptedException {
        if (System.nanoTime() - answered >= FRESH.toNanos()) askTheStore();
        index.requireReachable();
    }

    /// Any question will do: what counts is that there is an answer.
    private void askTheStore() throws InterruptedException {
        try {
            CompletableFuture.supplyAsync(() -> store.exists("any"), Thread::startVirtualThread)
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            answered = System.nanoTime();
        } catch (TimeoutException e) {
            throw Refusal.unavailable("the object store did not answer within %d s".formatted(PATIENCE.toSeconds()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UncheckedIOException away) {
                throw Refusal.unavailable("the object store cannot be reached: " + away.getMessage());
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
