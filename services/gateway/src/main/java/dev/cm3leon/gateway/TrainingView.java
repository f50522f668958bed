package dev.cm3leon.gateway;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.TrainingEvent.CheckpointSaved;
import dev.cm3leon.events.TrainingEvent.TrainingCompleted;
import dev.cm3leon.events.TrainingEvent.TrainingFailed;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingStarted;
import dev.cm3leon.gateway.state.TrainingState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A training run as people see it.
///
/// @param loss of the latest step, nats per token for the transformer
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TrainingView(
        String id,
        TrainingState.Status status,
        @JsonProperty("created_at") @Nullable Instant createdAt,
        @Nullable String configuration,
        @Nullable Integer attempt,
        @Nullable String launcher,
        @Nullable String stage,
        @Nullable Long step,
        @Nullable Long steps,
        @Nullable Double loss,
        @JsonProperty("tokens_per_second") @Nullable Double tokensPerSecond,
        @JsonProperty("eta_seconds") @Nullable Double etaSeconds,
        @Nullable Map<String, Double> metrics,
        @Nullable String checkpoint,
        @Nullable String model,
        @Nullable Double seconds,
        @Nullable String reason,
        @JsonProperty("cancel_requested") boolean cancelRequested,
        @Nullable List<Point> curve,
        Map<String, String> links) {

    /// One point of the loss curve.
    public record Point(String stage, long step, double loss) {}

    public static TrainingView of(TrainingState state) {
        TrainingProgress progress = state.progress().orElse(null);
        var completed = state.latest(TrainingCompleted.class);
        var started = state.latest(TrainingStarted.class);
        String self = "/v1/training-runs/" + state.id();
        return new TrainingView(
                state.id(),
                state.status(),
                state.startedAt().orElse(null),
                state.latest(TrainingRequested.class)
                        .map(TrainingRequested::configuration)
                        .orElse(null),
                started.map(TrainingStarted::attempt).orElse(null),
                started.map(TrainingStarted::launcher).orElse(null),
                progress == null ? null : progress.stage(),
                progress == null ? null : progress.step(),
                progress == null ? null : progress.steps(),
                progress == null ? null : progress.loss(),
                progress == null ? null : progress.tokensPerSecond(),
                progress == null ? null : progress.etaSeconds(),
                progress == null ? null : progress.metrics(),
                state.latest(CheckpointSaved.class).map(CheckpointSaved::key).orElse(null),
                completed.map(TrainingCompleted::model).orElse(null),
                completed.map(TrainingCompleted::seconds).orElse(null),
                state.latest(TrainingFailed.class)
                        .map(f -> f.stage() + ": " + f.reason())
                        .or(() -> state.waitsFor().map(reason -> "waits: " + reason))
                        .orElse(null),
                state.cancelRequested(),
                state.curve().stream()
                        .map(p -> new Point(
                                p.event().stage(), p.event().step(), p.event().loss()))
                        .toList(),
                Map.of("self", self, "events", self + "/events"));
    }

    /// Without the curve and the configuration: for lists and streams.
    TrainingView brief() {
        return new TrainingView(
                id,
                status,
                createdAt,
                null,
                attempt,
                launcher,
                stage,
                step,
                steps,
                loss,
                tokensPerSecond,
                etaSeconds,
                metrics,
                checkpoint,
                model,
                seconds,
                reason,
                cancelRequested,
                null,
                links);
    }
}
