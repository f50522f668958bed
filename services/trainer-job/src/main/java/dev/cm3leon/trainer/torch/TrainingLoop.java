package dev.cm3leon.trainer.torch;

import dev.cm3leon.objectstore.AccessKeyException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/// Steps, reports, validates and saves, until the last step or until asked to stop; goes on from the last checkpoint.
/// A checkpoint is a copy taken between two steps, written while the next ones are done.
///
/// @param until reports and stops after this many steps
/// @param reportEvery steps between two reports; what is validated is reported too
/// @param validateEvery steps between two validations
/// @param saveSeconds seconds between two checkpoints
/// @param saveSteps steps between two checkpoints; 0 for none
public record TrainingLoop(
        Checkpoints checkpoints,
        Workers workers,
        long until,
        long reportEvery,
        long validateEvery,
        double saveSeconds,
        long saveSteps,
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

        /// A checkpoint is whole; told by the thread that wrote it.
        void saved(long step, Path checkpoint);
    }

    /// Returns true when all steps are done, false when it was asked to stop before (its checkpoint is saved).
    ///
    /// @param check refuses a checkpoint that is not of this run, by an exception
    public boolean run(Learner learner, Consumer<Checkpoints.Checkpoint> check) {
        try (var writer = new Writer(checkpoints, listener)) {
            return run(learner, check, writer);
        }
    }

    private boolean run(Learner learner, Consumer<Checkpoints.Checkpoint> check, Writer writer) {
        var window = new Window();
        long step = resume(learner, check, window), from = step;
        if (step >= until && step < learner.steps()) return false;
        long saved = System.nanoTime(), reported = System.nanoTime();
        double secondsPerStep = 0, tokens = 0;
        while (step < learner.steps()) {
            try (var scope = new PointerScope()) {
                Learner.Outcome outcome = learner.step(step++);
                if (!Double.isFinite(outcome.loss()))
                    throw new ArithmeticException("the loss is " + outcome.loss() + " at step " + step);
                window.add(outcome);
                tokens += outcome.tokens();
            }
            boolean last = step == learner.steps();
            boolean due = saveSteps > 0 && step % saveSteps == 0
                    || (System.nanoTime() - saved) / 1e9 > saveSeconds && writer.idle();
            double[] asked =
                    workers.sum(stopAsked.getAsBoolean() || step >= until ? 1 : 0, workers.first() && due ? 1 : 0);
            boolean stop = asked[0] > 0, save = asked[1] > 0;
            boolean validate = step % validateEvery == 0 || last || step == until;
            if (step % reportEvery == 0 || validate) {
                double seconds = (System.nanoTime() - reported) / 1e9, perStep = seconds / (step - from);
                secondsPerStep = secondsPerStep == 0 ? perStep : 0.7 * secondsPerStep + 0.3 * perStep;
                if (workers.first()) {
                    Map<String, Double> means = window.means();
                    if (validate) {
                        try (var scope = new PointerScope()) {
                            means.putAll(learner.validate(step));
                        }
                    }
                    listener.progress(
                            step,
                            learner.steps(),
                            window.loss(),
                            tokens / seconds,
                            (learner.steps() - step) * secondsPerStep,
                            means);
                }
                tokens = 0;
                window.sums.clear();
                from = step;
                reported = System.nanoTime();
            }
            if (last || stop || save) {
                save(learner, step, window, writer);
                saved = System.nanoTime();
            }
            if (stop && !last) {
                writer.finish();
                return false;
            }
        }
        writer.finish();
        return true;
    }

    /// A copy is taken when the one before it is written: there is memory for one.
    private void save(Learner learner, long step, Window window, Writer writer) {
        writer.settle();
        Map<String, Weights.Array> state;
        try (var scope = new PointerScope()) {
            state = learner.state();
        }
        if (workers.first()) writer.write(step, state, Map.copyOf(window.sums));
    }

    /// Puts the learner where the last checkpoint left it: the first worker says which one that is.
    private long resume(Learner learner, Consumer<Checkpoints.Checkpoint> check, Window window) {
        Optional<Checkpoints.Checkpoint> latest = workers.first() ? checkpoints.latest() : Optional.empty();
        long step = (long) workers.sum(latest.map(Checkpoints.Checkpoint::step).orElse(0L))[0];
        if (step == 0) return 0;
        Checkpoints.Checkpoint checkpoint = latest.orElseGet(() -> checkpoints.read(step));
        check.accept(checkpoint);
        try (var scope = new PointerScope()) {
            learner.restore(checkpoint.weights());
        }
        window.sums.putAll(checkpoint.window());
        return step;
    }

    /// What came of the steps since the last report.
    private static final class Window {
        private static final String METRIC = "metric.", TIMES = "times.";
        final Map<String, Double> sums = new HashMap<>(); // as a checkpoint keeps them

        void add(Learner.Outcome outcome) {
            add("steps", 1);
            add("loss", outcome.loss());
            outcome.metrics().forEach((name, value) -> {
                add(METRIC + name, value);
                add(TIMES + name, 1); // not every step has every metric
            });
        }

        double loss() {
            return sums.getOrDefault("loss", 0.0) / steps();
        }

        Map<String, Double> means() {
            var means = new TreeMap<String, Double>();
            sums.forEach((key, sum) -> {
                if (!key.startsWith(METRIC)) return;
                String name = key.substring(METRIC.length());
                means.put(name, sum / sums.getOrDefault(TIMES + name, steps()));
            });
            return means;
        }

        private double steps() {
            return sums.getOrDefault("steps", 1.0);
        }

        private void add(String name, double value) {
            sums.merge(name, value, Double::sum);
        }
    }

    /// Writes one checkpoint after the other, beside the training.
    private static final class Writer implements AutoCloseable {
        private final Checkpoints checkpoints;
        private final Listener listener;
        private final ExecutorService thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("checkpoint").daemon().factory());
        private @Nullable Future<?> pending;

        Writer(Checkpoints checkpoints, Listener listener) {
            this.checkpoints = checkpoints;
            this.listener = listener;
        }

        boolean idle() {
            return pending == null || pending.isDone();
        }

        /// Waits for the one that is being written. The next one may reach its place, and the last one must; where the
        /// store takes the key no more none will.
        void settle() {
            try {
                finish();
            } catch (RuntimeException e) {
                if (e.getCause() instanceof AccessKeyException) throw e;
                checkpoints.warn().accept("a checkpoint was not written: " + e.getMessage());
            }
        }

        void write(long step, Map<String, Weights.Array> state, Map<String, Double> window) {
            pending = thread.submit(() -> listener.saved(step, checkpoints.write(step, state, window)));
        }

        /// Waits for the one that is being written.
        void finish() {
            if (pending == null) return;
            try {
                pending.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while a checkpoint was written");
            } finally {
                pending = null;
            }
        }

        @Override
        public void close() {
            thread.shutdown();
            try {
                thread.awaitTermination(5, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
