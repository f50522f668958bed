package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.vq.VqConfig;
import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Learner;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.ProcessGroup;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.torch.Workers;
import dev.cm3leon.trainer.transformer.Documents;
import dev.cm3leon.trainer.transformer.LossWeights;
import dev.cm3leon.trainer.transformer.Pretraining;
import dev.cm3leon.trainer.transformer.TransformerConfiguration;
import dev.cm3leon.trainer.transformer.TransformerModel;
import dev.cm3leon.trainer.vq.AdversarialTerms;
import dev.cm3leon.trainer.vq.ErrorCosts;
import dev.cm3leon.trainer.vq.Pictures;
import dev.cm3leon.trainer.vq.VqModel;
import dev.cm3leon.trainer.vq.VqTraining;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The same steps on a GPU as on the processor. Skipped where there is no GPU, or the build has no CUDA (`-Pcuda`).
class GpuTest {
    private final Vocabulary vocabulary = new Vocabulary(60, 32, 4);
    private final TransformerConfiguration sizes = new TransformerConfiguration(64, 3, 4, 96, vocabulary, 4);

    @BeforeEach
    void aGpu() {
        Device.use("auto");
        assumeTrue(Device.training() == Device.CUDA, "no GPU here, or no CUDA in this build");
    }

    @AfterEach
    void back() {
        Device.use("cpu");
    }

    @Test
    void theTransformerTakesTheSameSteps() {
        same(() -> pretraining(false, new Pretraining.Execution(0, false, false, 4), Workers.ALONE), 8, 1e-4);
    }

    @Test
    void theTransformerTakesTheSameStepsWhereLayersAreComputedAgain() {
        same(() -> pretraining(false, new Pretraining.Execution(200, true, false, 4), Workers.ALONE), 8, 1e-4);
    }

    @Test
    void inBfloat16TheyAreNearlyTheSame() {
        same(() -> pretraining(true, Pretraining.Execution.USUAL, Workers.ALONE), 8, 2e-2);
    }

    @Test
    void theImageTokenizerTakesTheSameSteps() {
        same(() -> vq(), 12, 2e-3);
    }

    @Test
    void aGpuGoesOnFromACheckpointOfTheProcessor() {
        Device.use("cpu");
        Learner here = pretraining(false, Pretraining.Execution.USUAL, Workers.ALONE);
        for (int step = 0; step < 3; step++) here.step(step);
        Map<String, Weights.Array> state = here.state();
        double next = here.step(3).loss();
        Device.use("cuda");
        Learner there = pretraining(false, Pretraining.Execution.USUAL, Workers.ALONE);

        there.restore(new Weights(state, Map.of()));

        assertThat(there.step(3).loss()).isCloseTo(next, within(1e-4));
    }

    @Test
    void gradientsAreAddedByNccl() throws Exception {
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        double alone = pretraining(false, Pretraining.Execution.USUAL, Workers.ALONE)
                .step(0)
                .loss();
        try (var one =
                new ProcessGroup(WorkerShare.WHOLE, "127.0.0.1", port, Duration.ofMinutes(1), Duration.ofMinutes(1))) {
            var execution = new Pretraining.Execution(0, false, true, 1);
            Learner together = pretraining(false, execution, one);

            assertThat(together.step(0).loss()).isCloseTo(alone, within(1e-5));
            assertThat(together.step(1).metrics()).containsKey("gradient_norm");
        }
    }

    /// The losses of some steps, and the names of what is saved and scored, on both.
    private static void same(Supplier<Learner> learner, int steps, double tolerance) {
        Device.use("cpu");
        Learner here = learner.get();
        Device.use("cuda");
        Learner there = learner.get();
        for (int step = 0; step < steps; step++)
            assertThat(there.step(step).loss()).isCloseTo(here.step(step).loss(), within(tolerance));
        assertThat(there.state().keySet()).isEqualTo(here.state().keySet());
        assertThat(there.validate(steps).keySet())
                .isEqualTo(here.validate(steps).keySet());
    }

    private Pretraining pretraining(boolean half, Pretraining.Execution execution, Workers workers) {
        return new Pretraining(
                new TransformerModel(sizes, Ops.random(1, "test", 0), half),
                new RandomDocuments(vocabulary),
                1,
                "test",
                new Schedule(1e-2, 2, 0, 20, 1),
                new AdamW.Settings(0.9, 0.95, 0.1, 1),
                workers,
                execution,
                LossWeights.EQUAL);
    }

    private static VqTraining vq() {
        var configuration = new VqConfig(64, 8, 32, 4, List.of(8, 16), List.of(16, 16), false);
        return new VqTraining(
                new VqModel(configuration, Ops.random(1, "test", 0)),
                new VqTraining.Settings(40, 8, 4e-3, 4, 5, 0, AdversarialTerms.Settings.NONE),
                1,
                Pictures.endless(random -> {
                    byte[] picture = new byte[3 * 64 * 64];
                    byte[] tile = new byte[3 * 8];
                    random.nextBytes(tile);
                    for (int i = 0; i < picture.length; i++) picture[i] = tile[i % tile.length];
                    return picture;
                }),
                ErrorCosts.evenly(64, 3));
    }

    /// Texts and pictures of random tokens, the same at each step.
    private record RandomDocuments(Vocabulary vocabulary) implements Documents {
        @Override
        public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
            return List.of(share.of(some(6)));
        }

        @Override
        public Map<String, List<TokenStream>> validation() {
            return Map.of("same", some(2));
        }

        private List<TokenStream> some(int count) {
            return IntStream.range(0, count)
                    .mapToObj(i -> {
                        var random = Ops.random(i, "documents", 0);
                        var stream = new TokenStream.Builder();
                        for (int t = 0; t < 20 + 5 * i; t++) stream.append(4 + random.nextInt(50));
                        for (int cell = 0; cell < 16; cell++) stream.append(vocabulary.image(random.nextInt(32)), cell);
                        return stream.build();
                    })
                    .toList();
        }
    }
}
