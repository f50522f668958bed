package dev.cm3leon.vectorindex;

import static dev.cm3leon.vectorindex.VectorIndex.VectorField.DOCUMENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import dev.cm3leon.vectorindex.VectorIndex.Entry;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How many documents a second go in, 64 together as the retriever adds them, and that all of them are found. The
/// figures of docs/results/stores.md are what this prints.
@Tag("real")
class IngestionTest {

    private static final int DOCUMENTS = 10_000;
    private static final int DIMENSION = 512;
    private static final int TOGETHER = 64;

    @Test
    void intoLucene(@TempDir Path folder) {
        try (Bank bank = Bank.inFolder(folder, "clip")) {
            ingest("lucene", bank, 200);
        }
    }

    @Test
    void intoMilvusLite25() {
        intoMilvus("cm3.real.milvus25", "AUTOINDEX", 200);
    }

    /// It looks at each row of a filtered search in Python: a few searches will do.
    @Test
    void intoMilvusLite32() {
        intoMilvus("cm3.real.milvus3", "FLAT", 3);
    }

    private static void intoMilvus(String property, String indexType, int searches) {
        String uri = System.getProperty(property);
        assumeTrue(uri != null, () -> "NOT RUN: no server, since the system property " + property + " is not set");
        String collection = "ingest_" + UUID.randomUUID().toString().substring(0, 8);
        var server = new MilvusServer(URI.create(uri), "", indexType, collection);
        var shelf = new MilvusShelf(server, Pointer.inMemory());
        try (Bank bank = new Bank(shelf, "clip", DIMENSION, indexType)) {
            ingest(property, bank, searches);
            shelf.names().forEach(shelf::drop);
        }
    }

    private static void ingest(String where, Bank bank, int searches) {
        List<Entry> entries = entries();
        bank.upsert(entries.subList(0, 1)); // makes the index
        long begun = System.nanoTime();
        for (int from = 0; from < DOCUMENTS; from += TOGETHER) {
            bank.upsert(entries.subList(from, Math.min(DOCUMENTS, from + TOGETHER)));
        }
        double seconds = (System.nanoTime() - begun) / 1e9;

        System.out.printf(
                Locale.ROOT,
                "INGESTION %s: %,d documents of %d numbers in %.1f s, %.0f a second%n",
                where,
                DOCUMENTS,
                DIMENSION,
                seconds,
                DOCUMENTS / seconds);
        assertThat(bank.size()).isEqualTo(DOCUMENTS);
        double[] millis = IntStream.range(0, searches)
                .mapToDouble(i -> {
                    Entry wanted = entries.get(i * 37 % DOCUMENTS);
                    long asked = System.nanoTime();
                    List<Hit> found = bank.search(
                            DOCUMENT,
                            wanted.embedding().document(),
                            10,
                            Filter.of(Set.of("public")).modalities(true, true));
                    assertThat(found.getFirst().id()).isEqualTo(wanted.id());
                    return (System.nanoTime() - asked) / 1e6;
                })
                .sorted()
                .toArray();
        System.out.printf(
                Locale.ROOT,
                "SEARCH %s: %d searches, p50 %.1f ms, p95 %.1f ms%n",
                where,
                searches,
                millis[millis.length / 2],
                millis[millis.length * 95 / 100]);
    }

    /// Clustered, as captions are: vectors that are spread evenly have no neighbours.
    private static List<Entry> entries() {
        Random random = new Random(5);
        List<float[]> centres = IntStream.range(0, 50)
                .mapToObj(i -> gaussian(random, new float[DIMENSION], 1))
                .toList();
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            float[] vector = gaussian(random, centres.get(i % centres.size()), 0.5f);
            Set<String> terms = new HashSet<>(Set.of("id:d" + i));
            for (int word = 0; word < 15; word++) terms.add("word" + random.nextInt(5_000));
            String payload = "{\"text\":\"" + "a caption ".repeat(10) + "\",\"image\":{\"key\":\"images/" + i + "\"}}";
            entries.add(
                    new Entry("d" + i, new Embedding(vector, vector), "public", true, true, terms, "CC0-1.0", payload));
        }
        return entries;
    }

    private static float[] gaussian(Random random, float[] around, float spread) {
        float[] vector = Arrays.copyOf(around, around.length);
        double squares = 0;
        for (int i = 0; i < vector.length; i++) {
            vector[i] += spread * (float) random.nextGaussian() / (float) Math.sqrt(DIMENSION);
            squares += vector[i] * vector[i];
        }
        for (int i = 0; i < vector.length; i++) vector[i] /= (float) Math.sqrt(squares);
        return vector;
    }
}
