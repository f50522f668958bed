package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.trainer.scenes.Thing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetrievalTest {

    private static final String SECTION = "The same thing in another style, ";

    @TempDir
    Path folder;

    /// A network that knows what each thing is, and a CLIP that sees no likeness at all.
    @Test
    void theSameThingIsLookedForAmongThingsForValidationOfTestsAndOfTraining() throws IOException {
        Measured measured;
        try (var platform = new FakePlatform("fake@1")) {
            var retrieval = new Retrieval(
                    platform.client(),
                    new Blind(),
                    thing -> vector(thing.label().hashCode()),
                    new Evaluation.Size(1, 1, 1));
            measured = Measured.of(retrieval.run(Set.of("styles"), folder), platform);
            assertThat(measured.requests()).isEmpty();
        }

        assertAllFound(measured, "things to choose encoders by", 66);
        assertAllFound(measured, "things never trained on", 114);
        assertAllFound(measured, "300 things of training", 300);
        assertThat(measured.report().toString())
                .contains("35 families that neither training nor a test shows, 66 in each of [noto, twemoji, fluent]");
        assertThat(Thing.Split.VALIDATION.things().stream().map(Thing::family).distinct())
                .hasSize(35);
    }

    private static void assertAllFound(Measured measured, String things, int concepts) {
        int queries = 6 * concepts; // of ordered pairs of three styles
        assertThat(measured.share(SECTION + things, "MobileNetV2Mid features", "R@1"))
                .isEqualTo(queries + " of " + queries);
        assertThat(measured.number(SECTION + things, "chance", "R@1")).isCloseTo(1.0 / concepts, within(1e-9));
        double byClip = measured.number(SECTION + things, "CLIP, both at one place on white", "R@1");
        assertThat(byClip).isLessThan(0.1);
        assertThat(measured.number(SECTION + things, "CLIP less MobileNetV2Mid, points", "R@1"))
                .isCloseTo(byClip - 1, within(1e-9));
    }

    @Test
    void aDifferenceIsOfTheSameQueriesAndItsIntervalOfConcepts() {
        List<Integer> ranks = List.of(1, 1, 1, 1), others = List.of(2, 2, 1, 2);

        Figure first = Retrieval.difference(ranks, others, 1, 2);

        assertThat(first.text()).isEqualTo("+75.0 [+50.0, +100.0]");
        assertThat(first.value()).isCloseTo(0.75, within(1e-9));
        assertThat(first.low()).isCloseTo(0.5, within(1e-9));
        assertThat(first.high()).isCloseTo(1, within(1e-9));
        assertThat(Retrieval.difference(ranks, others, 2, 2).text()).isEqualTo("+0.0 [+0.0, +0.0]");
    }

    /// Three that are asked for in the same words and have the same right documents say no more than one.
    @Test
    void queriesOfOneSubjectStandOrFallTogether() {
        List<Integer> ranks = List.of(1, 1, 1, 9, 9, 9, 1, 1, 1, 9, 9, 9);
        List<String> labels =
                List.of("cat", "cat", "cat", "dog", "dog", "dog", "cup", "cup", "cup", "pen", "pen", "pen");

        Figure grouped = Retrieval.figures(ranks, labels).getFirst(),
                single = Retrieval.figures(ranks).getFirst();

        assertThat(grouped).isEqualTo(Figure.grouped(new int[] {3, 0, 3, 0}, new int[] {3, 3, 3, 3}));
        assertThat(single).isEqualTo(Figure.of(6, 12));
    }

    @Test
    void guessingFindsTheNearestOfThreeSoonerThanOne() {
        Report report = new Report(new Evaluation.Size(1, 1, 1));
        List<String> columns = List.of("R@1", "R@5", "median rank");

        Retrieval.chance(report.section("three", "", columns), 344, Collections.nCopies(344, 3));
        Retrieval.chance(report.section("one", "", columns), 344, Collections.nCopies(344, 1));
        Retrieval.chance(report.section("one of so many", "", columns), 344);

        assertThat(report.toString().lines().filter(line -> line.contains("chance")))
                .containsExactly(
                        "| chance | 0.9 | 4.3 | 71 |", "| chance | 0.3 | 1.5 | 173 |", "| chance | 0.3 | 1.5 | 173 |");
    }

    private static float[] vector(long seed) {
        var random = new Random(seed);
        float[] vector = new float[32];
        for (int i = 0; i < vector.length; i++) vector[i] = (float) random.nextGaussian();
        return Vectors.unit(vector);
    }

    private record Blind() implements ClipEncoder {
        @Override
        public float[] encode(RgbImage picture) {
            return vector(Arrays.hashCode(picture.rgb()));
        }

        @Override
        public float[] encode(byte[] file, String mediaType, Images images) {
            return encode(images.read(file, mediaType));
        }

        @Override
        public float[] encode(String words) {
            return vector(words.hashCode());
        }

        @Override
        public void close() {}
    }
}
