package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.vectorindex.MemoryVectorIndex;
import dev.cm3leon.vectorindex.VectorIndex;
import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import dev.cm3leon.vectorindex.VectorIndex.VectorField;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class IndexerTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private static final Embedding EAST = new Embedding(new float[] {1, 0}, new float[] {1, 0});

    private final MemoryVectorIndex index = new MemoryVectorIndex();
    private final MemoryObjectStore store = new MemoryObjectStore();
    private final Tombstones tombstones = new Tombstones(store);
    private final Indexer indexer = new Indexer(index, document -> EAST, tombstones, ListedDocuments.NONE);

    @Test
    void aDocumentCanBeFoundByItsWordsAndItsId() {
        assertThat(indexer.index(List.of(tokenized("a", "Mira Okafor", NOON))))
                .containsExactly(new DocumentIndexed("a", "memory", NOON));

        assertThat(find(Set.of("mira", "okafor"))).containsExactly("a");
        assertThat(find(Set.of(Indexer.idTerm("a")))).containsExactly("a");
    }

    @Test
    void aRemovedDocumentIsNotFound() {
        indexer.index(List.of(tokenized("a", "Mira", NOON)));

        indexer.remove(new DocumentRemoved("a", NOON.plusSeconds(1)));

        assertThat(index.size()).isZero();
    }

    @Test
    void anAdditionThatArrivesAfterItsRemovalStaysOut() {
        indexer.remove(new DocumentRemoved("a", NOON.plusSeconds(1)));

        assertThat(indexer.index(List.of(tokenized("a", "Mira", NOON)))).isEmpty();
        assertThat(index.size()).isZero();
    }

    /// Its removal came between the note of its addition and the addition, of which the rest was cut short.
    @Test
    void aRemovedDocumentThatIsInNonethelessGoesWhenItsAdditionIsDeliveredAgain() {
        indexer.index(List.of(tokenized("a", "Mira", NOON), tokenized("b", "Mira", NOON)));
        tombstones.ended(tombstones.bury("a", NOON.plusSeconds(1)));

        assertThat(indexer.index(List.of(tokenized("a", "Mira", NOON)))).isEmpty();

        assertThat(find(Set.of("mira"))).containsExactly("b");
    }

    @Test
    void anOldAdditionDeliveredAgainDoesNotTakeOutWhatWasAddedAfterTheRemoval() {
        indexer.remove(new DocumentRemoved("a", NOON.plusSeconds(1)));
        indexer.index(List.of(tokenized("a", "Okafor", NOON.plusSeconds(2))));

        assertThat(indexer.index(List.of(tokenized("a", "Mira", NOON)))).isEmpty();

        assertThat(find(Set.of("okafor"))).containsExactly("a");
    }

    @Test
    void aDocumentAddedAgainAfterItsRemovalIsFound() {
        indexer.remove(new DocumentRemoved("a", NOON));

        indexer.index(List.of(tokenized("a", "Mira", NOON.plusSeconds(1))));

        assertThat(find(Set.of("mira"))).containsExactly("a");
    }

    @Test
    void anOldRemovalDeliveredAgainDoesNotTakeOutWhatCameLater() {
        indexer.remove(new DocumentRemoved("a", NOON));
        indexer.index(List.of(tokenized("a", "Mira", NOON.plusSeconds(1))));

        indexer.remove(new DocumentRemoved("a", NOON));

        assertThat(find(Set.of("mira"))).containsExactly("a");
    }

    @Test
    void aRemovalThatArrivesLateDoesNotTakeOutWhatWasAddedAfterIt() {
        indexer.index(List.of(tokenized("a", "Mira", NOON)));
        indexer.index(List.of(tokenized("a", "Okafor", NOON.plusSeconds(2))));

        indexer.remove(new DocumentRemoved("a", NOON.plusSeconds(1)));

        assertThat(find(Set.of("okafor"))).containsExactly("a");
    }

    /// As in the log that a rebuild reads, where the demo's bank or a retried dead letter came after a user's own.
    @Test
    void anOldVersionThatComesTogetherWithANewerOneDoesNotKeepThatOut() {
        indexer.index(List.of(tokenized("a", "Okafor", NOON.plusSeconds(2)), tokenized("a", "Mira", NOON)));

        assertThat(find(Set.of("okafor"))).containsExactly("a");
        assertThat(find(Set.of("mira"))).isEmpty();
    }

    @Test
    void anOldVersionThatComesLateDoesNotReplaceANewerOne() {
        indexer.index(List.of(tokenized("a", "newer", NOON.plusSeconds(1))));

        assertThat(indexer.index(List.of(tokenized("a", "older", NOON)))).isEmpty();

        assertThat(find(Set.of("newer"))).containsExactly("a");
    }

    @Test
    void aVersionThatAnotherRetrieverReplacedWhileItWasEncodedDoesNotReplaceThat() {
        Indexer slow = new Indexer(
                index,
                document -> {
                    indexer.index(List.of(tokenized("a", "newer", NOON.plusSeconds(1))));
                    return EAST;
                },
                tombstones,
                ListedDocuments.NONE);

        assertThat(slow.index(List.of(tokenized("a", "older", NOON)))).isEmpty();

        assertThat(find(Set.of("newer"))).containsExactly("a");
    }

    /// As after a rebalance: who had the partition still writes the older version when who has it now is through with
    /// the newer one. At first the log cannot be read.
    @Test
    void aVersionThatIsWrittenAfterANewerOneOfAnotherRetrieverIsReplacedByThat() {
        DocumentTokenized older = tokenized("a", "older", NOON), newer = tokenized("a", "newer", NOON.plusSeconds(1));
        Deque<DocumentTokenized> meanwhile = new ArrayDeque<>(List.of(newer));
        var away = new AtomicBoolean(true);
        DocumentLog log = new ListedDocuments(List.of(older, tokenized("b", "another", NOON), newer, older));
        var slow = new Indexer(
                before("upsert", () -> {
                    while (!meanwhile.isEmpty()) indexer.index(List.of(meanwhile.remove()));
                }),
                document -> EAST,
                tombstones,
                new DocumentLog() {
                    @Override
                    public long count(Place from) {
                        return log.count(from);
                    }

                    @Override
                    public Place read(Place from, Consumer<List<DocumentTokenized>> documents) {
                        if (away.get()) throw new UncheckedIOException(new IOException("away"));
                        return log.read(from, documents);
                    }
                });

        assertThatThrownBy(() -> slow.index(List.of(older))).hasMessageContaining("away");
        assertThat(find(Set.of("older"))).containsExactly("a");
        away.set(false);
        assertThat(slow.index(List.of(older))).containsExactly(new DocumentIndexed("a", "memory", newer.at()));

        assertThat(find(Set.of("newer"))).containsExactly("a");
        assertThat(find(Set.of("older"))).isEmpty();
        assertThat(find(Set.of("another"))).isEmpty();
    }

    @Test
    void aVersionThatCannotBeEncodedLeavesTheOneBeforeValid() {
        Indexer picky = new Indexer(
                index,
                document -> {
                    throw new IllegalArgumentException("no image");
                },
                tombstones,
                ListedDocuments.NONE);
        picky.index(List.of(tokenized("a", "newer", NOON.plusSeconds(1))));

        indexer.index(List.of(tokenized("a", "older", NOON))); // as when all is rebuilt

        assertThat(find(Set.of("older"))).containsExactly("a");
    }

    @Test
    void aRemovalTakesOutNothingThatAnotherRetrieverAddedAfterIt() {
        var again = tokenized("a", "Okafor", NOON.plusSeconds(2));
        var slow = new Indexer(
                before("delete", () -> assertThatThrownBy(() -> indexer.index(List.of(again)))
                        .isInstanceOf(UncheckedIOException.class)), // it waits, and is tried again
                document -> EAST,
                tombstones,
                ListedDocuments.NONE);
        indexer.index(List.of(tokenized("a", "Mira", NOON)));

        slow.remove(new DocumentRemoved("a", NOON.plusSeconds(1)));

        assertThat(index.size()).isZero();
        assertThat(indexer.index(List.of(again))).containsExactly(new DocumentIndexed("a", "memory", again.at()));
        assertThat(find(Set.of("okafor"))).containsExactly("a");
    }

    @Test
    void aRemovalDuringTheAdditionWins() {
        Indexer[] racing = new Indexer[1];
        racing[0] = new Indexer(
                index,
                document -> {
                    racing[0].remove(new DocumentRemoved(document.id(), NOON.plusSeconds(1)));
                    return EAST;
                },
                tombstones,
                ListedDocuments.NONE);

        assertThat(racing[0].index(List.of(tokenized("a", "Mira", NOON)))).isEmpty();
        assertThat(index.size()).isZero();
    }

    @Test
    void aDocumentThatCannotBeEncodedIsRejectedAndTheOthersGoIn() {
        Indexer picky = new Indexer(
                index,
                document -> {
                    if (document.id().equals("bad")) throw new IllegalArgumentException("no image");
                    return EAST;
                },
                tombstones,
                ListedDocuments.NONE);

        assertThat(picky.index(List.of(tokenized("bad", "x", NOON), tokenized("good", "y", NOON))))
                .containsExactlyInAnyOrder(
                        new DocumentRejected("bad", "index", "no image", NOON),
                        new DocumentIndexed("good", "memory", NOON));
    }

    /// The index, where something happens before what is asked for arrives.
    private VectorIndex before(String asked, Runnable meanwhile) {
        return (VectorIndex) Proxy.newProxyInstance(
                VectorIndex.class.getClassLoader(), new Class<?>[] {VectorIndex.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals(asked)) meanwhile.run();
                    return method.invoke(index, arguments);
                });
    }

    private List<String> find(Set<String> terms) {
        return index
                .search(
                        VectorField.DOCUMENT,
                        new float[] {1, 0},
                        10,
                        Filter.of(Set.of("public")).modalities(true, true).allTerms(terms))
                .stream()
                .map(Hit::id)
                .toList();
    }

    private static DocumentTokenized tokenized(String id, String text, Instant at) {
        ObjectRef image = new ObjectRef("images/" + id, "image/png", 10);
        return new DocumentTokenized(new Document(id, "public", text, image, null, null), "tiny@1", at);
    }
}
