package dev.cm3leon.trainer.plan;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.torch.Workers;
import dev.cm3leon.trainer.transformer.Documents;
import dev.cm3leon.trainer.transformer.LossWeights;
import dev.cm3leon.trainer.transformer.Pretraining;
import dev.cm3leon.trainer.transformer.TransformerConfiguration;
import dev.cm3leon.trainer.transformer.TransformerModel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;

/// Measures whole training steps of one of the planned models here, on random tokens in whole contexts: `SpeedMain
/// --size 350M [--sequences 2] [--steps 8] [--device auto] [--gpu H100] [--recompute false]`. One line each for maps in
/// bfloat16 and in float, with tokens a second (of the median step) and, for a GPU, the share of its peak.
public final class SpeedMain {
    private static final List<String> OPTIONS =
            List.of("--size", "--sequences", "--steps", "--device", "--gpu", "--recompute");
    private static final int WARM_UP = 3;

    private SpeedMain() {}

    public static void main(String[] arguments) {
        try {
            Map<String, String> options = PlanMain.options(OPTIONS, arguments);
            ModelSize size = PlanMain.size(options);
            int sequences = (int) PlanMain.number(options, "--sequences", 2);
            int steps = (int) PlanMain.number(options, "--steps", 8);
            boolean recompute = options.getOrDefault("--recompute", "false").equals("true");
            Device.use(options.getOrDefault("--device", "auto"));
            var plan = new TrainingPlan(
                    size,
                    size.tokens(),
                    (long) sequences * size.context(),
                    1,
                    PlanMain.gpu(options.getOrDefault("--gpu", "H100")),
                    1);
            double first = 0;
            for (boolean half : new boolean[] {false, true}) {
                double rate;
                try (var scope = new PointerScope()) {
                    rate = plan.batchTokens() / seconds(size.configuration(), half, sequences, steps, recompute);
                }
                String share = Device.training() == Device.CPU
                        ? ""
                        : ", %.1f %% of the peak of an %s in bfloat16"
                                .formatted(100 * rate / plan.tokensPerSecond(), plan.gpu());
                System.out.printf(
                        Locale.ROOT,
                        "%s on %s, %s, %d x %d tokens a step: %.0f tokens/s (%.2f x)%s%n",
                        size.name(),
                        Device.training(),
                        half ? "bfloat16" : "float",
                        sequences,
                        size.context(),
                        rate,
                        first == 0 ? 1 : rate / first,
                        share);
                if (first == 0) first = rate;
            }
        } catch (IllegalArgumentException e) {
            System.err.println("speed: " + e.getMessage());
            System.exit(2);
        }
        System.exit(0); // native threads may outlive main
    }

    /// Of the median step.
    private static double seconds(
            TransformerConfiguration configuration, boolean half, int sequences, int steps, boolean recompute) {
        var model = new TransformerModel(configuration, Ops.random(1, "speed", 0), half);
        var execution = new Pretraining.Execution(configuration.context(), recompute, false, 1);
        try (var training = new Pretraining(
                model,
                new RandomTokens(configuration, sequences),
                1,
                "speed",
                new Schedule(1e-4, 1, 0, WARM_UP + steps, 1),
                new AdamW.Settings(0.9, 0.95, 0.1, 1),
                Workers.ALONE,
                execution,
                LossWeights.EQUAL)) {
            double[] seconds = new double[WARM_UP + steps];
            for (int step = 0; step < seconds.length; step++) {
                long begin = System.nanoTime();
                try (var scope = new PointerScope()) {
                    training.step(step);
                }
                seconds[step] = (System.nanoTime() - begin) / 1e9;
            }
            double[] counted = Arrays.copyOfRange(seconds, WARM_UP, seconds.length);
            Arrays.sort(counted);
            return counted[counted.length / 2];
        }
    }

    /// Full sequences of tokens that say nothing.
    private record RandomTokens(TransformerConfiguration configuration, int sequences) implements Documents {
        @Override
        public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
            int length = configuration.context() + 1;
            int[] cells = new int[length];
            Arrays.fill(cells, -1);
            return List.of(random.ints(sequences)
                    .mapToObj(_ -> new TokenStream(
                            random.ints(length, 4, configuration.vocabulary().size())
                                    .toArray(),
                            cells))
                    .toList());
        }

        @Override
        public Map<String, List<TokenStream>> validation() {
            return Map.of();
        }
    }
}
