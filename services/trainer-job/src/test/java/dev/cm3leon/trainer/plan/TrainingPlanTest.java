package dev.cm3leon.trainer.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPlanTest {

    @ParameterizedTest
    @CsvSource({
        "350M, 374e6, 441e6, 167e3",
        "760M, 787e6, 889e6, 227e3",
        "7B, 6.73e9, 7.00e9, 286e3",
    })
    void parametersAndStepsAreThoseOfTheSizes(String name, double tied, double untied, double steps) {
        TrainingPlan plan = PlanMain.plan(PlanMain.options("--size", name));

        assertThat(PaperSize.VOCABULARY.size()).isEqualTo(66_056);
        assertThat((double) plan.size().parameters(true)).isCloseTo(tied, within(tied * 2e-3));
        assertThat((double) plan.size().parameters(false)).isCloseTo(untied, within(untied * 2e-3));
        assertThat((double) plan.steps()).isCloseTo(steps, within(steps * 3e-3));
    }

    @Test
    void theFormulaOfTheParametersIsTheSumOfTheShapesAndTwoRowsOfPadding() {
        for (PaperSize size : PaperSize.ALL) {
            long d = size.width();

            assertThat(size.parameters(true)).isEqualTo(12L * size.layers() * d * d + 66_056 * d + 4098 * d);
            assertThat(size.configuration().parameters()).isEqualTo(size.parameters(true) - 2 * d);
        }
    }

    @Test
    void moreGpusTakeLessTimeAndLessMemoryForTheOptimizer() {
        TrainingPlan few = PlanMain.plan(PlanMain.options("--size", "7B", "--gpus", "256"));
        TrainingPlan many = PlanMain.plan(PlanMain.options("--size", "7B", "--gpus", "512"));

        assertThat(few.days()).isCloseTo(2 * many.days(), within(1e-9));
        assertThat(few.optimizerBytes(true)).isEqualTo(2 * many.optimizerBytes(true));
        assertThat(many.flopsPerToken()).isBetween(6 * 6.7e9, 7 * 6.7e9);
        assertThat(many.text()).contains("1.2E-4 at its peak", "1500 steps", "286", "on each of 512 GPUs");
    }

    @ParameterizedTest
    @CsvSource({
        "--size, 8B, 7B",
        "--gpus, 4096, 2048",
        "--gpus, 0, 100000",
        "--utilization, 1.5, 1.5",
        "--gpu, tpu, A100",
        "--tokens, many, many",
        "--memory, 3, --gpus",
    })
    void refusesWhatCannotBe(String option, String value, String named) {
        assertThatThrownBy(() -> PlanMain.plan(PlanMain.options("--size", "7B", option, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }
}
