package dev.cm3leon.trainer.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.clip.ClipConfig;
import dev.cm3leon.model.clip.SentenceEncoder;
import dev.cm3leon.model.clip.SmallClip;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.trainer.torch.Learner.Outcome;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.WeightFiles.Precision;
import dev.cm3leon.trainer.torch.Weights;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pictures of eight colours, each a little noisy, and a text for each colour.
class ContrastiveTrainingTest {
    private static final int SIZE = 16, EMBEDDING = 16, COLOURS = 8, LEARNED = 5 * COLOURS;
    private static final byte[][][] NO_TWINS = {};
    private static final byte[][][] TWINS = {
        {picture(0), picture(8)}, {picture(1), picture(9)}, {picture(2), picture(10)}, {picture(7), picture(15)}
    };

    private final ClipModel model = model();

    @Test
    void learnsWhichTextIsOfWhichPicture() {
        var training = training(model, ContrastiveTrainingTest::pair, NO_TWINS);
        assertThat(training.validate(0).get("recall_1")).isLessThan(0.5);

        for (int step = 0; step < training.steps(); step++) training.step(step);

        assertThat(training.validate(training.steps()))
                .containsEntry("recall_1", 1.0)
                .containsEntry("recall_5", 1.0);
    }

    /// Nothing tells sixteen pairs of one picture and one text apart.
    @Test
    void whereAllPairsAreAlikeTheLossIsThatOfChance() {
        var training = training(model, i -> pair(0), NO_TWINS);

        assertThat(training.step(0).loss()).isCloseTo(Math.log(16), within(1e-4));
    }

    @Test
    void twinsAddTheLossOfTheirOwnAndAreLearned() {
        double pairs = training(model(), ContrastiveTrainingTest::pair, NO_TWINS)
                .step(0)
                .loss();
        double twins = infoNce(images(0), images(1), Math.exp(model.logitScale().item_double()));
        var training = training(model, ContrastiveTrainingTest::pair, TWINS);

        Outcome first = training.step(0), last = first;
        for (int step = 1; step < training.steps(); step++) last = training.step(step);

        assertThat(first.metrics().get("loss_twins")).isCloseTo(twins, within(1e-4));
        assertThat(first.loss()).isCloseTo(pairs + twins, within(1e-4));
        assertThat(last.metrics().get("loss_twins")).isLessThan(twins / 4);
    }

    @Test
    void goesOnFromItsState() {
        var whole = training(model, ContrastiveTrainingTest::pair, TWINS);
        for (int step = 0; step < 5; step++) whole.step(step);
        var state = new Weights(new HashMap<>(whole.state()), Map.of());
        var other = training(model(), ContrastiveTrainingTest::pair, TWINS);

        other.restore(state);

        assertThat(other.step(5)).isEqualTo(whole.step(5));
    }

    @ParameterizedTest
    @CsvSource({"F32, 1e-5", "F16, 5e-3"})
    void whatIsExportedSeesAndReadsTheSame(Precision precision, float close) {
        var training = training(model, ContrastiveTrainingTest::pair, TWINS);
        for (int step = 0; step < 5; step++) training.step(step);

        var weights = Safetensors.read(
                "clip", ByteBuffer.wrap(WeightFiles.bytes(new Weights(model.arrays(), Map.of()), precision)));

        var config = new ClipConfig(SIZE, EMBEDDING, ClipModel.TEXT_WIDTH, 24);
        try (var exported = SmallClip.open(config, weights);
                var sentences = SentenceEncoder.open()) {
            assertThat(exported.encode(new RgbImage(SIZE, SIZE, picture(3))))
                    .usingComparatorWithPrecision(close)
                    .containsExactly(Parameters.toArray(image(picture(3))));
            Tensor sentence = model.device().tensor(sentences.encode("a red jacket"), 1, ClipModel.TEXT_WIDTH);
            assertThat(exported.encode("a red jacket"))
                    .usingComparatorWithPrecision(close)
                    .containsExactly(Parameters.toArray(model.text(sentence)));
        }
        assertThat(weights.floats("logit_scale")[0])
                .isCloseTo((float) model.logitScale().item_double(), within(close));
    }

    /// The loss of two sets of unit vectors of which the i-th belong together.
    private static double infoNce(float[][] some, float[][] others, double scale) {
        double sum = 0;
        for (int i = 0; i < some.length; i++) {
            double row = 0, column = 0;
            for (int j = 0; j < some.length; j++) {
                row += Math.exp(scale * Vectors.dot(some[i], others[j]));
                column += Math.exp(scale * Vectors.dot(some[j], others[i]));
            }
            double own = scale * Vectors.dot(some[i], others[i]);
            sum += (Math.log(row) + Math.log(column)) / 2 - own;
        }
        return sum / some.length;
    }

    private float[][] images(int which) {
        return Arrays.stream(TWINS)
                .map(pair -> Parameters.toArray(image(pair[which])))
                .toArray(float[][]::new);
    }

    private Tensor image(byte[] picture) {
        return model.image(model.device().place(Ops.pixels(new byte[][] {picture}, SIZE)));
    }

    private static ClipModel model() {
        return new ClipModel(SIZE, EMBEDDING, 24, Ops.random(1, "test", 0));
    }

    private static ContrastiveTraining training(
            ClipModel model, IntFunction<ContrastiveTraining.Pair> pair, byte[][][] twins) {
        var schedule = new Schedule(3e-3, 5, 0, 80, 0);
        return new ContrastiveTraining(model, 1, 16, schedule, LEARNED + COLOURS, LEARNED, pair, random -> twins);
    }

    private static ContrastiveTraining.Pair pair(int i) {
        float[] sentence = new float[ClipModel.TEXT_WIDTH];
        var random = new Random(i % COLOURS);
        for (int c = 0; c < sentence.length; c++) sentence[c] = (float) random.nextGaussian();
        return new ContrastiveTraining.Pair(Vectors.unit(sentence), () -> picture(i));
    }

    private static byte[] picture(int i) {
        byte[] picture = new byte[3 * SIZE * SIZE];
        var random = new Random(i);
        for (int at = 0; at < picture.length; at++) {
            int bright = i % COLOURS >> at % 3 & 1; // a bit for each channel
            picture[at] = (byte) (60 + 120 * bright + random.nextInt(30));
        }
        return picture;
    }
}
