package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SelectionTest {

    private static final float[] EAST = {1, 0, 0};
    private static final float[] NORTH = {0, 1, 0};
    private static final float[] UP = {0, 0, 1};

    @Test
    void skipsADocumentThatSaysTheSameAsABetterOne() {
        List<Hit> found = List.of(hit("a", 0.8, EAST), hit("b", 0.7, EAST), hit("c", 0.6, NORTH));

        assertThat(ids(Selection.choose(found, Set.of(), 2, 0.9, 0.9))).containsExactly("a", "c");
    }

    @Test
    void skipsADocumentThatIsTheQueryItself() {
        List<Hit> found = List.of(hit("copy", 0.95, EAST), hit("near", 0.85, NORTH));

        assertThat(ids(Selection.choose(found, Set.of(), 1, 0.9, 0.9))).containsExactly("near");
    }

    @Test
    void whatIsAtABoundIsChosen() {
        float[] alike = {0.5f, 0.5f, 0};
        List<Hit> found = List.of(hit("a", 0.5, EAST), hit("b", 0.4, alike));

        assertThat(ids(Selection.choose(found, Set.of(), 2, 0.5, 0.5))).containsExactly("a", "b");
        assertThat(ids(Selection.choose(found, Set.of(), 2, 0.49, 0.5))).containsExactly("b");
        assertThat(ids(Selection.choose(found, Set.of(), 2, 0.5, 0.49))).containsExactly("a");
    }

    @Test
    void aDocumentWithoutAnyWordOfTheQueryStandsLast() {
        List<Hit> found = List.of(hit("looks alike", 0.8, EAST), hit("zilo", 0.1, NORTH, "zilo"));
        Set<String> asked = new LinkedHashSet<>(List.of("mupa", "zilo"));

        assertThat(ids(Selection.choose(found, asked, 2, 0.9, 0.9))).containsExactly("zilo", "looks alike");
    }

    @Test
    void keepsTheDocumentThatHasTheNameHoweverCloseItIs() {
        List<Hit> found = List.of(hit("named", 0.97, EAST, "mira"), hit("near", 0.85, NORTH));

        assertThat(ids(Selection.choose(found, Set.of("mira"), 1, 0.9, 0.9))).containsExactly("named");
    }

    @Test
    void aNameOutranksAnyCosine() {
        List<Hit> found = List.of(
                hit("looks alike", 0.89, EAST),
                hit("half the name", 0.5, NORTH, "mira"),
                hit("the name", -0.4, UP, "mira", "okafor"));

        assertThat(ids(Selection.choose(found, Set.of("mira", "okafor"), 3, 0.9, 0.9)))
                .containsExactly("the name", "half the name", "looks alike");
    }

    @Test
    void aNameThatNoneHasYetComesBeforeMoreOfOneThatIsThere() {
        List<Hit> found = List.of(
                hit("mira", 0.9, EAST, "mira", "okafor"),
                hit("half of mira", 0.89, UP, "mira"),
                hit("mira again", 0.8, UP, "mira", "okafor"),
                hit("zilo", 0.1, NORTH, "zilo"));
        Set<String> asked = new LinkedHashSet<>(List.of("mira", "okafor", "zilo"));

        assertThat(ids(Selection.choose(found, asked, 2, 0.9, 0.9))).containsExactly("mira", "zilo");
        assertThat(ids(Selection.ranked(found, asked))).containsExactly("mira", "zilo", "mira again", "half of mira");
    }

    @Test
    void twoNamedDocumentsStandInTheOrderOfTheQueryHoweverAlikeTheyAre() {
        List<Hit> found = List.of(hit("second", 0.9, EAST, "zilo"), hit("first", 0.5, EAST, "mupa"));
        Set<String> asked = new LinkedHashSet<>(List.of("mupa", "zilo"));

        assertThat(ids(Selection.choose(found, asked, 2, 0.9, 0.9))).containsExactly("first", "second");
    }

    @Test
    void aDocumentFoundTwiceCountsOnce() {
        List<Hit> found = List.of(hit("a", 0.8, EAST), hit("a", 0.8, EAST));

        assertThat(Selection.ranked(found, Set.of())).hasSize(1);
    }

    @Test
    void theOrderFoundDoesNotMatter() {
        List<Hit> found = List.of(hit("b", 0.5, EAST), hit("a", 0.5, NORTH), hit("c", 0.6, UP));

        assertThat(ids(Selection.choose(found.reversed(), Set.of(), 3, 0.9, 0.9)))
                .isEqualTo(ids(Selection.choose(found, Set.of(), 3, 0.9, 0.9)))
                .containsExactly("c", "a", "b");
    }

    private static Hit hit(String id, double score, float[] vector, String... terms) {
        return new Hit(id, score, vector, Set.of(terms), "{}");
    }

    private static List<String> ids(List<Selection.Match> matches) {
        return matches.stream().map(match -> match.hit().id()).toList();
    }
}
