package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import java.util.Map;

/// What can happen to one training run, in the usual order.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface TrainingEvent extends Event {

    String run();

    @Override
    default String subject() {
        return run();
    }

    /// Somebody wants a run.
    ///
    /// @param configuration the run's whole configuration, as the trainer job reads it (JSON)
    @JsonTypeName("training-requested.v1")
    record TrainingRequested(String run, String tenant, String configuration, Instant at) implements TrainingEvent {}

    /// The orchestrator started the job, the first time or again after it was lost.
    @JsonTypeName("training-started.v1")
    record TrainingStarted(String run, int attempt, String launcher, Instant at) implements TrainingEvent {
        @Override
        public String occurrence() {
            return Integer.toString(attempt);
        }
    }

    /// How far the job is.
    ///
    /// @param stage e.g. `pretrain`
    /// @param step of this stage, counted over restarts
    /// @param loss nats per token for the transformer; each stage's own objective otherwise
    /// @param metrics others by name, e.g. `loss_image`
    @JsonTypeName("training-progress.v1")
    record TrainingProgress(
            String run,
            String stage,
            long step,
            long steps,
            double loss,
            double tokensPerSecond,
            double etaSeconds,
            Map<String, Double> metrics)
            implements TrainingEvent {
        public TrainingProgress {
            metrics = Map.copyOf(metrics);
        }

        @Override
        public String occurrence() {
            return stage + "/" + step;
        }
    }

    /// The job can go on from here.
    @JsonTypeName("checkpoint-saved.v1")
    record CheckpointSaved(String run, String stage, long step, String key) implements TrainingEvent {
        @Override
        public String occurrence() {
            return stage + "/" + step;
        }
    }

    /// Every stage is done; the model's folder is complete.
    @JsonTypeName("training-completed.v1")
    record TrainingCompleted(String run, String model, double seconds) implements TrainingEvent {}

    /// Given up, with the reason.
    @JsonTypeName("training-failed.v1")
    record TrainingFailed(String run, String stage, String reason) implements TrainingEvent {}

    /// Somebody wants the run stopped.
    @JsonTypeName("training-cancel-requested.v1")
    record TrainingCancelRequested(String run, Instant at) implements TrainingEvent {}

    /// The run was stopped and left nothing running.
    @JsonTypeName("training-cancelled.v1")
    record TrainingCancelled(String run) implements TrainingEvent {}
}
