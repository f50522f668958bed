package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.vectorindex.MemoryVectorIndex;
import dev.cm3leon.vectorindex.VectorIndex;
import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class IndexingQueueTest {

    private final MemoryVectorIndex memory = new MemoryVectorIndex();
    private final VectorIndex index = refusing("bad");
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<DocumentEvent> published = new CopyOnWriteArrayList<>();
    private final List<String> done = new CopyOnWriteArrayList<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger broken = new AtomicInteger();
    private final AtomicInteger lacking = new AtomicInteger();
    private final Indexer indexer = new Indexer(
            index,
            document -> {
                passGate();
                if (broken.getAndDecrement() > 0) throw new AssertionError("a broken library");
                return new Embedding(new float[] {1, 0}, new float[] {1, 0});
            },
            new Tombstones(new MemoryObjectStore()),
            ListedDocuments.NONE);
    private final IndexingQueue queue = new IndexingQueue(this::indexer, this::publish);

    @AfterEach
    void close() {
        queue.close();
    }

    @Test
    void everyDocumentIsIndexedToldAndDone() {
        gate.countDown();

        for (int i = 0; i < 200; i++) add("d" + i);
        queue.awaitIdle();

        assertThat(index.size()).isEqualTo(200);
        assertThat(published).hasSize(200).allMatch(DocumentIndexed.class::isInstance);
        assertThat(done).hasSize(200);
    }

    @Test
    void aDocumentIsDoneOnlyWhenTheBrokerHasItsEvent() {
        gate.countDown();
        refused.set(2);

        add("d");
        queue.awaitIdle();

        assertThat(refused).hasValueLessThan(0);
        assertThat(published).containsExactly(new DocumentIndexed("d", "memory", Instant.EPOCH));
        assertThat(done).containsExactly("d");
    }

    @Test
    void whatIsNotDoneWhenTheServiceStopsStaysUndone() {
        add("d");

        queue.close();

        assertThat(done).isEmpty();
        assertThat(published).isEmpty();
    }

    @Test
    void whatFailsBecauseTheServiceStopsIsNotRejected() throws Exception {
        gate.countDown();
        add("slow");
        reached.await();

        queue.close();

        assertThat(done).isEmpty();
        assertThat(published).isEmpty();
    }

    @Test
    void oneDocumentThatTheIndexRefusesIsRejectedAndTheOthersAreIndexed() {
        for (String id : List.of("first", "a", "bad", "b")) add(id);
        gate.countDown();
        queue.awaitIdle();

        assertThat(published)
                .containsExactlyInAnyOrder(
                        new DocumentIndexed("first", "memory", Instant.EPOCH),
                        new DocumentIndexed("a", "memory", Instant.EPOCH),
                        new DocumentRejected("bad", "index", "no room for bad", Instant.EPOCH),
                        new DocumentIndexed("b", "memory", Instant.EPOCH));
        assertThat(done).containsExactly("first", "a", "bad", "b");
    }

    @Test
    void thatTheIndexCannotBeHadIsNoDocumentsFault() {
        gate.countDown();
        lacking.set(1);

        add("d");
        queue.awaitIdle();

        assertThat(published).containsExactly(new DocumentIndexed("d", "memory", Instant.EPOCH));
    }

    @Test
    void indexingGoesOnAfterAnError() {
        gate.countDown();
        broken.set(1);

        add("d");
        queue.awaitIdle();

        assertThat(published).containsExactly(new DocumentIndexed("d", "memory", Instant.EPOCH));
        assertThat(done).containsExactly("d");
    }

    private Indexer indexer() {
        if (lacking.getAndDecrement() > 0) throw new IllegalArgumentException("there is no model promoted@1");
        return indexer;
    }

    private VectorIndex refusing(String id) {
        return (VectorIndex) Proxy.newProxyInstance(
                VectorIndex.class.getClassLoader(), new Class<?>[] {VectorIndex.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("upsert")) {
                        List<String> ids = ((List<?>) arguments[0])
                                .stream()
                                        .map(entry -> ((VectorIndex.Entry) entry).id())
                                        .toList();
                        if (ids.contains(id)) throw new IllegalStateException("no room for " + id);
                        if (ids.contains("slow")) awaitStop();
                    }
                    return method.invoke(memory, arguments);
                });
    }

    /// As Milvus' client does: it keeps the interruption, and fails.
    private void awaitStop() {
        reached.countDown();
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalArgumentException("could not add to the index", e);
        }
    }

    private void add(String id) {
        var document = new Document(id, "public", "text", new ObjectRef("i", "image/png", 1), null, null);
        queue.add(new DocumentTokenized(document, "tiny@1", Instant.EPOCH), () -> {
            assertThat(published).anyMatch(event -> event.document().equals(id));
            done.add(id);
        });
    }

    private void passGate() {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("stopped"));
        }
    }

    private void publish(DocumentEvent event) {
        if (refused.getAndDecrement() > 0) throw new UncheckedIOException(new IOException("the broker is down"));
        published.add(event);
    }
}
