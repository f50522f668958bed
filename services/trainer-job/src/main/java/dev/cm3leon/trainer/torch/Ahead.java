package dev.cm3leon.trainer.torch;

import java.util.ArrayDeque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongFunction;
import org.bytedeco.javacpp.PointerScope;

/// Makes what the next steps need while this one is done, on threads of its own.
public final class Ahead<T> implements AutoCloseable {
    private final LongFunction<T> make;
    private final long until;
    private final int depth;
    private final ExecutorService threads;
    private final ArrayDeque<Future<T>> coming = new ArrayDeque<>();
    private long next; // the step of the first one that is coming
    private double waited;

    /// @param make what a step needs, a function of its number alone
    /// @param until the step after the last
    /// @param depth how many are made before they are needed
    /// @param threads that make them
    public Ahead(LongFunction<T> make, long until, int depth, int threads) {
        this.make = make;
        this.until = until;
        this.depth = depth;
        this.threads = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("ahead-", 0).daemon().factory());
    }

    /// What this step needs. Steps are usually taken in order.
    public T take(long step) {
        if (step != next) {
            coming.forEach(one -> one.cancel(false));
            coming.clear();
            next = step;
        }
        while (coming.size() <= depth && (coming.isEmpty() || next + coming.size() < until)) {
            long wanted = next + coming.size();
            coming.add(threads.submit(() -> {
                try (var scope = new PointerScope()) {
                    return make.apply(wanted);
                }
            }));
        }
        next++;
        long begin = System.nanoTime();
        try {
            return coming.removeFirst().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while data was made");
        } finally {
            waited = (System.nanoTime() - begin) / 1e9;
        }
    }

    /// Seconds that the last [#take] waited.
    public double waited() {
        return waited;
    }

    /// Returns when nothing is being made any more: the models that it is made with may be gone then.
    @Override
    public void close() {
        coming.forEach(one -> one.cancel(false));
        threads.close();
    }
}
