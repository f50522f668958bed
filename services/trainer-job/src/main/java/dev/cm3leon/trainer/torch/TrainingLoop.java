package dev.cm3leon.trainer.torch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.PointerScope;

/// Steps, reports, validates and saves, until the last step or until asked to stop; goes on from the last checkpoint.
///
/// @param checkpoint the file that is written and read
/// @param reportEvery steps between two reports
/// @param validateEvery steps between two validations
/// @param saveSeconds seconds between two checkpoints
public record TrainingLoop(
        Path checkpoint,
        long reportEvery,
        long validateEvery,
        double saveSeconds,
        Listener listener,
        BooleanSupplier stopAsked) {

    /// Hears what happens.
    public interface Listener {
        /// @param step how many steps are done
        /// @param loss mean since the last report
        void progress(
                long step,
                long steps,
                double loss,
                double tokensPerSecond,
                double etaSeconds,
                Map<String, Double> metrics);

        void saved(long step, Path checkpoint);
    }

    /// Returns true when all steps are done, false when it was asked to stop before (its checkpoint is saved).
    public boolean run(Learner learner) {
        long step = 0;
        if (Files.exists(checkpoint)) {
            Weights state = Safetensors.read(checkpoint);
            step = Long.parseLong(state.metadata().getOrDefault("step", "0"));
            learner.restore(state);
        }
        long saved = System.nanoTime(), reported = System.nanoTime(), tokens = 0, since = step;
        double loss = 0;
        double secondsPerStep = 0;
        var metrics = new HashMap<String, Double>();
        while (step < learner.steps()) {
            try (var scope = new PointerScope()) {
                Learner.Outcome outcome = learner.step(step++);
                if (!Double.isFinite(outcome.loss()))
                    throw new ArithmeticException("the loss is " + outcome.loss() + " at step " + step);
                loss += outcome.loss();
                tokens += outcome.tokens();
                outcome.metrics().forEach((name, value) -> metrics.merge(name, value, Double::sum));
            }
            boolean last = step == learner.steps(), stop = stopAsked.getAsBoolean();
            if (step % reportEvery == 0 || last) {
                long steps = step - since;
                double seconds = (System.nanoTime() - reported) / 1e9;
                secondsPerStep = secondsPerStep == 0 ? seconds / steps : 0.7 * secondsPerStep + 0.3 * seconds / steps;
                var means = new TreeMap<String, Double>();
                metrics.forEach((name, sum) -> means.put(name, sum / steps));
                if (step % validateEvery == 0 || last) {
                    try (var scope = new PointerScope()) {
                        means.putAll(learner.validate(step));
                    }
                }
                listener.progress(
                        step,
                        learner.steps(),
                        loss / steps,
                        tokens / seconds,
                        (learner.steps() - step) * secondsPerStep,
                        means);
                loss = 0;
                tokens = 0;
                metrics.clear();
                since = step;
                reported = System.nanoTime();
            }
            if (last || stop || (System.nanoTime() - saved) / 1e9 > saveSeconds) {
                Safetensors.write(
                        checkpoint,
                        new Weights(learner.state(), Map.of("step", Long.toString(step))),
                        Safetensors.Precision.F32);
                listener.saved(step, checkpoint);
                saved = System.nanoTime();
            }
            if (stop && !last) return false;
        }
        return true;
    }
}
