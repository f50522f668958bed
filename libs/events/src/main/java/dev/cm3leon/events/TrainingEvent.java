package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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
    record TrainingRequested(String run, String tenant, String configuration, Instant at) implements TrainingEvent {
        public TrainingRequested {
            Objects.requireNonNull(run, "run is missing");
            Objects.requireNonNull(tenant, "tenant is missing");
            Objects.requireNonNull(configuration, "configuration is missing");
            Objects.requireNonNull(at, "at is missing");
        }
    }

    /// The orchestrator started a job of the run: its first, that of its next stage, or one in place of a lost one.
    ///
    /// @param attempt counts the jobs of the run from 1
    /// @param stage the job's first stage, where a run is several jobs; null where one job does them all
    @JsonTypeName("training-started.v1")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record TrainingStarted(
            String run,
            int attempt,
            String launcher,
            Instant at,
            @Nullable String stage) implements TrainingEvent {
        @Override
        public String occurrence() {
            return Integer.toString(attempt);
        }
    }

    /// The run's job cannot go on now, and why, e.g. because a quota is used up. It goes on by itself.
    ///
    /// @param reason empty where it does not wait any more
    /// @param at when that was seen; null of those that were written before they told it
    @JsonTypeName("training-waiting.v1")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record TrainingWaiting(
            String run,
            int attempt,
            String reason,
            @Nullable Instant at) implements TrainingEvent {
        @Override
        public String occurrence() {
            return attempt + "/" + (at == null ? Integer.toHexString(reason.hashCode()) : at);
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

    /// Somebody wants the run to leave its machines for a while, or to go on.
    ///
    /// @param suspend false to go on
    @JsonTypeName("training-suspension-requested.v1")
    record TrainingSuspensionRequested(String run, boolean suspend, Instant at) implements TrainingEvent {
        public TrainingSuspensionRequested {
            Objects.requireNonNull(run, "run is missing");
            Objects.requireNonNull(at, "at is missing");
        }

        @Override
        public String occurrence() {
            return at.toString();
        }
    }

    /// It did so.
    ///
    /// @param at of the request
    @JsonTypeName("training-suspension-changed.v1")
    record TrainingSuspensionChanged(String run, boolean suspended, Instant at) implements TrainingEvent {
        @Override
        public String occurrence() {
            return at.toString();
        }
    }

    /// Somebody wants the run stopped.
    @JsonTypeName("training-cancel-requested.v1")
    record TrainingCancelRequested(String run, Instant at) implements TrainingEvent {
        public TrainingCancelRequested {
            Objects.requireNonNull(run, "run is missing");
            Objects.requireNonNull(at, "at is missing");
        }
    }

    /// The run was stopped and left nothing running.
    @JsonTypeName("training-cancelled.v1")
    record TrainingCancelled(String run) implements TrainingEvent {}
}
