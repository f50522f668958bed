package dev.cm3leon.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.Neighbours.Encoded;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.vectorindex.MemoryVectorIndex;
import dev.cm3leon.vectorindex.VectorIndex;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// The rules of section 2.1, each on vectors made for it.
class NeighboursTest {
    private static final int WIDTH = 12;
    private final List<Encoded> documents = new ArrayList<>();
    private final BitSet heldOut = new BitSet();

    @Test
    void theyAreFoundByCaptionAndByPicture() {
        add("target", unit(0), unit(1));
        add("like the caption", unit(0), unit(2));
        add("like the picture", unit(3), mixed(1, 6, 0.6f));
        add("neither", unit(4), unit(5));

        Set<Integer> found = all(4, 0, ids -> unit(0));

        assertThat(found).contains(1, 2).doesNotContain(0);
    }

    @Test
    void whereTheCaptionIsAskedForByThePictureAloneTheBestFirst() {
        add("target", unit(0), unit(1));
        add("like the caption", unit(0), unit(2));
        add("something like the picture", unit(3), mixed(1, 5, 0.8f));
        add("like the picture", unit(4), mixed(1, 6, 0.6f));
        var neighbours = neighbours(2, 0, ids -> {
            throw new AssertionError("its caption is what is asked for");
        });

        var found = new HashSet<List<Integer>>();
        for (int i = 0; i < 60; i++) found.add(neighbours.byPicture(0, Ops.random(1, "test", i)));

        assertThat(found).containsExactlyInAnyOrder(List.of(3), List.of(3, 2));
    }

    @Test
    void neverTheDocumentATwinOrWhatIsNearlyAsGood() {
        add("target", unit(0), unit(1));
        add("target", unit(0), unit(2)); // the same caption
        documents.add(new Encoded(
                "same picture",
                new int[] {9},
                "",
                "same picture",
                documents.getFirst().codes(),
                unit(3),
                unit(1)));
        add("nearly the same", mixed(0, 6, 0.1f), mixed(1, 7, 0.1f));
        add("near enough to say something", mixed(0, 8, 0.9f), mixed(1, 9, 0.9f));
        add("too near to the caption", mixed(0, 10, 0.1f), mixed(0, 10, 0.1f)); // relevance above 0.9

        Set<Integer> found = all(4, 0, ids -> unit(0));

        assertThat(found).containsExactly(4);
    }

    /// A picture that was saved anew has other codes.
    @Test
    void neverTheSamePictureSavedAnewWhateverIsSaidOfIt() {
        add("target", unit(0), unit(1));
        add("saved anew", unit(3), mixed(1, 6, 0.1f));
        add("saved anew, and nearly the caption", mixed(0, 8, 0.6f), mixed(1, 7, 0.1f));
        add("like the picture", unit(4), mixed(1, 9, 0.6f));
        var neighbours = neighbours(4, 0, ids -> unit(0));

        assertThat(all(4, 0, ids -> unit(0))).containsExactly(3);
        for (int i = 0; i < 60; i++)
            assertThat(neighbours.byPicture(0, Ops.random(1, "test", i))).containsExactly(3);
    }

    /// Two pictures of one subject, as `clip.twins` teaches them, are nearer than documents may be.
    @Test
    void anotherPictureOfTheSubjectMayStandInFront() {
        add("target", unit(0), unit(1));
        add("the subject in another manner", unit(3), mixed(1, 6, 0.33f)); // 0.95
        var neighbours = neighbours(2, 0, ids -> unit(0));

        assertThat(all(2, 0, ids -> unit(0))).containsExactly(1);
        assertThat(neighbours.byPicture(0, Ops.random(1, "test", 0))).containsExactly(1);
    }

    @Test
    void whatIsHeldOutIsInFrontOfNothingAndHasNeighboursItself() {
        add("target", unit(0), unit(1));
        add("held out", unit(0), unit(1));
        add("another", unit(0), unit(2));
        heldOut.set(1);

        assertThat(all(4, 0, ids -> unit(0))).containsExactly(2);
        assertThat(neighbours(1, 0, ids -> unit(0)).of(1, Ops.random(1, "test", 0)))
                .isNotEmpty();
    }

    @Test
    void noTwoSayNearlyTheSame() {
        add("target", unit(0), unit(1));
        add("one", unit(0), unit(2));
        add("nearly one", unit(0), mixed(2, 6, 0.1f));
        add("two", unit(0), unit(3));

        for (int i = 0; i < 200; i++)
            assertThat(neighbours(4, 0, ids -> unit(0)).of(0, Ops.random(1, "test", i)))
                    .doesNotContainSequence(1, 2)
                    .satisfies(found ->
                            assertThat(found.contains(1) && found.contains(2)).isFalse());
    }

    @Test
    void whatIsTooNearDoesNotHideWhatIsBehindIt() {
        add("target", unit(0), unit(1));
        for (int i = 0; i < 400; i++) add("copy " + i, mixed(0, 6, 0.01f * i / 400), mixed(1, 7, 0.05f));
        add("behind", mixed(0, 8, 2), mixed(1, 9, 2));

        assertThat(all(2, 0, ids -> unit(0))).containsExactly(401);
    }

    @Test
    void oneToThreeOfThemAndNoneForAFifth() {
        add("target", unit(0), unit(1));
        add("a", unit(0), unit(2));
        add("b", unit(0), unit(3));
        add("c", unit(4), mixed(1, 6, 0.6f));
        add("d", unit(5), mixed(1, 7, 0.6f));
        int[] counts = new int[5];
        var neighbours = neighbours(3, 0.2, ids -> unit(0));

        for (int i = 0; i < 3000; i++)
            counts[neighbours.of(0, Ops.random(1, "test", i)).size()]++;

        assertThat(counts[0] / 3000.0).isCloseTo(0.2, within(0.03));
        for (int n = 1; n <= 3; n++) assertThat(counts[n] / 3000.0).isCloseTo(0.8 / 3, within(0.03));
        assertThat(counts[4]).isZero();

        var more = neighbours(2, 3, 0, ids -> unit(0));
        var sizes = new HashSet<Integer>();
        for (int i = 0; i < 60; i++)
            sizes.add(more.of(0, Ops.random(1, "test", i)).size());
        assertThat(sizes).containsExactly(2, 3);
    }

    @Test
    void severalStandInAnyOrder() {
        add("target", unit(0), unit(1));
        add("like the caption", unit(0), unit(2));
        add("like the picture", unit(3), mixed(1, 6, 0.6f));
        var neighbours = neighbours(2, 2, 0, ids -> unit(0));

        var found = new HashSet<List<Integer>>();
        for (int i = 0; i < 60; i++) found.add(neighbours.of(0, Ops.random(1, "test", i)));

        assertThat(found).containsExactlyInAnyOrder(List.of(1, 2), List.of(2, 1));
    }

    @Test
    void allOfALargeCorpusCanBeFound() {
        for (int i = 0; i < 2_500; i++) add("document " + i, unit(i % WIDTH), unit((i + 1) % WIDTH));
        var index = new MemoryVectorIndex();

        neighbours(index, 1, 2, 0, ids -> unit(0));

        assertThat(index.size()).isEqualTo(2_500);
    }

    @Test
    void aFifthOfTheCaptionsTokensIsDroppedBeforeItIsSearchedWith() {
        int[] text = new Random(1).ints(50, 4, 500).toArray();
        documents.add(new Encoded("target", text, "", "target", new int[] {0}, unit(0), unit(1)));
        add("a", unit(0), unit(2));
        long[] seen = new long[2];
        var neighbours = neighbours(2, 0, ids -> {
            seen[0] += ids.length;
            seen[1]++;
            return unit(0);
        });

        for (int i = 0; i < 400; i++) neighbours.of(0, Ops.random(1, "test", i));

        assertThat(seen[1]).isEqualTo(400);
        assertThat(seen[0] / 400.0 / text.length).isCloseTo(0.8, within(0.01));
    }

    private Set<Integer> all(int most, double without, Function<int[], float[]> search) {
        var found = new HashSet<Integer>();
        var neighbours = neighbours(most, without, search);
        for (int i = 0; i < 60; i++) found.addAll(neighbours.of(0, Ops.random(1, "test", i)));
        return found;
    }

    private Neighbours neighbours(int most, double without, Function<int[], float[]> search) {
        return neighbours(1, most, without, search);
    }

    private Neighbours neighbours(int least, int most, double without, Function<int[], float[]> search) {
        return neighbours(new MemoryVectorIndex(), least, most, without, search);
    }

    private Neighbours neighbours(
            VectorIndex index, int least, int most, double without, Function<int[], float[]> search) {
        var settings = new TrainingConfiguration.Shards(
                "", "webdataset", "", 10, 1, most, least, without, 0, 0, 0.9, 0.2, false, 10, "");
        return new Neighbours(index, documents, heldOut, search, settings);
    }

    private void add(String caption, float[] byText, float[] byImage) {
        int[] text = {5, 6, 7}, codes = {documents.size()};
        documents.add(new Encoded(caption, text, "", caption, codes, byText, byImage));
    }

    private static float[] unit(int axis) {
        return mixed(axis, axis, 0);
    }

    /// The first axis with some of the second, of length 1.
    private static float[] mixed(int axis, int other, float some) {
        float[] vector = new float[WIDTH];
        float length = (float) Math.sqrt(1 + some * some);
        vector[axis] = 1 / length;
        if (other != axis) vector[other] = some / length;
        return vector;
    }
}
