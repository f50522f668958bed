package dev.cm3leon.trainer.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.transformer.TransformerConfiguration;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPlanTest {

    @ParameterizedTest
    @CsvSource({
        "350M, 373827584, 441468928, 167e3",
        "760M, 787233792, 888695808, 227e3",
        "7B, 6729801728, 7000367104, 286e3",
    })
    void parametersAndStepsAreThoseOfTheSizes(String name, long tied, long untied, double steps) {
        TrainingPlan plan = PlanMain.plan(PlanMain.options("--size", name));

        assertThat(plan.size().vocabulary()).isEqualTo(66_056);
        assertThat(plan.size().parameters(true)).isEqualTo(tied);
        assertThat(plan.size().parameters(false)).isEqualTo(untied);
        assertThat(plan.size().configuration().parameters())
                .isEqualTo(tied - 2L * plan.size().width()); // rows of padding
        assertThat((double) plan.steps()).isCloseTo(steps, within(steps * 3e-3));
        assertThat(plan.text()).contains("V d + 4098 d)", "deviation 0.006 cut at 3; positions 0.0002;");
    }

    @Test
    void theDemosSizeIsThatOfItsConfiguration() throws IOException {
        var demo = TrainingConfiguration.named("demo");
        TrainingConfiguration.Transformer trained = demo.transformer();
        TrainingPlan plan = PlanMain.plan(PlanMain.options("--size", "demo"));
        TransformerConfiguration planned = plan.size().configuration();

        assertThat(planned)
                .isEqualTo(new TransformerConfiguration(
                        trained.width(),
                        trained.layers(),
                        trained.heads(),
                        trained.context(),
                        new Vocabulary(demo.bpe().vocabulary(), demo.vq().codes(), trained.sentinels()),
                        8,
                        demo.family().rowColumnEmbeddings(),
                        new TransformerConfiguration.Initialisation(
                                demo.family().deviation(), demo.family().positionDeviation())));
        assertThat(plan.steps()).isEqualTo(trained.steps());
        assertThat(plan.batchTokens()).isEqualTo(trained.batchTokens());
        assertThat(plan.size().peakRate()).isEqualTo(trained.learningRate());
        assertThat(plan.size().warmUp()).isEqualTo((int) trained.warmUp());
        assertThat(plan.size().parameters(true)).isEqualTo(1_316_096); // 12 x 5 x 128^2 + (2,072 + 512 + 2 x 9) x 128
        assertThat(plan.text()).contains("V d + 530 d)", "deviation 0.02 cut at 3");
    }

    /// By hand, of 7B: 8 bytes of weights and gradients and 8 of moments a parameter, 4,096 x 4,096 values in
    /// a layer.
    @Test
    void memoryOperationsAndDaysAreThoseOfTheFormulas() {
        TrainingPlan plan = PlanMain.plan(PlanMain.options("--size", "7B"));

        assertThat(plan.weightBytes()).isEqualTo(53_838_413_824.0);
        assertThat(plan.optimizerBytes(false)).isEqualTo(53_838_413_824.0);
        assertThat(plan.optimizerBytes(true)).isEqualTo(105_153_152.0);
        assertThat(plan.activationBytes(1, false)).isEqualTo(20_418_134_016.0);
        assertThat(plan.activationBytes(1, true)).isEqualTo(3_808_690_176.0);
        assertThat(plan.activationBytes(2, true)).isEqualTo(7_617_380_352.0);
        assertThat(plan.leastBytes()).isEqualTo(57_752_257_152.0);
        assertThat(plan.flopsPerToken()).isEqualTo(43_499_323_392.0);
        assertThat(plan.days()).isCloseTo(18.910, within(0.001));
    }

    /// 57.6 GB, and a part of 53.8 GB of moments.
    @ParameterizedTest
    @CsvSource({
        "512, A100, true",
        "1, A100, false",
        "2, H100, false",
        "3, H100, true",
        "1, H200, true",
    })
    void fitsWhereTheMemoryOfOneIsEnough(String gpus, String gpu, boolean fits) {
        TrainingPlan plan = PlanMain.plan(PlanMain.options("--size", "7B", "--gpus", gpus, "--gpu", gpu));

        assertThat(plan.fits()).isEqualTo(fits);
        assertThat(plan.text()).contains(fits ? "fits one " + gpu : "does not fit one " + gpu);
    }

    @Test
    void saysOfASizeThatThisTrainerCannotTrainIt() {
        for (ModelSize size : ModelSize.ALL) {
            long lines = TrainingPlan.of(size)
                    .text()
                    .lines()
                    .filter(line -> line.contains("this trainer") && line.contains("cannot train this size"))
                    .count();

            assertThat(lines).as(size.name()).isEqualTo(size.name().equals("7B") ? 1 : 0);
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
        "--size, 8B, demo",
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
