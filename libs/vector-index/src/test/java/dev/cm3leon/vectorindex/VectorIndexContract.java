package dev.cm3leon.vectorindex;

import static dev.cm3leon.vectorindex.VectorIndex.VectorField.DOCUMENT;
import static dev.cm3leon.vectorindex.VectorIndex.VectorField.IMAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import dev.cm3leon.vectorindex.VectorIndex.Entry;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import dev.cm3leon.vectorindex.VectorIndex.VectorField;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// What holds for every [VectorIndex]. Vectors have three numbers here.
interface VectorIndexContract {

    Filter ANY = Filter.of(Set.of("public"));

    /// An empty index.
    VectorIndex index();

    /// How many documents exactness is looked at with.
    default int many() {
        return 5_000;
    }

    @Test
    default void findsTheMostSimilarFirst() {
        index().upsert(List.of(
                entry("north", 0, 0, 1), entry("east", 1, 0, 0), entry("north-east", 0.7071f, 0, 0.7071f)));

        var hits = index().search(DOCUMENT, new float[] {0, 0, 1}, 2, ANY);

        assertThat(hits).extracting(Hit::id).containsExactly("north", "north-east");
        assertThat(hits.getFirst().score()).isCloseTo(1, Offset.offset(1e-6));
        assertThat(hits.getLast().score()).isCloseTo(0.7071, Offset.offset(1e-6));
        assertThat(hits.getLast().vector()).containsExactly(0.7071f, 0, 0.7071f);
    }

    @Test
    default void byImageTheVectorsOfImagesAreCompared() {
        index().upsert(List.of(
                images("near", new float[] {0, 1, 0}, 0.6f, 0.8f, 0),
                images("nearest", new float[] {0.8f, 0.6f, 0}, 1, 0, 0),
                images("far", new float[] {1, 0, 0}, 0, 0, 1)));

        var hits = index().search(IMAGE, new float[] {1, 0, 0}, 2, ANY);

        assertThat(hits).extracting(Hit::id).containsExactly("nearest", "near");
        assertThat(hits.getFirst().score()).isCloseTo(1, Offset.offset(1e-6));
        assertThat(hits.getLast().score()).isCloseTo(0.6, Offset.offset(1e-6));
        assertThat(hits.getFirst().vector()).containsExactly(0.8f, 0.6f, 0);
        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 2, ANY))
                .extracting(Hit::id)
                .containsExactly("far", "nearest");
    }

    @Test
    default void givesTermsAndPayloadBackAsTheyWere() {
        String payload = "{\"text\":\"Zoë's \\\"hat\\\" \\\\ 100%\",\"line\":\"a\\nb\"}";
        index().upsert(List.of(
                new Entry("a", both(1, 0, 0), "public", true, true, Set.of("zoë's", "hat"), "CC0-1.0", payload)));

        var hit = index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY).getFirst();

        assertThat(hit.terms()).containsExactlyInAnyOrder("zoë's", "hat");
        assertThat(hit.payload()).isEqualTo(payload);
    }

    @Test
    default void anEmptyIndexFindsNothing() {
        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 5, ANY)).isEmpty();
        assertThat(index().size()).isZero();
    }

    @Test
    default void anUpsertReplacesTheDocumentOfTheSameId() {
        index().upsert(List.of(entry("a", 1, 0, 0)));
        index().upsert(List.of(entry("a", 0, 1, 0)));

        assertThat(index().size()).isEqualTo(1);
        assertThat(index().search(DOCUMENT, new float[] {0, 1, 0}, 5, ANY))
                .singleElement()
                .satisfies(hit -> assertThat(hit.score()).isCloseTo(1, Offset.offset(1e-6)));
    }

    @Test
    default void whatIsDeletedIsNotFoundAndUnknownIdsAreIgnored() {
        index().upsert(List.of(entry("a", 1, 0, 0), entry("b", 1, 0, 0)));

        index().delete(Set.of("a", "never there"));

        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 5, ANY))
                .extracting(Hit::id)
                .containsExactly("b");
        assertThat(index().size()).isEqualTo(1);
    }

    @Test
    default void equalScoresAreOrderedById() {
        index().upsert(Stream.of("d", "b", "e", "a", "c")
                .map(id -> entry(id, 1, 0, 0))
                .toList());

        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 5, ANY))
                .extracting(Hit::id)
                .containsExactly("a", "b", "c", "d", "e");
    }

    @Test
    default void documentsOfOtherTenantsAreNotSeen() {
        index().upsert(List.of(tenant("mine", "me"), tenant("theirs", "them"), tenant("everybody's", "public")));

        var hits =
                index().search(DOCUMENT, new float[] {1, 0, 0}, 5, filter(Set.of("me", "public"), Set.of(), Set.of()));

        assertThat(hits).extracting(Hit::id).containsExactlyInAnyOrder("mine", "everybody's");
    }

    @Test
    default void bothModalitiesMeansTextAndImage() {
        index().upsert(List.of(
                modalities("text", true, false), modalities("image", false, true), modalities("both", true, true)));

        var hits = index().search(DOCUMENT, new float[] {1, 0, 0}, 5, ANY.modalities(true, true));

        assertThat(hits).extracting(Hit::id).containsExactly("both");
        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 5, ANY.modalities(true, false)))
                .extracting(Hit::id)
                .containsExactly("both", "text");
        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 5, ANY.modalities(false, true)))
                .extracting(Hit::id)
                .containsExactly("both", "image");
    }

    @Test
    default void onlyDocumentsUnderTheseLicences() {
        index().upsert(List.of(
                licence("free", "CC0-1.0"), licence("named", "CC-BY-4.0"), licence("odd", "© \"mine\", 100% \\o/")));

        assertThat(index().search(
                                DOCUMENT,
                                new float[] {1, 0, 0},
                                5,
                                ANY.licences(Set.of("CC0-1.0", "© \"mine\", 100% \\o/"))))
                .extracting(Hit::id)
                .containsExactly("free", "odd");
        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 5, ANY.licences(Set.of("MIT"))))
                .isEmpty();
    }

    @Test
    default void allTermsMeansEveryOne() {
        index().upsert(List.of(terms("one", "red"), terms("two", "red", "hat"), terms("three", "red", "hat", "blue")));

        assertThat(index().search(
                                DOCUMENT,
                                new float[] {1, 0, 0},
                                5,
                                filter(Set.of("public"), Set.of("red", "hat"), Set.of())))
                .extracting(Hit::id)
                .containsExactlyInAnyOrder("two", "three");
    }

    @Test
    default void anyTermMeansAtLeastOne() {
        index().upsert(List.of(terms("one", "red"), terms("two", "hat"), terms("three", "blue")));

        assertThat(index().search(
                                DOCUMENT,
                                new float[] {1, 0, 0},
                                5,
                                filter(Set.of("public"), Set.of(), Set.of("red", "hat", "no"))))
                .extracting(Hit::id)
                .containsExactlyInAnyOrder("one", "two");
    }

    @Test
    default void excludedIdsDoNotCount() {
        index().upsert(List.of(entry("a", 1, 0, 0), entry("b", 0, 1, 0)));

        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY.exclude(Set.of("a"))))
                .extracting(Hit::id)
                .containsExactly("b");
    }

    @Test
    default void textsAreComparedAsTheyAreWhateverTheyHold() {
        List<String> hostile = List.of(
                "o'hara",
                "a\"b",
                "c\\d",
                "e]f",
                "100%",
                "%25",
                "%27",
                "\uD83D\uDE00",
                "x or y",
                "naïve",
                "a,b",
                "[]",
                "tab\there",
                "line\nbreak",
                "cr\r",
                "nul\u0000l",
                "\\",
                "\"",
                "'",
                "\\\"",
                "{x}",
                "$meta",
                "--",
                "\"] or id != \"",
                "' or '1' == '1",
                "%' or 1=1",
                "like \"%\"",
                "ids in [\"a\"]",
                "日本語",
                " a ",
                "");
        index().upsert(List.of(entry("bystander", 1, 0, 0)));

        for (String odd : hostile) {
            index().upsert(List.of(new Entry("id " + odd, both(0, 1, 0), odd, true, true, Set.of(odd), odd, odd)));
            index().upsert(List.of(new Entry("id " + odd, both(1, 0, 0), odd, true, true, Set.of(odd), odd, odd)));
            var filter = Filter.of(Set.of(odd))
                    .licences(Set.of(odd))
                    .allTerms(Set.of(odd))
                    .anyTerm(Set.of(odd));

            assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 5, filter))
                    .as(odd)
                    .singleElement()
                    .satisfies(hit -> {
                        assertThat(hit.id()).isEqualTo("id " + odd);
                        assertThat(hit.terms()).containsExactly(odd);
                        assertThat(hit.payload()).isEqualTo(odd);
                        assertThat(hit.score()).isCloseTo(1, Offset.offset(1e-6));
                    });
            assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 5, filter.exclude(Set.of("id " + odd))))
                    .as(odd)
                    .isEmpty();
            index().delete(Set.of("id " + odd));
            assertThat(index().size()).as(odd).isEqualTo(1);
        }
    }

    @Test
    default void manyDocumentsAreAddedAndExcludedAtOnce() {
        index().upsert(IntStream.range(0, 1201)
                .mapToObj(i -> entry("d%04d".formatted(i), 1, 0, 0))
                .toList());

        assertThat(index().size()).isEqualTo(1201);
        assertThat(index().search(
                                DOCUMENT,
                                new float[] {1, 0, 0},
                                5,
                                ANY.exclude(IntStream.range(0, 1200)
                                        .mapToObj("d%04d"::formatted)
                                        .collect(Collectors.toSet()))))
                .extracting(Hit::id)
                .containsExactly("d1200");
    }

    @Test
    default void textsThatAreTooLongAreRefusedByName() {
        assertThatThrownBy(() -> entry("é".repeat(257), 1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("need id of at most 512 bytes, got 514");
        index().upsert(List.of(
                new Entry("%".repeat(512), both(1, 0, 0), "public", true, true, Set.of("'".repeat(512)), "", "{}")));

        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY)
                        .getFirst()
                        .id())
                .hasSize(512);
    }

    @Test
    default void claim16AFilteredSearchIsExact() {
        Random random = new Random(7);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < many(); i++) {
            var embedding = new Embedding(gaussian(random), gaussian(random));
            var terms = Set.of("t" + i % 7, "u" + i % 5);
            entries.add(new Entry("d" + i, embedding, "public", true, i % 3 == 0, terms, "CC0-1.0", "{}"));
        }
        index().upsert(entries);
        var exact = new MemoryVectorIndex();
        exact.upsert(entries);

        for (int round = 0; round < 20; round++) {
            float[] query = gaussian(random);
            var filter = ANY.modalities(true, true)
                    .allTerms(Set.of("t" + round % 7))
                    .anyTerm(Set.of("u0", "u1", "u2"))
                    .exclude(Set.of("d" + round));

            for (VectorField field : VectorField.values()) {
                assertThat(index().search(field, query, 5, filter))
                        .extracting(Hit::id)
                        .isEqualTo(exact.search(field, query, 5, filter).stream()
                                .map(Hit::id)
                                .toList());
            }
        }
    }

    static Entry entry(String id, float... vector) {
        return new Entry(id, both(vector), "public", true, true, Set.of(), "CC0-1.0", "{}");
    }

    private static Entry images(String id, float[] document, float... image) {
        return new Entry(id, new Embedding(document, image), "public", true, true, Set.of(), "CC0-1.0", "{}");
    }

    private static Entry tenant(String id, String tenant) {
        return new Entry(id, both(1, 0, 0), tenant, true, true, Set.of(), "CC0-1.0", "{}");
    }

    private static Entry licence(String id, String licence) {
        return new Entry(id, both(1, 0, 0), "public", true, true, Set.of(), licence, "{}");
    }

    private static Entry modalities(String id, boolean hasText, boolean hasImage) {
        return new Entry(id, both(1, 0, 0), "public", hasText, hasImage, Set.of(), "CC0-1.0", "{}");
    }

    private static Entry terms(String id, String... terms) {
        return new Entry(id, both(1, 0, 0), "public", true, true, Set.of(terms), "CC0-1.0", "{}");
    }

    private static Filter filter(Set<String> tenants, Set<String> allTerms, Set<String> anyTerm) {
        return Filter.of(tenants).allTerms(allTerms).anyTerm(anyTerm);
    }

    private static Embedding both(float... vector) {
        return new Embedding(vector, vector);
    }

    private static float[] gaussian(Random random) {
        return unit((float) random.nextGaussian(), (float) random.nextGaussian(), (float) random.nextGaussian());
    }

    private static float[] unit(float x, float y, float z) {
        float length = (float) Math.sqrt(x * x + y * y + z * z);
        return new float[] {x / length, y / length, z / length};
    }
}
