package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.IndexEvent.IndexRebuildFailed;
import dev.cm3leon.events.IndexEvent.IndexRebuildRequested;
import dev.cm3leon.events.IndexEvent.IndexRebuilt;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.vectorindex.Bank;
import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import dev.cm3leon.vectorindex.VectorIndex.VectorField;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RebuildTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final float[] EAST = {1, 0};
    private static final Embedding DOCUMENT = new Embedding(EAST, EAST);
    private static final Embedding LONGER = new Embedding(new float[] {1, 0, 0}, new float[] {1, 0, 0});

    @TempDir
    Path folder;

    private final Bank bank = Bank.inMemory("clip");
    private final Tombstones tombstones = new Tombstones(new MemoryObjectStore());
    private final List<DocumentTokenized> log = new CopyOnWriteArrayList<>();
    private final AtomicReference<Consumer<Document>> meanwhile = new AtomicReference<>(document -> {});
    private final Indexer indexer = new Indexer(bank, document -> DOCUMENT, tombstones, ListedDocuments.NONE);
    private final Clip clip = new Clip(
            "clip",
            2,
            bank,
            text -> EAST,
            image -> EAST,
            document -> {
                meanwhile.get().accept(document);
                if (String.valueOf(document.text()).isEmpty()) throw new IllegalArgumentException("no image");
                return DOCUMENT;
            },
            indexer,
            () -> {});
    private final Clips clips = new Clips("tiny@1", () -> List.of("tiny@1"), (model, opened) -> clip);
    private final Rebuild rebuild = new Rebuild(clips, new ListedDocuments(log), tombstones);

    @Test
    void theNewIndexHasWhatTheLogHas() throws Exception {
        for (String id : List.of("a", "b", "c")) add(id, "words", NOON);
        String before = bank.version();

        var end = (IndexRebuilt) rebuild.run(requested(false), progress -> {});

        assertThat(end.documents()).isEqualTo(3);
        assertThat(end.indexVersion()).isEqualTo(bank.version()).isNotEqualTo(before);
        assertThat(found()).containsExactly("a", "b", "c");
    }

    @Test
    void whatWasRemovedStaysOutThoughTheLogHasIt() throws Exception {
        add("kept", "words", NOON);
        add("gone", "words", NOON);
        indexer.remove(new DocumentRemoved("gone", NOON.plusSeconds(1)));

        rebuild.run(requested(false), progress -> {});
        indexer.index(List.of(log.getLast())); // its addition, delivered again

        assertThat(found()).containsExactly("kept");
    }

    @Test
    void whatIsRemovedWhileItIsCopiedStaysOut() throws Exception {
        add("kept", "words", NOON);
        add("gone", "words", NOON);
        meanwhile.set(document -> {
            if (document.id().equals("gone")) indexer.remove(new DocumentRemoved("gone", NOON.plusSeconds(1)));
        });

        rebuild.run(requested(false), progress -> {});

        assertThat(found()).containsExactly("kept");
    }

    @Test
    void whatIsRemovedAfterItWasCopiedStaysOut() throws Exception {
        add("gone", "words", NOON);
        add("kept", "words", NOON);
        meanwhile.set(document -> {
            if (document.id().equals("kept")) indexer.remove(new DocumentRemoved("gone", NOON.plusSeconds(1)));
        });

        rebuild.run(requested(false), progress -> {});

        assertThat(found()).containsExactly("kept");
    }

    @Test
    void whatAnotherRetrieverTakesOutJustThenIsWaitedFor() throws Exception {
        add("a", "words", NOON);
        var removal = tombstones.bury("b", NOON.plusSeconds(1));
        log.add(tokenized("b", "last", NOON.plusSeconds(2)));
        Thread.ofVirtual().start(() -> {
            LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
            tombstones.ended(removal);
        });

        assertThat(rebuild.run(requested(false), progress -> {})).isInstanceOf(IndexRebuilt.class);

        assertThat(find(Set.of("last"))).containsExactly("b");
    }

    @Test
    void whatIsAddedMeanwhileIsInTheNewIndexAsItWasAddedLast() throws Exception {
        add("a", "first", NOON);
        add("b", "words", NOON);
        meanwhile.set(document -> {
            if (!document.id().equals("a") || !String.valueOf(document.text()).equals("first")) return;
            add("a", "second", NOON.plusSeconds(1)); // before the first one is written to the new index
            add("c", "words", NOON.plusSeconds(1));
        });

        rebuild.run(requested(false), progress -> {});

        assertThat(found()).containsExactly("a", "b", "c");
        assertThat(find(Set.of("second"))).containsExactly("a");
        assertThat(find(Set.of("first"))).isEmpty();
    }

    @Test
    void searchingGoesOnAllTheWhile() throws Exception {
        for (int i = 0; i < 30; i++) add("d%02d".formatted(i), "words", NOON);
        List<String> all = found();
        var stop = new AtomicBoolean();
        List<List<String>> wrong = new CopyOnWriteArrayList<>();

        try (var threads = Executors.newSingleThreadExecutor()) {
            var searches = threads.submit(() -> {
                int n = 0;
                for (; !stop.get(); n++) {
                    List<String> found = found();
                    if (!found.equals(all)) wrong.add(found);
                }
                return n;
            });
            try {
                for (int i = 0; i < 20; i++) rebuild.run(requested(false), progress -> {});
            } finally {
                stop.set(true);
            }

            assertThat(searches.get()).isPositive();
            assertThat(wrong).isEmpty();
        }
    }

    @Test
    void aLogThatLacksDocumentsDoesNotTakeThePlaceOfTheIndexUnlessThatIsWanted() throws Exception {
        for (String id : List.of("a", "b", "c")) add(id, "words", NOON);
        log.removeFirst();
        String before = bank.version();

        var end = (IndexRebuildFailed) rebuild.run(requested(false), progress -> {});

        assertThat(end.reason())
                .isEqualTo("the log gave 2 documents (0 rejected), the index that is searched has 3: it stays");
        assertThat(bank.version()).isEqualTo(before);
        assertThat(found()).containsExactly("a", "b", "c");
        assertThat(rebuild.run(requested(true), progress -> {})).isInstanceOf(IndexRebuilt.class);
        assertThat(found()).containsExactly("b", "c");
    }

    @Test
    void aLogThatLacksDocumentsDoesNotTakeThePlaceOfAnIndexOfAnotherLayout() throws Exception {
        anotherLayoutWith("a", "b", "c");
        log.removeFirst();

        try (Bank inFolder = Bank.inFolder(folder, "clip")) {
            assertThat(inFolder.size()).isEqualTo(3);
            Rebuild rebuild = rebuild(inFolder, document -> DOCUMENT);
            var end = (IndexRebuildFailed) rebuild.run(outdated(), progress -> {});

            assertThat(end.reason()).contains("2 documents", "has 3: it stays");
            assertThat(inFolder.size()).isEqualTo(3);
            assertThat(rebuild.run(requested(true), progress -> {})).isInstanceOf(IndexRebuilt.class);
            assertThat(inFolder.size()).isEqualTo(2);
        }
    }

    @Test
    void anIndexOfAnotherLayoutIsRebuiltFromALogThatHasAllOfIt() throws Exception {
        anotherLayoutWith("a", "b");

        try (Bank inFolder = Bank.inFolder(folder, "clip")) {
            var end = rebuild(inFolder, document -> DOCUMENT).run(outdated(), progress -> {});

            assertThat(end).isInstanceOf(IndexRebuilt.class);
            assertThat(inFolder.outdated()).isEmpty();
        }
    }

    @Test
    void whatIsRemovedBetweenAnUpgradeAndItsRebuildIsNoReasonToFail() throws Exception {
        anotherLayoutWith("a", "b");

        try (Bank inFolder = Bank.inFolder(folder, "clip")) {
            new Indexer(inFolder, document -> DOCUMENT, tombstones, ListedDocuments.NONE)
                    .remove(new DocumentRemoved("a", NOON.plusSeconds(1)));

            var end = (IndexRebuilt) rebuild(inFolder, document -> DOCUMENT).run(outdated(), progress -> {});

            assertThat(end.documents()).isEqualTo(1);
        }
    }

    @Test
    void anIndexThatCannotBeCountedStaysUnlessThatIsWanted() throws Exception {
        Path index = anotherLayoutWith("a");
        try (var files = Files.list(index)) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".cfs")).toList()) Files.delete(file);
        }

        try (Bank inFolder = Bank.inFolder(folder, "clip")) {
            Rebuild rebuild = rebuild(inFolder, document -> DOCUMENT);
            var end = (IndexRebuildFailed) rebuild.run(outdated(), progress -> {});

            assertThat(end.reason()).startsWith("the index that is searched cannot be counted, so it stays: ");
            assertThat(index).isDirectory();
            new Indexer(inFolder, document -> DOCUMENT, tombstones, ListedDocuments.NONE)
                    .remove(new DocumentRemoved("a", NOON.plusSeconds(1)));
            assertThat(rebuild.run(requested(true), progress -> {})).isInstanceOf(IndexRebuilt.class);
            assertThat(inFolder.size()).isZero();
        }
    }

    /// As if another layout had been made by the version before.
    private Path anotherLayoutWith(String... ids) throws IOException {
        String name;
        try (Bank inFolder = Bank.inFolder(folder, "clip")) {
            name = inFolder.name();
            var indexer = new Indexer(inFolder, document -> DOCUMENT, tombstones, ListedDocuments.NONE);
            for (String id : ids) add(id, "words", NOON);
            indexer.index(log);
        }
        String before = "v1" + name.substring(name.indexOf('_'));
        Files.writeString(folder.resolve("current"), before);
        return Files.move(folder.resolve(name), folder.resolve(before));
    }

    private static IndexRebuildRequested outdated() {
        return new IndexRebuildRequested("r", "another layout", null, false, NOON);
    }

    @Test
    void whatCannotBeEncodedAnyMoreIsCounted() throws Exception {
        add("a", "words", NOON);
        add("damaged", "", NOON);

        var end = (IndexRebuilt) rebuild.run(requested(true), progress -> {});

        assertThat(end.documents()).isEqualTo(1);
        assertThat(end.rejected()).isEqualTo(1);
    }

    @Test
    void whatTheNewIndexRefusesIsCountedToo() throws Exception {
        try (Bank inFolder = Bank.inFolder(folder, "clip")) {
            add("a", "words", NOON);
            add("longer", "words", NOON); // Lucene wants vectors of one length
            add("b", "words", NOON);

            var end = (IndexRebuilt) rebuild(inFolder, document -> document.id().equals("longer") ? LONGER : DOCUMENT)
                    .run(requested(true), progress -> {});

            assertThat(end.documents()).isEqualTo(2);
            assertThat(end.rejected()).isEqualTo(1);
        }
    }

    @Test
    void anIndexThatIsNotFinishedIsDropped() throws Exception {
        try (Bank inFolder = Bank.inFolder(folder, "clip")) {
            add("a", "words", NOON);
            String searched = inFolder.name();
            Rebuild broken = rebuild(inFolder, document -> {
                throw new AssertionError("a broken library");
            });

            assertThatThrownBy(() -> broken.run(requested(false), progress -> {}))
                    .hasMessage("a broken library");

            try (var left = Files.list(folder)) {
                assertThat(left.filter(Files::isDirectory)).containsExactly(folder.resolve(searched));
            }
        }
    }

    private Rebuild rebuild(Bank bank, Indexer.DocumentEncoder documents) {
        return rebuild(bank, new ListedDocuments(log), documents);
    }

    private Rebuild rebuild(Bank bank, DocumentLog log, Indexer.DocumentEncoder documents) {
        Indexer indexer = new Indexer(bank, documents, tombstones, ListedDocuments.NONE);
        Clip clip = new Clip("clip", 2, bank, text -> EAST, image -> EAST, documents, indexer, () -> {});
        return new Rebuild(new Clips("tiny@1", () -> List.of("tiny@1"), (model, opened) -> clip), log, tombstones);
    }

    @Test
    void aRebuildThatAnotherRetrieverAskedForTooIsNotDoneTwice() throws Exception {
        add("a", "words", NOON);
        String before = bank.version();

        var end = (IndexRebuilt)
                rebuild.run(new IndexRebuildRequested("r", "another encoder", null, false, NOON), progress -> {});

        assertThat(end.indexVersion()).isEqualTo(before).isEqualTo(bank.version());
    }

    /// The one that complains need not be the one that rebuilds: here the index seems to be as it should.
    @Test
    void theIndexThatIsComplainedOfIsRebuiltOnce() throws Exception {
        add("a", "words", NOON);
        bank.delete(Set.of("a"));
        String lost = bank.name();
        var requested = new IndexRebuildRequested("r", "it was taken away", lost, false, NOON);

        rebuild.run(requested, progress -> {});
        assertThat(found()).containsExactly("a");
        String rebuilt = bank.name();
        rebuild.run(requested, progress -> {});

        assertThat(bank.name()).isEqualTo(rebuilt).isNotEqualTo(lost);
    }

    /// Another retriever wrote to the old index only, and told so, when the process that switched was killed.
    @Test
    void aRebuildThatWasCutShortBehindItsSwitchIsEnded() throws Exception {
        add("a", "words", NOON);
        bank.delete(Set.of("a"));
        String lost = bank.name();
        var requested = new IndexRebuildRequested("r", "it was taken away", lost, false, NOON);
        var killed = new Rebuild(
                clips,
                whole(
                        () -> {
                            if (!bank.name().equals(lost)) throw new UncheckedIOException(new IOException("killed"));
                        },
                        () -> {}),
                tombstones);
        assertThatThrownBy(() -> killed.run(requested, progress -> {})).isInstanceOf(UncheckedIOException.class);
        assertThat(bank.name()).isNotEqualTo(lost);
        log.add(tokenized("b", "words", NOON));

        var end = (IndexRebuilt) rebuild.run(requested, progress -> {});

        assertThat(end.documents()).isEqualTo(2);
        assertThat(found()).containsExactly("a", "b");
        assertThat(bank.hasOthers()).isFalse();
    }

    /// The old index gets what is added, the new one has it from the log alone.
    @Test
    void whatIsImportedWhileTheBankIsRebuiltForAnotherClipIsNoReasonToFail() throws Exception {
        Bank other = bank.with("another clip", 2);
        add("a", "words", NOON);
        var b = new AtomicReference<>(tokenized("b", "words", NOON));
        DocumentLog importing = whole(() -> {}, () -> {
            if (b.get() == null) return;
            log.add(b.get());
            indexer.index(List.of(b.getAndSet(null)));
        });
        Rebuild another = rebuild(other, importing, document -> DOCUMENT);

        assertThat(another.run(requested(false), progress -> {})).isInstanceOf(IndexRebuilt.class);

        assertThat(other.isSearched()).isTrue();
        assertThat(other.size()).isEqualTo(2);
    }

    /// The log, where something happens before each reading, and whenever its end was seen.
    private DocumentLog whole(Runnable reading, Runnable ended) {
        var whole = new ListedDocuments(log);
        return new DocumentLog() {
            @Override
            public long count(Place from) {
                long left = whole.count(from);
                if (left == 0) ended.run();
                return left;
            }

            @Override
            public Place read(Place from, Consumer<List<DocumentTokenized>> documents) {
                reading.run();
                return whole.read(from, documents);
            }
        };
    }

    private void add(String id, String text, Instant at) {
        DocumentTokenized document = tokenized(id, text, at);
        log.add(document);
        indexer.index(List.of(document));
    }

    private static DocumentTokenized tokenized(String id, String text, Instant at) {
        var image = new ObjectRef("images/" + id, "image/png", 10);
        return new DocumentTokenized(new Document(id, "public", text, image, null, null), "tiny@1", at);
    }

    private List<String> found() {
        return find(Set.of());
    }

    private List<String> find(Set<String> terms) {
        return bank
                .search(
                        VectorField.DOCUMENT,
                        EAST,
                        100,
                        Filter.of(Set.of("public")).allTerms(terms))
                .stream()
                .map(Hit::id)
                .toList();
    }

    private static IndexRebuildRequested requested(boolean evenIfSmaller) {
        return new IndexRebuildRequested("r", null, null, evenIfSmaller, NOON);
    }
}
