package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What a training run hears: from people, from its job, and from the orchestrator's own restart.
sealed interface Input {

    /// Somebody wants the run.
    record Requested(TrainingRequested request) implements Input {}

    /// Somebody wants it stopped.
    record CancelRequested() implements Input {}

    /// The launcher started the job, or found it running.
    record JobStarted(int attempt, String launcher, Instant at) implements Input {}

    /// The launcher could not start the job, and trying again will not help.
    record JobRefused(String reason) implements Input {}

    /// The job said something.
    record JobTold(TrainingEvent event) implements Input {}

    /// The job is gone.
    ///
    /// @param exitCode null where nobody saw it end
    /// @param lastLines of its log
    record JobEnded(int attempt, @Nullable Integer exitCode, String lastLines) implements Input {

        /// How a job exits that was told to stop by SIGTERM and saved a checkpoint.
        static final int STOPPED = 3;

        /// Told to stop, killed (128 + signal) or vanished: the job did nothing wrong and may go on from its
        /// checkpoint.
        boolean lost() {
            return exitCode == null || exitCode == STOPPED || exitCode >= 128;
        }
    }

    /// The orchestrator itself is back and knows of the run from its topics.
    record Resumed() implements Input {}
}
