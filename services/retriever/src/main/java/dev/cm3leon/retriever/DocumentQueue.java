package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Works on the documents that wait together, since an index writes many nearly as fast as one (a commit of Lucene's
/// costs twenty milliseconds, a request to Milvus a round trip). One that comes alone does not wait for others. What
/// cannot be done is tried again without an end: an addition or a removal is lost by no outage, however long.
///
/// @param <E> what happened to a document
final class DocumentQueue<E extends DocumentEvent> implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DocumentQueue.class);
    private static final int TOGETHER = 64;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private record Waiting<E>(E event, Runnable done) {}

    private final Consumer<List<E>> work;
    private final BlockingQueue<Waiting<E>> queue = new ArrayBlockingQueue<>(2 * TOGETHER);
    private final AtomicInteger undone = new AtomicInteger();
    private final Thread thread;

    /// @param name of the thread
    /// @param work on some of them, at most 64; it may be done again
    DocumentQueue(String name, Consumer<List<E>> work) {
        this.work = work;
        this.thread = Thread.ofPlatform().name(name).daemon().start(this::run);
    }

    /// Takes a document; waits while many are there.
    ///
    /// @param done is called when the work on it is done
    void add(E event, Runnable done) {
        undone.incrementAndGet();
        try {
            queue.put(new Waiting<>(event, done));
        } catch (InterruptedException e) {
            undone.decrementAndGet();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("stopped while document " + event.document() + " waited", e);
        }
    }

    /// Waits until every document that was added is done, or this is closed.
    void awaitIdle() {
        while (undone.get() > 0 && thread.isAlive()) LockSupport.parkNanos(1_000_000);
    }

    /// Documents that are not done stay undone: they are delivered again.
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                List<Waiting<E>> together = new ArrayList<>();
                together.add(queue.take());
                queue.drainTo(together, TOGETHER - 1);
                work(together);
            }
        } catch (InterruptedException e) {
            log.debug("stopped");
        }
    }

    /// Goes on until the documents are done: nothing that goes wrong here ends the thread, since whoever adds would
    /// wait for it for ever.
    private void work(List<Waiting<E>> together) throws InterruptedException {
        List<E> events = together.stream().map(Waiting::event).toList();
        Duration wait = Duration.ofMillis(100);
        while (true) {
            try {
                work.accept(events);
                break;
            } catch (UncheckedIOException e) { // index, store or broker are away: the same again changes nothing
                log.warn("waiting: {}", e.getMessage());
            } catch (RuntimeException | Error e) {
                log.error("{} documents wait", events.size(), e);
            }
            Thread.sleep(wait);
            Duration longer = wait.multipliedBy(2);
            wait = longer.compareTo(LONGEST_WAIT) < 0 ? longer : LONGEST_WAIT;
        }
        together.forEach(this::done);
    }

    private void done(Waiting<E> one) {
        try {
            one.done().run();
        } catch (RuntimeException e) {
            log.error("document {} is done, and comes again", one.event().document(), e);
        } finally {
            undone.decrementAndGet();
        }
    }
}
