package dev.cm3leon.trainer.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class AdamWTest {
    private final Parameters parameters = new Parameters.Builder(Ops.random(1, "test", 0))
            .add("a", 1, 2)
            .add("b", 1, 1)
            .build();

    @Test
    void theFirstStepMovesEveryParameterByTheLearningRate() {
        float[] before = Parameters.toArray(parameters.flat());
        var optimizer = new AdamW(parameters, new AdamW.Settings(0.9, 0.95, 0, 1e9));
        parameters
                .get("a")
                .sum()
                .mul(Ops.scalar(3))
                .sub(parameters.get("b").sum())
                .backward();

        double norm = optimizer.step(0.01);

        float[] after = Parameters.toArray(parameters.flat());
        assertThat(norm).isCloseTo(Math.sqrt(9 + 9 + 1), within(1e-5));
        assertThat(after[0] - before[0]).isCloseTo(-0.01f, within(1e-5f));
        assertThat(after[1] - before[1]).isCloseTo(-0.01f, within(1e-5f));
        assertThat(after[2] - before[2]).isCloseTo(0.01f, within(1e-5f));
        assertThat(Parameters.toArray(parameters.gradient())).containsOnly(0);
    }

    @Test
    void aParameterWithoutAGradientDecaysOrStays() {
        float before = parameters.arrays().get("b").values()[0];
        var optimizer = new AdamW(parameters, new AdamW.Settings(0.9, 0.95, 0.5, 1));
        parameters.get("a").sum().backward();

        optimizer.step(0.1);

        assertThat(parameters.arrays().get("b").values()[0]).isCloseTo(before * 0.95f, within(1e-6f));
    }

    @Test
    void clippingScalesTheWholeGradient() {
        float[] before = Parameters.toArray(parameters.flat());
        var huge = new AdamW(parameters, new AdamW.Settings(0, 0.95, 0, 1));
        parameters.get("a").sum().mul(Ops.scalar(1e6)).backward();

        assertThat(huge.step(0.01)).isGreaterThan(1e6);
        float mean = huge.arrays().get("adam.mean").values()[0];

        assertThat(mean).isCloseTo((float) Math.sqrt(0.5), within(1e-5f));
        assertThat(Parameters.toArray(parameters.flat())[2]).isEqualTo(before[2]);
    }

    @Test
    void aGradientThatIsNoNumberIsRefusedBeforeItIsInTheWeights() {
        float[] before = Parameters.toArray(parameters.flat());
        var optimizer = new AdamW(parameters, new AdamW.Settings(0.9, 0.95, 0, 1));
        parameters.get("a").sum().mul(Ops.scalar(Double.POSITIVE_INFINITY)).backward();

        assertThatThrownBy(() -> optimizer.step(0.1))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("gradient");
        assertThat(Parameters.toArray(parameters.flat())).isEqualTo(before);
    }

    @Test
    void goesOnFromItsState() {
        var optimizer = new AdamW(parameters, new AdamW.Settings(0.9, 0.95, 0.1, 1));
        parameters.get("a").square().sum().backward();
        optimizer.step(0.1);
        var state = new java.util.HashMap<>(parameters.arrays());
        state.putAll(optimizer.arrays());
        var copy = new Parameters.Builder(Ops.random(2, "other", 0))
                .add("a", 1, 2)
                .add("b", 1, 1)
                .build();
        var other = new AdamW(copy, new AdamW.Settings(0.9, 0.95, 0.1, 1));
        copy.restore(new Weights(state, Map.of()));
        other.restore(new Weights(state, Map.of()));

        parameters.get("a").square().sum().backward();
        optimizer.step(0.1);
        copy.get("a").square().sum().backward();
        other.step(0.1);

        assertThat(Parameters.toArray(copy.flat())).isEqualTo(Parameters.toArray(parameters.flat()));
    }
}
