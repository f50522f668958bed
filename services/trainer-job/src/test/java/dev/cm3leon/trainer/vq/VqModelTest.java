package dev.cm3leon.trainer.vq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.model.vq.VqConfig;
import dev.cm3leon.trainer.torch.Learner;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Weights;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class VqModelTest {
    private final VqConfig configuration = new VqConfig(64, 8, 32, 4, List.of(8, 16), List.of(16, 16), false);
    private final VqModel model = new VqModel(configuration, Ops.random(1, "test", 0));

    @Test
    void eightByEightVectorsAndBack() {
        Tensor vectors = model.encode(Ops.pixels(new byte[][] {picture(1), picture(2)}, 64));

        assertThat(vectors.sizes().vec().get()).containsExactly(2, 4, 8, 8);
        assertThat(model.decode(vectors).sizes().vec().get()).containsExactly(2, 3, 64, 64);
    }

    @Test
    void aCellSeesNoPixelOfAnother() {
        byte[] one = picture(1), other = one.clone();
        Arrays.fill(other, 3 * (8 * 64), 3 * (64 * 64), (byte) 7); // all but the first row of cells

        float[] a = Parameters.toArray(model.encode(Ops.pixels(new byte[][] {one}, 64)));
        float[] b = Parameters.toArray(model.encode(Ops.pixels(new byte[][] {other}, 64)));

        for (int d = 0; d < 4; d++)
            for (int cell = 0; cell < 64; cell++) {
                if (cell < 8) assertThat(a[d * 64 + cell]).isEqualTo(b[d * 64 + cell]);
                else assertThat(a[d * 64 + cell]).isNotEqualTo(b[d * 64 + cell]);
            }
    }

    @Test
    void neighboursTellACodeWhereTheEncoderSeesThem() {
        var seeing = new VqModel(
                new VqConfig(64, 8, 32, 4, List.of(8, 16), List.of(16, 16), true), Ops.random(1, "test", 0));
        byte[] one = picture(1), other = one.clone();
        Arrays.fill(other, 3 * (32 * 64), 3 * (64 * 64), (byte) 7); // the lower half

        float[] a = Parameters.toArray(seeing.encode(Ops.pixels(new byte[][] {one}, 64)));
        float[] b = Parameters.toArray(seeing.encode(Ops.pixels(new byte[][] {other}, 64)));

        for (int d = 0; d < 4; d++)
            for (int cell = 0; cell < 32; cell++) // two rows above see it, at most
            assertThat(a[d * 64 + cell] == b[d * 64 + cell]).isEqualTo(cell < 16);
    }

    @Test
    void theNearestCodeIsTheFirstOfTheClosest() {
        float[] book = new float[32 * 4];
        Arrays.fill(book, 9);
        for (int code : new int[] {5, 7}) Arrays.fill(book, 4 * code, 4 * code + 4, 1); // twins
        Arrays.fill(book, 4 * 11, 4 * 11 + 4, -1);
        Parameters.copy(book, model.codebook());

        Tensor nearest = model.nearest(Tensor.create(new float[] {1, 1, 1, 1.2f, -2, -1, -1, 0, 8, 9, 9, 9}, 3, 4));

        long[] ids = new long[3];
        nearest.data_ptr_long().get(ids);
        assertThat(ids).containsExactly(5, 11, 0);
    }

    @Test
    void learnsOnePictureByHeart() {
        byte[] picture = flag();
        var training = training(120, random -> picture);

        double first = run(training, 0, 1), last = run(training, 1, 120);

        assertThat(last).isLessThan(first / 4);
        assertThat(training.validate(120).get("psnr")).isGreaterThan(15.0);
        int[] codes = model.codes(new byte[][] {picture})[0], row = Arrays.copyOf(codes, 8);
        for (int y = 1; y < 8; y++)
            assertThat(Arrays.copyOfRange(codes, 8 * y, 8 * y + 8)).containsExactly(row);
        assertThat(row[1]).isEqualTo(row[0]);
        assertThat(row[4]).isEqualTo(row[3]);
        assertThat(row[7]).isEqualTo(row[6]);
        assertThat(List.of(row[0], row[3], row[6])).doesNotHaveDuplicates(); // three colours
    }

    @Test
    void codesOfTheCodebookAreTheMeansOfWhatChoseThem() {
        var training = training(60, random -> picture(random.nextInt(1000)));
        run(training, 0, 60);

        var state = training.state();
        float[] counts = state.get("codebook.counts").values(),
                sums = state.get("codebook.sums").values();
        float[] book = state.get("codebook.weight").values();

        int met = 0;
        for (int code = 0; code < 32; code++) {
            if (counts[code] < 0.01f) continue;
            met++;
            for (int d = 0; d < 4; d++)
                assertThat(book[4 * code + d]).isCloseTo(sums[4 * code + d] / counts[code], within(1e-3f));
        }
        assertThat(met).isGreaterThan(8);
    }

    /// A scope holds the tensors of one pass forward.
    @Test
    void theFirstCodebookIsOfPicturesThatAreEncodedAsManyAtATimeAsAStepHas() {
        var drawn = new HashMap<PointerScope, Integer>();
        var training = training(60, random -> {
            drawn.merge(PointerScope.getInnerScope(), 1, Integer::sum);
            return picture(random.nextInt(1000));
        });

        try (var scope = new PointerScope()) {
            training.step(10);
        }

        assertThat(drawn.values()).containsExactly(4, 4, 4); // the step's own, and 8 for 32 codes
    }

    /// Half of the codes are put where no vector comes; they are searched for at every fifth step.
    @Test
    void codesThatNothingMeetsGoToVectorsThatAreBadlyMet() {
        var training = training(60, random -> picture(random.nextInt(1000)));
        run(training, 0, 11);
        var state = new HashMap<>(training.state());
        for (String name : List.of("codebook.weight", "codebook.counts", "codebook.sums")) {
            float[] values = state.get(name).values();
            Arrays.fill(values, values.length / 2, values.length, name.equals("codebook.weight") ? 100 : 0);
        }
        training.restore(new Weights(state, Map.of()));

        run(training, 11, 14);
        float[] before = later(training, "codebook.weight");
        run(training, 14, 15);
        float[] moved = later(training, "codebook.weight"), counts = later(training, "codebook.counts");
        run(training, 15, 18);

        assertThat(before).containsOnly(100);
        assertThat(moved).doesNotContain(100);
        assertThat(counts).containsOnly(0.2f);
        float[] met = later(training, "codebook.counts");
        Arrays.sort(met);
        assertThat(met[met.length - 1]).isGreaterThan(0.2f); // less where nothing met it
    }

    /// Those of the second half of the codes.
    private static float[] later(VqTraining training, String name) {
        float[] values = training.state().get(name).values();
        return Arrays.copyOfRange(values, values.length / 2, values.length);
    }

    @Test
    void learnsFromThePartsWithTheMostDetail() {
        byte[] half = new byte[64 * 64 * 3]; // plain on the left, noise on the right
        new java.util.Random(1).nextBytes(half);
        for (int y = 0; y < 64; y++) Arrays.fill(half, 3 * 64 * y, 3 * (64 * y + 32), (byte) 200);
        var parts = Pictures.endless(random -> half).parts(64, 32);

        int plain = 0;
        for (int i = 0; i < 200; i++) {
            byte[] part = parts.learned().apply(Ops.random(1, "part", i));
            assertThat(part).hasSize(3 * 32 * 32);
            if (part[3 * 32 * 31] == (byte) 200 && part[3 * 32 * 32 - 1] == (byte) 200) plain++;
        }
        assertThat(plain).isLessThan(10); // one place in five is plain: all three of them once in 125
        assertThat(parts.scored().apply(Ops.random(1, "part", 0))).isEqualTo(half);
    }

    @Test
    void whatWasLearnedFromPartsHoldsForTheWhole() {
        byte[] picture = flag();
        var training = new VqTraining(
                model,
                new VqTraining.Settings(120, 8, 4e-3, 10, 5, 32, AdversarialTerms.Settings.NONE),
                1,
                Pictures.endless(random -> picture),
                ErrorCosts.evenly(64, 3));

        run(training, 0, 120);

        assertThat(training.validate(120).get("psnr")).isGreaterThan(15.0);
    }

    @Test
    void eachPictureThatIsScoredOnCountsOnce() {
        byte[] flag = flag(), noise = picture(5);
        var often = new Pictures(_ -> flag, random -> random.nextInt(10) > 0 ? flag : noise);
        var seldom = new Pictures(_ -> flag, random -> random.nextInt(10) == 0 ? flag : noise);

        assertThat(PictureLoss.score(model, often, 1).get("psnr"))
                .isCloseTo(PictureLoss.score(model, seldom, 1).get("psnr"), within(1e-9));

        var endless = Pictures.endless(random -> picture(random.nextInt()));
        assertThat(Pictures.different(endless.scored(), Ops.random(1, "test", 0), 5))
                .as("where all are different, those that are drawn")
                .isDeepEqualTo(Pictures.some(endless.scored(), Ops.random(1, "test", 0), 5));
    }

    @Test
    void goesOnFromItsState() {
        var whole = training(30, random -> picture(random.nextInt(1000)));
        run(whole, 0, 20);
        var state = new Weights(new HashMap<>(whole.state()), Map.of());
        var other = new VqTraining(
                new VqModel(configuration, Ops.random(9, "other", 0)),
                settings(30),
                1,
                Pictures.endless(random -> picture(random.nextInt(1000))),
                ErrorCosts.evenly(64, 3));
        other.restore(state);

        assertThat(run(other, 20, 30)).isEqualTo(run(whole, 20, 30));
    }

    @Test
    void theDecoderLearnsOnWithTheSameCodes() {
        run(training(60, random -> picture(random.nextInt(1000))), 0, 60);
        byte[][] pictures = {picture(3), picture(4)};
        int[][] before = model.codes(pictures);
        var training = new DecoderTraining(
                model,
                1,
                4,
                new dev.cm3leon.trainer.torch.Schedule(1e-3, 2, 0, 20, 0),
                Pictures.endless(random -> picture(random.nextInt(1000))),
                ErrorCosts.evenly(64, 3));

        double first = training.step(0).loss(), last = first;
        for (int step = 1; step < 20; step++) last = training.step(step).loss();

        assertThat(last).isLessThan(first);
        assertThat(model.codes(pictures)).isDeepEqualTo(before);
    }

    @Test
    void refusesSizesThatCannotBe() {
        assertThatThrownBy(() -> new VqConfig(60, 8, 32, 4, List.of(8, 16), List.of(16, 16), false))
                .hasMessageContaining("60")
                .hasMessageContaining("8");
        assertThatThrownBy(() -> new VqConfig(64, 8, 1, 4, List.of(8, 16), List.of(16, 16), false))
                .hasMessageContaining("codes");
        assertThatThrownBy(() -> new VqConfig(64, 8, 32, 4, List.of(8), List.of(16, 16), false))
                .hasMessageContaining("encoder_width");
    }

    private VqTraining training(long steps, java.util.function.Function<RandomGenerator, byte[]> picture) {
        return new VqTraining(model, settings(steps), 1, Pictures.endless(picture), ErrorCosts.evenly(64, 3));
    }

    private static VqTraining.Settings settings(long steps) {
        return new VqTraining.Settings(steps, 4, 4e-3, 10, 5, 0, AdversarialTerms.Settings.NONE);
    }

    private static double run(Learner learner, int from, int to) {
        double loss = 0;
        for (int step = from; step < to; step++) loss = learner.step(step).loss();
        return loss;
    }

    private static byte[] flag() {
        byte[] picture = new byte[64 * 64 * 3];
        for (int i = 0; i < 64 * 64; i++) picture[3 * i + (i % 64) / 22] = (byte) 200;
        return picture;
    }

    private static byte[] picture(int seed) {
        byte[] picture = new byte[64 * 64 * 3];
        new java.util.Random(seed).nextBytes(picture);
        for (int i = 0; i < picture.length; i++) picture[i] &= (byte) 0xc0;
        return picture;
    }
}
