package dev.cm3leon.trainer.vq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.model.vq.VqConfig;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Weights;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class AdversarialTermsTest {
    private static final int SIZE = 32, STEPS = 40;
    private final VqConfig configuration = new VqConfig(SIZE, 4, 32, 4, List.of(8, 16), List.of(16, 16), false);

    @Test
    void theHingeIsTheOneComputedByHand() {
        Tensor real = Tensor.create(new float[] {2, 0.5f, -1}), decoded = Tensor.create(new float[] {-3, 0, 0.5f});

        // (0 + 0.5 + 2) / 3 of the true ones and (0 + 1 + 1.5) / 3 of the decoded ones, and half of both
        assertThat(Discriminator.hinge(real, decoded).item_double()).isCloseTo(2.5 / 3, within(1e-6));
        assertThat(Discriminator.hinge(decoded, real).item_double())
                .isCloseTo(((4 + 1 + 0.5) / 3 + (3 + 1.5 + 0) / 3) / 2, within(1e-6));
    }

    @Test
    void aScoreSeesThirtyOnePixelsAround() {
        var discriminator = new Discriminator(Ops.random(1, "test", 0));
        byte[] one = stripes(1, 64), other = one.clone();
        other[3 * (31 * 64 + 31)] ^= (byte) 0x80;

        float[] a = Parameters.toArray(discriminator.scores(Ops.pixels(new byte[][] {one}, 64)));
        float[] b = Parameters.toArray(discriminator.scores(Ops.pixels(new byte[][] {other}, 64)));

        assertThat(a).hasSize(8 * 8);
        for (int row = 0; row < 8; row++)
            for (int column = 0; column < 8; column++)
                assertThat(a[8 * row + column] != b[8 * row + column])
                        .as("%d %d", row, column)
                        .isEqualTo(sees(row) && sees(column));
    }

    /// Whether the score of this row sees pixel 31: it looks from 15 pixels before its first to 15 after.
    private static boolean sees(int row) {
        return Math.abs(8 * row - 31) <= 15;
    }

    @Test
    void theDiscriminatorLearnsToTellNoiseFromPictures() {
        var terms = new AdversarialTerms(new AdversarialTerms.Settings(1, 0, 0), 1);
        double first = 0, last = 0;
        for (int step = 0; step < 30; step++)
            try (var scope = new PointerScope()) {
                last = terms.learn(pixels(noise(step)), pixels(stripes(step, SIZE)), 2e-3);
                if (step == 0) first = last;
            }

        assertThat(first).isBetween(0.5, 2.0);
        assertThat(last).isLessThan(0.2);
    }

    @Test
    void withoutTermsTheWeightsAreThoseOfBeforeAndNothingMoreIsSaved() {
        var state = run(training(AdversarialTerms.Settings.NONE), 0, STEPS).state();
        var late = run(training(new AdversarialTerms.Settings(0.5, STEPS - 1, 1)), 0, STEPS - 1);
        var without =
                run(training(AdversarialTerms.Settings.NONE), 0, STEPS - 1).state();

        assertThat(state.keySet()).noneMatch(name -> name.contains("discriminator"));
        assertSame(without, late.state(), without.keySet());
        assertThat(run(late, STEPS - 1, STEPS).state().get("decoder.out.weight").values())
                .isNotEqualTo(state.get("decoder.out.weight").values());
    }

    @Test
    void aRunThatGoesOnFromItsStateIsTheOneThatWasNeverBroken() {
        var terms = new AdversarialTerms.Settings(0.5, 20, 1);
        var whole = run(training(terms), 0, STEPS).state();
        var broken = run(training(terms), 0, 30).state();
        var other = training(terms);

        other.restore(new Weights(broken, Map.of()));

        assertThat(whole).containsKeys("discriminator.conv0.weight", "discriminator.adam.mean");
        assertSame(whole, run(other, 30, STEPS).state(), whole.keySet());
    }

    @Test
    void theTermsAreBalancedAgainstTheErrorAndReachTheDecoder() {
        var training = training(new AdversarialTerms.Settings(0.5, 20, 1));
        run(training, 0, 20);

        Map<String, Double> metrics = training.step(20).metrics();

        assertThat(metrics)
                .containsKeys("loss_adversarial", "loss_discriminator")
                .hasEntrySatisfying(
                        "adversarial_balance",
                        balance -> assertThat(balance).isPositive().isLessThan(1e4))
                .hasEntrySatisfying(
                        "loss_perceptual", distance -> assertThat(distance).isPositive());
    }

    @Test
    void refusesTermsBeforeThereAreCodesAndAfterTheEnd() {
        assertThatThrownBy(() -> training(new AdversarialTerms.Settings(0.5, 9, 0)))
                .hasMessageContaining("vq.adversarial_from")
                .hasMessageContaining("10");
        assertThatThrownBy(() -> training(new AdversarialTerms.Settings(0, STEPS, 1)))
                .hasMessageContaining("vq.adversarial_from")
                .hasMessageContaining("" + STEPS);
    }

    private static void assertSame(
            Map<String, Weights.Array> one, Map<String, Weights.Array> other, Iterable<String> names) {
        for (String name : names)
            assertThat(other.get(name).values())
                    .as(name)
                    .isEqualTo(one.get(name).values());
    }

    private VqTraining training(AdversarialTerms.Settings terms) {
        return new VqTraining(
                new VqModel(configuration, Ops.random(1, "test", 0)),
                new VqTraining.Settings(STEPS, 4, 4e-3, 10, 5, 0, terms),
                1,
                Pictures.endless((RandomGenerator random) -> stripes(random.nextInt(1000), SIZE)),
                ErrorCosts.evenly(SIZE, 3));
    }

    private static VqTraining run(VqTraining training, int from, int to) {
        for (int step = from; step < to; step++)
            try (var scope = new PointerScope()) {
                training.step(step);
            }
        return training;
    }

    private static Tensor pixels(byte[] picture) {
        return Ops.pixels(new byte[][] {picture}, SIZE);
    }

    private static byte[] stripes(int seed, int size) {
        byte[] picture = new byte[3 * size * size];
        for (int i = 0; i < picture.length; i++)
            picture[i] = (byte) ((i / 3 % size + seed) / (3 + seed % 5) % 2 == 0 ? 40 * (i % 3) : 200);
        return picture;
    }

    private static byte[] noise(int seed) {
        byte[] picture = new byte[3 * SIZE * SIZE];
        new java.util.Random(seed).nextBytes(picture);
        return picture;
    }
}
