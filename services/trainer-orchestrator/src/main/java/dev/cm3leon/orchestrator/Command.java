package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;

/// What the orchestrator is to do. Every command may be done twice with the effect of once.
sealed interface Command {

    /// Start the run's job, or attach to it where it runs already.
    record StartJob(TrainingRequested request, int attempt) implements Command {}

    /// Listen to the job again; one that is gone has ended.
    record AttachJob(TrainingRequested request, int attempt) implements Command {}

    /// Stop the job; its end is told as an input, also where there was none.
    record StopJob(String run, int attempt) implements Command {}

    record Publish(TrainingEvent event) implements Command {}
}
