package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingEvent;

/// What the orchestrator is to do. Every command may be done twice with the effect of once.
sealed interface Command {

    /// Start the job, attach to it where it runs already, or let it go on where it is suspended.
    record StartJob(StageJob job) implements Command {}

    /// Listen to the job again; one that is gone has ended.
    record AttachJob(StageJob job) implements Command {}

    /// Let the job leave its machines; starting it again goes on from its checkpoint.
    record SuspendJob(StageJob job) implements Command {}

    /// Stop the run's job; its end is told as an input, also where there was none.
    record StopJob(String run, int attempt) implements Command {}

    /// All jobs of the run before attempt `current` (0: all there are) have been told of; the launcher may drop them.
    record ReleaseJobs(String run, int current) implements Command {}

    record Publish(TrainingEvent event) implements Command {}
}
