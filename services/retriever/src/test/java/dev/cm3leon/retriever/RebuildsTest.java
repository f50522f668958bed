package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.IndexEvent;
import dev.cm3leon.events.IndexEvent.IndexRebuildFailed;
import dev.cm3leon.events.IndexEvent.IndexRebuildRequested;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.vectorindex.Bank;
import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RebuildsTest {

    private static final float[] EAST = {1, 0};

    private Instant now = Instant.EPOCH;
    private final Bank bank = Bank.inMemory("clip");
    private final List<DocumentTokenized> documents = new ArrayList<>();
    private final ListedDocuments log = new ListedDocuments(documents);
    private final List<IndexEvent> asked = new CopyOnWriteArrayList<>();
    private final Tombstones tombstones = new Tombstones(new MemoryObjectStore());
    private final Indexer indexer = new Indexer(bank, this::encode, tombstones, ListedDocuments.NONE);
    private final Clips clips = new Clips(
            "tiny@1",
            () -> List.of("tiny@1"),
            (model, opened) -> new Clip("clip", 2, bank, text -> EAST, image -> EAST, this::encode, indexer, () -> {}));
    private final Rebuild rebuild = new Rebuild(clips, log, tombstones);
    private final Rebuilds rebuilds = new Rebuilds(rebuild, this::bank, log, asked::add, () -> now);
    private boolean broken;

    @AfterEach
    void close() {
        rebuilds.close();
    }

    @Test
    void aBankThatIsEmptyThoughDocumentsWereAddedIsRebuilt() throws Exception {
        addDocument();
        String lost = bank.name();

        rebuilds.look();
        rebuilds.look();

        assertThat(asked).singleElement().isInstanceOfSatisfying(IndexRebuildRequested.class, requested -> {
            assertThat(requested.index()).isEqualTo(lost);
            assertThat(requested.reason()).contains("taken away");
        });
        rebuild.run((IndexRebuildRequested) asked.getFirst(), progress -> {});
        rebuilds.look();
        assertThat(bank.size()).isEqualTo(1);
        assertThat(asked).hasSize(1);
    }

    @Test
    void ofANewBankNothingIsAsked() {
        rebuilds.look();

        assertThat(asked).isEmpty();
    }

    @Test
    void lookingGoesOnAfterAnError() {
        addDocument();
        bank.name(); // which begins it
        broken = true;
        rebuilds.look();
        broken = false;
        rebuilds.look();
        rebuilds.look();

        assertThat(asked).hasSize(1);
    }

    @Test
    void aRebuildThatEndsWithAnErrorFailedAndIsDone() throws Exception {
        addDocument();
        broken = true;
        var done = new CountDownLatch(1);

        rebuilds.add(new IndexRebuildRequested("r", null, null, false, Instant.EPOCH), done::countDown);

        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(asked).containsExactly(new IndexRebuildFailed("r", "a broken library"));
    }

    @Test
    void whatFailedIsAskedForAgainLaterAndLaterUntilItFailedFiveTimes() throws Exception {
        addDocument();
        bank.name(); // which begins it
        rebuilds.look();

        for (int minutes : List.of(15, 30, 60, 120)) {
            rebuilds.look();
            fail((IndexRebuildRequested) asked.removeFirst());
            now = now.plus(minutes, ChronoUnit.MINUTES).minusMillis(1);
            rebuilds.look();
            assertThat(asked).isEmpty();
            now = now.plusMillis(1);
            Bank.Built another = bank.build();
            rebuilds.look();
            assertThat(asked).isEmpty();
            bank.dropUnlessSearched(another);
            rebuilds.look();
            rebuilds.look();
            assertThat(asked).hasSize(1);
        }

        fail((IndexRebuildRequested) asked.removeFirst());
        now = now.plus(10, ChronoUnit.DAYS);
        rebuilds.look();
        assertThat(asked).isEmpty();
    }

    private void fail(IndexRebuildRequested requested) throws InterruptedException {
        broken = true;
        var done = new CountDownLatch(1);
        rebuilds.add(requested, done::countDown);
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        broken = false;
        assertThat(asked.removeFirst()).isInstanceOf(IndexRebuildFailed.class);
    }

    private void addDocument() {
        var document = new Document("a", "public", "words", new ObjectRef("i", "image/png", 1), null, null);
        documents.add(new DocumentTokenized(document, "tiny@1", Instant.EPOCH));
    }

    private Bank bank() {
        if (broken) throw new AssertionError("a broken library");
        return bank;
    }

    private Embedding encode(Document document) {
        if (broken) throw new AssertionError("a broken library");
        return new Embedding(EAST, EAST);
    }
}
