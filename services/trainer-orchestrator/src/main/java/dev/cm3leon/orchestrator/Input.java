package dev.cm3leon.orchestrator;

import dev.cm3leon.events.JobExit;
import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a training run hears: from people, from its job, and from the orchestrator itself.
sealed interface Input {

    /// Somebody wants the run.
    record Requested(TrainingRequested request) implements Input {}

    /// Somebody wants it stopped.
    record CancelRequested() implements Input {}

    /// Somebody wants it to leave its machines, or to go on.
    record SuspensionRequested(boolean suspend, Instant at) implements Input {}

    /// The launcher started the job, or found it running.
    record JobStarted(int attempt, String launcher, Instant at) implements Input {}

    /// The launcher could not start the job now.
    record JobDelayed(String reason, Instant at) implements Input {}

    /// The launcher could not start the job, and trying again will not help.
    record JobRefused(String reason) implements Input {}

    /// The job said something.
    record JobTold(TrainingEvent event) implements Input {}

    /// The job exists and cannot go on.
    ///
    /// @param reason empty where it can again
    record JobWaits(int attempt, String reason, Instant at) implements Input {}

    /// The job is gone.
    ///
    /// @param reason with the last lines of its log; empty where it did its work
    record JobEnded(int attempt, Ending ending, String reason, Instant at) implements Input {
        private static final Set<Integer> AGAIN = Set.of(JobExit.STOPPED, JobExit.LOST_WORKER, JobExit.UNREACHABLE);

        /// The end of a process.
        ///
        /// @param exitCode null where nobody saw it end
        static JobEnded of(int attempt, @Nullable Integer exitCode, String lastLines, Instant at) {
            boolean lost = exitCode == null || AGAIN.contains(exitCode) || exitCode >= 128;
            String what = lost
                    ? "the job was lost" + (exitCode == null ? "" : " with exit code " + exitCode)
                    : "the job ended with exit code %d and no result".formatted(exitCode);
            String reason = lastLines.isBlank() ? what : what + "; its last words:\n" + lastLines;
            return new JobEnded(attempt, lost ? Ending.LOST : Ending.FAILED, reason, at);
        }
    }

    enum Ending {
        /// It did its work.
        COMPLETED,
        /// Told to stop, killed, evicted or vanished: it did nothing wrong and may go on from its checkpoint.
        LOST,
        /// Another one would fail the same way.
        FAILED
    }

    /// Some time has passed.
    record Retry() implements Input {}

    /// The orchestrator itself is back and knows of the run from its topics.
    record Resumed() implements Input {}
}
