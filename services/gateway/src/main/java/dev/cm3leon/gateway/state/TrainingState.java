package dev.cm3leon.gateway.state;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.CheckpointSaved;
import dev.cm3leon.events.TrainingEvent.TrainingCancelRequested;
import dev.cm3leon.events.TrainingEvent.TrainingCancelled;
import dev.cm3leon.events.TrainingEvent.TrainingCompleted;
import dev.cm3leon.events.TrainingEvent.TrainingFailed;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingStarted;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionChanged;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionRequested;
import dev.cm3leon.events.TrainingEvent.TrainingWaiting;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What is known of one training run: what happened to it, and the loss curve, thinned so that a long run fits.
///
/// @param steps all events but those that tell of progress, each once, in order of time
/// @param curve progress, in order of time; of a long stage every other point is dropped, again and again
public record TrainingState(String id, List<Recorded<TrainingEvent>> steps, List<Recorded<TrainingProgress>> curve)
        implements History<TrainingEvent> {

    /// The most points that are kept of a stage.
    static final int MAX_POINTS = 400;

    /// In the usual order.
    public enum Status {
        @JsonProperty("queued")
        QUEUED,
        @JsonProperty("running")
        RUNNING,
        @JsonProperty("suspended")
        SUSPENDED,
        @JsonProperty("failed")
        FAILED,
        @JsonProperty("cancelled")
        CANCELLED,
        @JsonProperty("completed")
        COMPLETED;

        public boolean isFinal() {
            return compareTo(FAILED) >= 0;
        }
    }

    public TrainingState {
        steps = List.copyOf(steps);
        curve = List.copyOf(curve);
    }

    static TrainingState unknown(String id) {
        return new TrainingState(id, List.of(), List.of());
    }

    /// The state after one more event; the same state when it was told before.
    static TrainingState apply(TrainingState state, Recorded<TrainingEvent> next) {
        if (next.event() instanceof TrainingProgress progress) {
            var point = new Recorded<>(next.id(), next.source(), next.at(), progress);
            return new TrainingState(state.id, state.steps, withPoint(state.curve, point));
        }
        var steps = History.with(state.steps, next, History.byTime());
        return steps == state.steps ? state : new TrainingState(state.id, steps, state.curve);
    }

    @Override
    public Optional<String> tenant() {
        return latest(TrainingRequested.class).map(TrainingRequested::tenant);
    }

    public Status status() {
        Status told = steps.stream()
                .map(step -> statusAfter(step.event()))
                .max(Comparator.naturalOrder())
                .orElse(Status.QUEUED);
        if (!told.isFinal() && suspended()) return Status.SUSPENDED;
        return told == Status.QUEUED && !curve.isEmpty() ? Status.RUNNING : told;
    }

    /// Why nothing happens, where that is the last that was heard.
    public Optional<String> waitsFor() {
        boolean wentOn = !steps.isEmpty()
                && !curve.isEmpty()
                && curve.getLast().at().isAfter(steps.getLast().at());
        return wentOn || steps.isEmpty() || !(steps.getLast().event() instanceof TrainingWaiting waiting)
                ? Optional.empty()
                : Optional.of(waiting.reason()).filter(reason -> !reason.isBlank());
    }

    private boolean suspended() {
        return latest(TrainingSuspensionChanged.class)
                .map(TrainingSuspensionChanged::suspended)
                .orElse(false);
    }

    public boolean isFinal() {
        return status().isFinal();
    }

    public static boolean isEnd(TrainingEvent event) {
        return statusAfter(event).isFinal();
    }

    public Optional<TrainingProgress> progress() {
        return curve.isEmpty() ? Optional.empty() : Optional.of(curve.getLast().event());
    }

    public boolean cancelRequested() {
        return latest(TrainingCancelRequested.class).isPresent();
    }

    /// All that is kept, in order of time.
    public List<Recorded<? extends TrainingEvent>> everything() {
        List<Recorded<? extends TrainingEvent>> all = new ArrayList<>(steps);
        all.addAll(curve);
        all.sort(Comparator.comparing(Recorded::at));
        return all;
    }

    /// A run that goes on from a checkpoint tells of some steps again: the first telling stays on the curve.
    private static List<Recorded<TrainingProgress>> withPoint(
            List<Recorded<TrainingProgress>> curve, Recorded<TrainingProgress> point) {
        TrainingProgress next = point.event();
        boolean told = curve.stream()
                .map(Recorded::event)
                .anyMatch(p -> p.stage().equals(next.stage()) && p.step() >= next.step());
        if (told) return curve;
        List<Recorded<TrainingProgress>> points = History.with(curve, point, History.byTime());
        long ofStage = points.stream()
                .filter(p -> p.event().stage().equals(next.stage()))
                .count();
        return ofStage <= MAX_POINTS ? points : everyOther(points, next.stage());
    }

    private static List<Recorded<TrainingProgress>> everyOther(List<Recorded<TrainingProgress>> points, String stage) {
        List<Recorded<TrainingProgress>> kept = new ArrayList<>();
        int seen = 0;
        for (var point : points) {
            boolean drop = point.event().stage().equals(stage) && seen++ % 2 == 1;
            if (!drop) kept.add(point);
        }
        return kept;
    }

    private static Status statusAfter(TrainingEvent event) {
        return switch (event) {
            case TrainingRequested _,
                    TrainingWaiting _,
                    TrainingSuspensionRequested _,
                    TrainingSuspensionChanged _,
                    TrainingCancelRequested _ -> Status.QUEUED;
            case TrainingStarted _, TrainingProgress _, CheckpointSaved _ -> Status.RUNNING;
            case TrainingCompleted _ -> Status.COMPLETED;
            case TrainingFailed _ -> Status.FAILED;
            case TrainingCancelled _ -> Status.CANCELLED;
        };
    }
}
