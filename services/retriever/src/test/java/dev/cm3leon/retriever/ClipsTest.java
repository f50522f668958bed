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
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.vectorindex.Bank;
import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A model with another CLIP takes over: the bank is rebuilt for it while the old one is searched.
class ClipsTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final Filter ANY = Filter.of(Set.of("public"));

    private final Bank bank = Bank.inMemory("o");
    private final Tombstones tombstones = new Tombstones(new MemoryObjectStore());
    private final List<DocumentTokenized> log = new CopyOnWriteArrayList<>();
    private final List<String> opened = new ArrayList<>();
    private final List<String> encoded = new ArrayList<>();
    private final AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
    private final AtomicReference<List<String>> serving = new AtomicReference<>(List.of("old@1"));
    private final Clips clips = new Clips("old@1", serving::get, this::open);
    private final Rebuild rebuild = new Rebuild(clips, new ListedDocuments(log), tombstones);

    @AfterEach
    void close() {
        bank.close();
    }

    @Test
    void theOldClipIsSearchedUntilTheBankIsRebuiltForTheNewOneAndBackAgain() throws Exception {
        add("kept");
        add("gone");
        assertThat(found()).containsExactly("o", "gone", "kept");

        serving.set(List.of("new@1", "old@1"));
        assertThat(clips.wanted().bank().outdated()).isPresent();
        assertThat(found()).containsExactly("o", "gone", "kept");
        meanwhile.set(() -> {
            if (!clips.searched().digest().equals("o")) return;
            meanwhile.set(() -> {});
            add("added");
            remove("gone");
            assertThat(found()).containsExactly("o", "added", "kept");
        });
        assertThat(run()).isInstanceOf(IndexRebuilt.class);
        assertThat(found()).containsExactly("n", "added", "kept");
        assertThat(clips.wanted().bank().outdated()).isEmpty();
        add("later");
        remove("added");
        assertThat(found()).containsExactly("n", "kept", "later");

        serving.set(List.of("old@2", "new@1")); // rolled back, to a model with the CLIP of the first
        assertThat(clips.wanted().digest()).isEqualTo("o");
        assertThat(found()).containsExactly("n", "kept", "later");
        run();
        assertThat(found()).containsExactly("o", "kept", "later");
        assertThat(opened).containsExactly("old@1", "new@1", "old@2");
    }

    @Test
    void aProcessThatBeginsWhileTheBankIsBeingRebuiltSearchesTheOldOneMeanwhile() throws Exception {
        serving.set(List.of("new@1", "old@1"));
        run();
        add("kept");
        serving.set(List.of("third@1", "new@1", "old@1"));

        var later = new Clips("old@1", serving::get, this::open);

        assertThat(later.searched().digest()).isEqualTo("n");
        assertThat(later.wanted().bank().outdated()).isPresent();
    }

    /// Whose files are damaged, say: the models before it are looked through all the same, and removals need no CLIP.
    @Test
    void aModelThatCannotBeOpenedHidesNoneBeforeItAndKeepsNoRemovalWaiting() throws Exception {
        serving.set(List.of("new@1", "old@1"));
        run();
        add("kept");
        add("gone");
        serving.set(List.of("broken@1", "new@1", "old@1"));

        assertThat(new Clips("old@1", serving::get, this::open).searched().digest())
                .isEqualTo("n");

        serving.set(List.of("broken@1"));
        var later = new Clips("old@1", serving::get, this::open);
        assertThatThrownBy(later::searched).isInstanceOf(ModelFormatException.class);
        later.removing().remove(new DocumentRemoved("gone", NOON.plusSeconds(1)));
        serving.set(List.of("new@1", "old@1"));
        assertThat(found()).containsExactly("n", "kept");
    }

    @Test
    void aLogThatLacksDocumentsDoesNotTakeThePlaceOfAnIndexOfTheOldClip() throws Exception {
        add("a");
        add("b");
        log.removeFirst();
        serving.set(List.of("new@1", "old@1"));

        assertThat(run()).isInstanceOf(IndexRebuildFailed.class);

        assertThat(found()).containsExactly("o", "a", "b");
    }

    @Test
    void whereTheBankCannotBeUsedNothingIsEncodedForNothing() {
        bank.name(); // begins as the old one's
        serving.set(List.of("new@1"));
        var document = new Document("a", "public", "words", new ObjectRef("i", "image/png", 1), null, null);
        Clip other = clips.wanted();

        assertThatThrownBy(() -> other.adding().index(List.of(new DocumentTokenized(document, "tiny@1", NOON))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("to be rebuilt");

        assertThat(encoded).isEmpty();
    }

    /// Models of a name have the same CLIP.
    private Clip open(String model, Collection<Clip> known) {
        opened.add(model);
        if (model.startsWith("broken")) throw new ModelFormatException("damaged");
        String digest = model.substring(0, 1);
        int dimension = 2 + "on".indexOf(digest);
        return known.stream()
                .filter(clip -> clip.digest().equals(digest))
                .findFirst()
                .orElseGet(() -> clip(digest, bank.with(digest, dimension), dimension));
    }

    private Clip clip(String digest, Bank bank, int dimension) {
        float[] vector = new float[dimension];
        vector[dimension - 1] = 1;
        var embedding = new Embedding(vector, vector);
        Indexer.DocumentEncoder documents = document -> {
            meanwhile.get().run();
            return embedding;
        };
        Indexer.DocumentEncoder added = document -> {
            encoded.add(document.id());
            return embedding;
        };
        var indexer = new Indexer(bank, added, tombstones, ListedDocuments.NONE);
        return new Clip(digest, dimension, bank, text -> vector, image -> vector, documents, indexer, () -> {});
    }

    private Object run() throws InterruptedException {
        return rebuild.run(new IndexRebuildRequested("r", "another encoder", null, false, NOON), progress -> {});
    }

    private void add(String id) {
        var image = new ObjectRef("images/" + id, "image/png", 10);
        var document = new DocumentTokenized(new Document(id, "public", "words", image, null, null), "tiny@1", NOON);
        log.add(document);
        clips.searched().indexer().index(List.of(document));
    }

    private void remove(String id) {
        clips.searched().indexer().remove(new DocumentRemoved(id, NOON.plusSeconds(1)));
    }

    /// The CLIP that is searched with, and what it finds.
    private List<String> found() {
        List<String> found = new ArrayList<>();
        Clip clip = clips.searched();
        found.add(clip.digest());
        HybridSearch search = clip.search(new RareWords(Set.of("words")));
        search.find(search.query("words"), ANY, 100).stream()
                .map(Hit::id)
                .sorted()
                .forEach(found::add);
        return found;
    }
}
