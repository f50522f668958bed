package dev.cm3leon.trainer.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.objectstore.AccessKeyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLoopTest {
    @TempDir
    Path folder;

    /// Fits a line through noise that depends on the step alone.
    private static final class Line implements Learner {
        private final Parameters p =
                new Parameters.Builder(Ops.random(1, "line", 0)).add("w", 1, 3).build();
        private final AdamW optimizer = new AdamW(p, new AdamW.Settings(0.9, 0.99, 0.01, 1));
        private final List<Double> losses = new ArrayList<>();
        private final double poison;

        Line(double poison) {
            this.poison = poison;
        }

        @Override
        public long steps() {
            return 20;
        }

        @Override
        public Outcome step(long step) {
            double aim = Ops.random(1, "aim", step).nextDouble();
            var loss = p.get("w").sub(Ops.scalar(aim)).square().sum();
            loss.backward();
            optimizer.step(0.1);
            losses.add(step == poison ? Double.NaN : loss.item_double());
            return new Outcome(losses.getLast(), 1, Map.of());
        }

        @Override
        public Map<String, Double> validate(long step) {
            return Map.of("validated", (double) step);
        }

        @Override
        public Map<String, Weights.Array> state() {
            var state = new LinkedHashMap<>(p.arrays());
            state.putAll(optimizer.arrays());
            return state;
        }

        @Override
        public void restore(Weights state) {
            p.restore(state);
            optimizer.restore(state);
        }
    }

    private record Heard(List<Long> reports, List<Map<String, Double>> metrics, List<Long> saves)
            implements TrainingLoop.Listener {
        Heard() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        @Override
        public void progress(
                long step, long steps, double loss, double tokensPerSecond, double eta, Map<String, Double> metrics) {
            reports.add(step);
            this.metrics.add(metrics);
        }

        @Override
        public void saved(long step, Path checkpoint) {
            saves.add(step);
        }
    }

    @Test
    void aRunThatWasStoppedGoesOnAsIfItHadNot() {
        var whole = new Line(-1);
        loop("whole", new Heard(), Long.MAX_VALUE, whole).run(whole, checkpoint -> {});
        var first = new Line(-1);
        var second = new Line(-1);

        boolean done = loop("broken", new Heard(), 7, first).run(first, checkpoint -> {});
        boolean doneThen = loop("broken", new Heard(), Long.MAX_VALUE, second).run(second, checkpoint -> {});

        assertThat(done).isFalse();
        assertThat(doneThen).isTrue();
        assertThat(first.losses).isEqualTo(whole.losses.subList(0, 7));
        assertThat(second.losses).isEqualTo(whole.losses.subList(7, 20));
        assertThat(Parameters.toArray(second.p.flat())).isEqualTo(Parameters.toArray(whole.p.flat()));
    }

    @Test
    void reportsValidatesAndSavesWhenItSays() {
        var heard = new Heard();
        var line = new Line(-1);

        loop("x", heard, Long.MAX_VALUE, line).run(line, checkpoint -> {});

        assertThat(heard.reports).containsExactly(5L, 10L, 15L, 20L);
        assertThat(heard.metrics.get(0)).doesNotContainKey("validated");
        assertThat(heard.metrics.get(1)).containsEntry("validated", 10.0);
        assertThat(heard.saves).containsExactly(20L);
    }

    @Test
    void whatIsThereAlreadyIsNotDoneOnceMore() {
        var first = new Line(-1);
        until("until", 7, 10, new Heard()).run(first, checkpoint -> {});
        var again = new Line(-1);

        boolean done = until("until", 7, 10, new Heard()).run(again, checkpoint -> {});

        assertThat(first.losses).hasSize(7);
        assertThat(done).isFalse();
        assertThat(again.losses).isEmpty();
    }

    @Test
    void validatesAsOftenAsItIsToldWhateverItReports() {
        var heard = new Heard();

        until("seldom", Long.MAX_VALUE, 7, heard).run(new Line(-1), checkpoint -> {});

        assertThat(heard.reports).containsExactly(5L, 7L, 10L, 14L, 15L, 20L);
        assertThat(heard.metrics.get(1)).containsEntry("validated", 7.0);
    }

    @Test
    void aLossThatIsNoNumberEndsTheRun() {
        var line = new Line(3);

        assertThatThrownBy(() -> loop("x", new Heard(), Long.MAX_VALUE, line).run(line, checkpoint -> {}))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("NaN");
    }

    /// A full disk must not stay full of them.
    @Test
    void whatBrokeOffWhileItWasWrittenIsRemoved() throws IOException {
        Path part = folder.resolve("broke/000000013.part");
        Files.createDirectories(part);
        Files.writeString(part.resolve("state-0.safetensors"), "half of it");
        var line = new Line(-1);

        loop("broke", new Heard(), Long.MAX_VALUE, line).run(line, checkpoint -> {});

        assertThat(part).doesNotExist();
        assertThat(folder.resolve("broke/000000020")).exists();
    }

    /// Whoever takes its place has the new one; what it learned without would be lost.
    @Test
    void aStoreThatTakesTheKeyNoMoreEndsTheRun() {
        List<String> warnings = new ArrayList<>();
        var checkpoints = new Checkpoints(folder.resolve("key"), "key", Mirror.NONE, 2, Map.of(), warnings::add);
        var refused = new TrainingLoop.Listener() {
            @Override
            public void progress(
                    long step, long steps, double loss, double speed, double eta, Map<String, Double> metrics) {}

            @Override
            public void saved(long step, Path checkpoint) {
                throw new IllegalStateException(new AccessKeyException("InvalidAccessKeyId", null));
            }
        };
        var loop = new TrainingLoop(checkpoints, Workers.ALONE, Long.MAX_VALUE, 5, 10, 0, 0, refused, () -> false);

        assertThatThrownBy(() -> loop.run(new Line(-1), checkpoint -> {})).hasCauseInstanceOf(AccessKeyException.class);
        assertThat(warnings).isEmpty(); // not first at the end
    }

    private TrainingLoop until(String name, long until, long validateEvery, TrainingLoop.Listener listener) {
        var checkpoints = new Checkpoints(folder.resolve(name), name, Mirror.NONE, 2, Map.of(), text -> {});
        return new TrainingLoop(checkpoints, Workers.ALONE, until, 5, validateEvery, 1e9, 0, listener, () -> false);
    }

    private TrainingLoop loop(String name, TrainingLoop.Listener listener, long stopAfter, Line line) {
        var checkpoints = new Checkpoints(folder.resolve(name), name, Mirror.NONE, 2, Map.of(), text -> {});
        return new TrainingLoop(
                checkpoints,
                Workers.ALONE,
                Long.MAX_VALUE,
                5,
                10,
                1e9,
                0,
                listener,
                () -> line.losses.size() >= stopAfter);
    }
}
