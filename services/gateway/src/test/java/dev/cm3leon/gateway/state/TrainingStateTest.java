package dev.cm3leon.gateway.state;

import static dev.cm3leon.gateway.Examples.START;
import static dev.cm3leon.gateway.Examples.recorded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingCancelled;
import dev.cm3leon.events.TrainingEvent.TrainingCompleted;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingStarted;
import dev.cm3leon.events.TrainingEvent.TrainingWaiting;
import dev.cm3leon.gateway.TrainingView;
import dev.cm3leon.gateway.state.TrainingState.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainingStateTest {

    @Test
    void aRunIsQueuedThenRunsThenEnds() {
        var asked = fold(List.of(new TrainingRequested("r", "public", "demo", START)));
        var running = fold(List.of(
                new TrainingRequested("r", "public", "demo", START),
                new TrainingStarted("r", 1, "process", START, null)));

        assertThat(asked.status()).isEqualTo(Status.QUEUED);
        assertThat(running.status()).isEqualTo(Status.RUNNING);
        assertThat(apply(running, new TrainingCompleted("r", "demo@2", 60), 9).status())
                .isEqualTo(Status.COMPLETED);
        assertThat(apply(running, new TrainingCancelled("r"), 9).status()).isEqualTo(Status.CANCELLED);
    }

    @Test
    void theCurveOfALongRunIsThinnedAndKeepsItsEnds() {
        List<TrainingEvent> events = new ArrayList<>();
        for (int step = 1; step <= 5000; step++) events.add(progress("pretrain", step));

        var view = TrainingView.of(fold(events));

        assertThat(view.curve()).hasSizeBetween(TrainingState.MAX_POINTS / 2, TrainingState.MAX_POINTS);
        assertThat(view.curve().getFirst().step()).isEqualTo(1);
        assertThat(view.step()).isEqualTo(5000);
    }

    @Test
    void stepsThatAreDoneAgainAfterARestartAreNotToldTwice() {
        var state = fold(List.of(
                progress("vq", 10), progress("vq", 20), progress("vq", 10), progress("vq", 20), progress("vq", 30)));

        assertThat(state.curve()).extracting(point -> point.event().step()).containsExactly(10L, 20L, 30L);
    }

    @Test
    void aRunThatWaitsAgainForTheSameSaysSoAndWhatItDoesNotWaitForAnyMoreIsGone() {
        var waits = new TrainingWaiting("r", 1, "exceeded quota", START);
        var goesOn = new TrainingWaiting("r", 1, "", START.plusSeconds(1));
        var waitsAgain = new TrainingWaiting("r", 1, "exceeded quota", START.plusSeconds(2));

        assertThat(fold(List.of(waits)).waitsFor()).contains("exceeded quota");
        assertThat(fold(List.of(waits, goesOn)).waitsFor()).isEmpty();
        assertThat(fold(List.of(waits, goesOn, waitsAgain)).waitsFor()).contains("exceeded quota");
    }

    private static TrainingProgress progress(String stage, long step) {
        return new TrainingProgress("r", stage, step, 5000, 1.0 / step, 100, 10, Map.of());
    }

    private static TrainingState fold(List<? extends TrainingEvent> events) {
        var state = TrainingState.unknown("r");
        int second = 0;
        for (var event : events) state = apply(state, event, second++);
        return state;
    }

    private static TrainingState apply(TrainingState state, TrainingEvent event, int second) {
        return TrainingState.apply(state, recorded(event, START.plusSeconds(second)));
    }
}
