package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Indexes the documents that wait together, since an index writes many nearly as fast as one (a commit of Lucene's
/// costs twenty milliseconds, a request to Milvus a round trip). One that comes alone does not wait for others.
final class IndexingQueue implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(IndexingQueue.class);
    private static final int TOGETHER = 64;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private record Waiting(DocumentTokenized document, Runnable done) {}

    private final Supplier<Indexer> indexer;
    private final Consumer<DocumentEvent> events;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(2 * TOGETHER);
    private final AtomicInteger undone = new AtomicInteger();
    private final Thread thread;

    /// @param indexer of the index that is searched now
    /// @param events publishes; returns when the broker has the event
    IndexingQueue(Supplier<Indexer> indexer, Consumer<DocumentEvent> events) {
        this.indexer = indexer;
        this.events = events;
        this.thread = Thread.ofPlatform().name("index").daemon().start(this::run);
    }

    /// Takes a document; waits while many are there.
    ///
    /// @param done is called when the document can be found and that is published
    void add(DocumentTokenized document, Runnable done) {
        undone.incrementAndGet();
        try {
            queue.put(new Waiting(document, done));
        } catch (InterruptedException e) {
            undone.decrementAndGet();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("stopped while document " + document.document() + " waited", e);
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
                List<Waiting> together = new ArrayList<>();
                together.add(queue.take());
                queue.drainTo(together, TOGETHER - 1);
                index(together);
            }
        } catch (InterruptedException e) {
            log.debug("stopped");
        }
    }

    /// Goes on until the documents are done: nothing that goes wrong here ends the thread, since whoever adds would
    /// wait for it for ever.
    private void index(List<Waiting> together) throws InterruptedException {
        List<DocumentTokenized> documents =
                together.stream().map(Waiting::document).toList();
        Duration wait = Duration.ofMillis(100);
        while (true) {
            try {
                Indexer now = indexer.get(); // where it cannot be had, that is no document's fault
                now.index(documents).forEach(events);
                break;
            } catch (UncheckedIOException e) { // index, store or broker are away: the same again changes nothing
                log.warn("waiting: {}", e.getMessage());
            } catch (RuntimeException | Error e) {
                log.error("{} documents wait", documents.size(), e);
            }
            Thread.sleep(wait);
            Duration longer = wait.multipliedBy(2);
            wait = longer.compareTo(LONGEST_WAIT) < 0 ? longer : LONGEST_WAIT;
        }
        together.forEach(this::done);
    }

    private void done(Waiting one) {
        try {
            one.done().run();
        } catch (RuntimeException e) {
            log.error("document {} is indexed, and comes again", one.document().document(), e);
        } finally {
            undone.decrementAndGet();
        }
    }
}
