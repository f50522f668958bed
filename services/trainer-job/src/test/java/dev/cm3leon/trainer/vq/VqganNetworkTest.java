package dev.cm3leon.trainer.vq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.model.vq.VqganConfig;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class VqganNetworkTest {
    private static final int SIZE = 32, STEPS = 14;
    private final VqganConfig configuration = new VqganConfig(SIZE, 32, 8, 32, List.of(1, 1, 2, 1), 1, List.of(8), 16);

    /// The weights and what the public code gives for them are those of `VqganTest`.
    @Test
    void vectorsCodesAndPicturesAreThoseOfThePublicCode() {
        var sizes = new VqganConfig(64, 64, 8, 32, List.of(2, 1), 1, List.of(32), 12);
        Weights weights = WeightFiles.resource("/vqgan/model.safetensors"),
                recorded = WeightFiles.resource("/vqgan/io.safetensors"),
                latents = WeightFiles.resource("/vqgan/latents.safetensors");

        VqModel model = VqModel.of(sizes, weights);

        assertThat(model.arrays().keySet())
                .containsExactlyInAnyOrderElementsOf(weights.arrays().keySet());
        try (var scope = new PointerScope();
                var guard = new NoGradGuard()) {
            Tensor vectors =
                    model.encode(Tensor.create(latents.array("00.input").values(), 1, 3, 64, 64));
            long[] ids = new long[32 * 32];
            model.nearest(VqModel.rows(vectors)).data_ptr_long().get(ids);
            assertThat(Parameters.toArray(vectors))
                    .usingComparatorWithPrecision(1e-4f)
                    .containsExactly(latents.array("00.pre_quant").values());
            assertThat(ids).containsExactly(codes(recorded, "00"));
            for (String name : List.of("00", "explicit"))
                assertThat(Parameters.toArray(model.decode(
                                model.grid(model.codebook().index_select(0, Tensor.create(codes(recorded, name)))))))
                        .usingComparatorWithPrecision(1e-4f)
                        .containsExactly(recorded.array(name + ".decoded").values());
        }
    }

    private static long[] codes(Weights recorded, String name) {
        float[] values = recorded.array(name + ".codes").values();
        long[] codes = new long[values.length];
        for (int i = 0; i < codes.length; i++) codes[i] = (long) values[i];
        return codes;
    }

    @Test
    void learnsOnePictureByHeartAndTheServicesComputeTheSame() {
        byte[] picture = stripes(3);
        var model = new VqModel(configuration, Ops.random(1, "test", 0));
        var settings = new VqTraining.Settings(60, 1, 2e-3, 4, 5, 0, AdversarialTerms.Settings.NONE);
        var training =
                new VqTraining(model, settings, 1, Pictures.endless(random -> picture), ErrorCosts.evenly(SIZE, 3));

        double first = run(training, 0, 1), last = run(training, 1, 60);

        assertThat(last).isLessThan(first / 4);
        assertThat(training.validate(60).get("psnr")).isGreaterThan(20.0);
        var shipped = new Weights(model.arrays(), Map.of()).rounded();
        model.restore(shipped);
        var file = Safetensors.read("shipped", ByteBuffer.wrap(WeightFiles.bytes(shipped, WeightFiles.Precision.F16)));
        try (var tokenizer = VqTokenizer.open(configuration, file)) {
            byte[][] pictures = {picture, stripes(4)};
            int[][] codes = model.codes(pictures);
            byte[][] decoded = model.pictures(codes);
            for (int i = 0; i < pictures.length; i++) {
                assertThat(tokenizer.encode(new RgbImage(SIZE, SIZE, pictures[i])))
                        .isEqualTo(codes[i]);
                byte[] theirs = tokenizer.decode(codes[i]).rgb();
                for (int j = 0; j < theirs.length; j++)
                    assertThat(Math.abs((theirs[j] & 255) - (decoded[i][j] & 255)))
                            .isLessThan(2);
            }
        }
    }

    /// With a discriminator and its features.
    @Test
    void aRunThatGoesOnFromItsStateIsTheOneThatWasNeverBroken() {
        var whole = training(9);
        run(whole, 0, STEPS);
        var broken = training(9);
        run(broken, 0, 7);
        var other = training(10);

        other.restore(new Weights(broken.state(), Map.of()));

        run(other, 7, STEPS);
        Map<String, Weights.Array> expected = whole.state(), state = other.state();
        assertThat(state.keySet()).isEqualTo(expected.keySet()).contains("discriminator.conv0.weight");
        for (String name : expected.keySet())
            assertThat(state.get(name).values())
                    .as(name)
                    .isEqualTo(expected.get(name).values());
    }

    @Test
    void learnsFromParts() {
        var model = new VqModel(configuration, Ops.random(1, "test", 0));
        var settings = new VqTraining.Settings(12, 4, 2e-3, 4, 5, 16, AdversarialTerms.Settings.NONE);
        var training =
                new VqTraining(model, settings, 1, Pictures.endless(random -> stripes(3)), ErrorCosts.evenly(SIZE, 3));

        double first = run(training, 0, 1);

        assertThat(run(training, 1, 12)).isLessThan(first);
        assertThat(model.codes(new byte[][] {stripes(3)})[0]).hasSize(4 * 4);
    }

    @Test
    void weightsOfOtherSizesAreNotTaken() {
        var wider = new VqganConfig(SIZE, 32, 8, 64, List.of(1, 1, 2, 1), 1, List.of(8), 16);
        var weights = new Weights(new VqModel(wider, Ops.random(1, "test", 0)).arrays(), Map.of());

        assertThatThrownBy(() -> VqModel.of(configuration, weights)).hasMessageContaining("encoder.conv_in.weight");
    }

    private VqTraining training(long weights) {
        return new VqTraining(
                new VqModel(configuration, Ops.random(weights, "test", 0)),
                new VqTraining.Settings(STEPS, 4, 2e-3, 4, 5, 0, new AdversarialTerms.Settings(0.5, 5, 1)),
                1,
                Pictures.endless(random -> stripes(random.nextInt(1000))),
                ErrorCosts.evenly(SIZE, 3));
    }

    private static double run(VqTraining training, int from, int to) {
        double loss = 0;
        for (int step = from; step < to; step++)
            try (var scope = new PointerScope()) {
                loss = training.step(step).loss();
            }
        return loss;
    }

    private static byte[] stripes(int seed) {
        byte[] picture = new byte[3 * SIZE * SIZE];
        for (int i = 0; i < picture.length; i++)
            picture[i] = (byte) ((i / 3 % SIZE + seed) / (3 + seed % 5) % 2 == 0 ? 40 * (i % 3) : 200);
        return picture;
    }
}
