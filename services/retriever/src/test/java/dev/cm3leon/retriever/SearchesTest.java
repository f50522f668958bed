package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.SearchEvent;
import dev.cm3leon.events.SearchEvent.Found;
import dev.cm3leon.events.SearchEvent.SearchCompleted;
import dev.cm3leon.events.SearchEvent.SearchFailed;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.vectorindex.MemoryVectorIndex;
import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import dev.cm3leon.vectorindex.VectorIndex.Entry;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Vectors have two numbers here: how round something is, and how red.
class SearchesTest {

    private static final float[] ROUND = {1, 0};
    private static final float[] RED = {0, 1};
    private static final ObjectRef BALL = new ObjectRef("images/ball.png", "image/png", 1);
    private static final ObjectRef GONE = new ObjectRef("images/gone.png", "image/png", 1);

    private final MemoryVectorIndex index = new MemoryVectorIndex();
    private final HybridSearch search = new HybridSearch(
            index, text -> RED, SearchesTest::picture, new RareWords(Set.of("red", "ball", "round", "apple")));
    private final Searches searches = new Searches(search);

    @BeforeEach
    void addDocuments() {
        add("apple", new Embedding(RED, new float[] {0.8f, 0.6f}), "red", "apple");
        add("ball", new Embedding(new float[] {0.6f, 0.8f}, ROUND), "red", "ball");
        add("named", new Embedding(new float[] {-1, 0}, new float[] {-1, 0}), "zorblax");
    }

    @Test
    void byAnImageItIsComparedWithTheImagesOfDocuments() {
        List<Found> found = found("", BALL);

        assertThat(found).extracting(Found::document).containsExactly("ball", "apple", "named");
        assertThat(found.getFirst().score()).isEqualTo(1);
        assertThat(found.getFirst().matchedTerms()).isEmpty();
    }

    @Test
    void byATextItIsComparedWithAllThatDocumentsHave() {
        assertThat(found("a red ball", null)).extracting(Found::document).containsExactly("apple", "ball", "named");
    }

    @Test
    void byBothTheirMeanIsComparedWithImagesAndRareWordsComeFirst() {
        assertThat(found("a red ball", BALL)).extracting(Found::document).containsExactly("apple", "ball", "named");
        assertThat(found("zorblax", BALL)).extracting(Found::document).containsExactly("named", "apple", "ball");
    }

    @Test
    void whatCannotBeLookedForIsSaid() {
        assertThat(answer(" ", null)).isEqualTo(new SearchFailed("s", "there is neither text nor image to look for"));
        assertThat(answer("", GONE)).isEqualTo(new SearchFailed("s", "there is no image images/gone.png"));
        assertThat(answer("a ball", GONE)).isEqualTo(new SearchFailed("s", "there is no image images/gone.png"));
        assertThat(searches.answer(new SearchRequested("s", List.of("public"), "a ball", 20_000, Instant.EPOCH)))
                .isEqualTo(new SearchFailed("s", "need 1 <= documents <= 1000, got 20000"));
    }

    @Test
    void ofTextsThatHaveNoRoomInOneEventTheBeginningsAreTold() {
        String text = "red \uD83D\uDD34 ".repeat(1000); // a letter of two chars where it is cut, or beside it
        for (int i = 0; i < 50; i++) {
            String json = new Payload(i == 0 ? "red" : "r".repeat(i % 7) + text, BALL).json();
            index.upsert(List.of(
                    new Entry("long" + i, new Embedding(RED, RED), "public", true, true, Set.of("zorblax"), "", json)));
        }

        var answer = (SearchCompleted)
                searches.answer(new SearchRequested("s", List.of("public"), "zorblax", 50, Instant.EPOCH));

        assertThat(EventMessages.fits(answer)).isTrue();
        assertThat(answer.found()).hasSize(50);
        assertThat(answer.found().stream().filter(one -> one.document().equals("long0")))
                .singleElement()
                .satisfies(one -> assertThat(one.text()).isEqualTo("red"));
        assertThat(answer.found().stream().filter(one -> one.document().equals("long7")))
                .singleElement()
                .satisfies(one -> assertThat(one.text())
                        .startsWith("red \uD83D\uDD34 red")
                        .matches("(?s).*… \\(the first \\d+ of 7000 characters\\)"));
    }

    @Test
    void whereEvenBeginningsHaveNoRoomTheBestDocumentsAreTold() {
        Set<String> words = IntStream.range(0, 500).mapToObj(i -> "word" + i).collect(Collectors.toSet());
        String json = new Payload("x".repeat(1000), BALL).json();
        for (int i = 10; i < 60; i++) {
            index.upsert(List.of(new Entry("d" + i, new Embedding(RED, RED), "public", true, true, words, "", json)));
        }

        var answer = (SearchCompleted) searches.answer(
                new SearchRequested("s", List.of("public"), String.join(" ", words), 50, Instant.EPOCH));

        assertThat(EventMessages.fits(answer)).isTrue();
        assertThat(answer.found())
                .hasSizeBetween(5, 20)
                .first()
                .extracting(Found::document)
                .isEqualTo("d10");
    }

    private List<Found> found(String text, @Nullable ObjectRef image) {
        return ((SearchCompleted) answer(text, image)).found();
    }

    private SearchEvent answer(String text, @Nullable ObjectRef image) {
        return searches.answer(new SearchRequested("s", List.of("public"), text, image, 5, null, Instant.EPOCH));
    }

    private static float[] picture(ObjectRef image) {
        if (image.equals(GONE)) throw new IllegalArgumentException("there is no image " + image.key());
        return ROUND;
    }

    private void add(String id, Embedding embedding, String... words) {
        index.upsert(List.of(new Entry(id, embedding, "public", true, true, Set.of(words), "", "{}")));
    }
}
