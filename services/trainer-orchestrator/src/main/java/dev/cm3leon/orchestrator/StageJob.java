package dev.cm3leon.orchestrator;

import dev.cm3leon.events.JobRequest;
import org.jspecify.annotations.Nullable;

/// One job of a run.
///
/// @param attempt counts the jobs of the run from 1
/// @param stages joined by `+`; empty for all of them
/// @param configuration JSON, or the name of one that comes with the trainer
record StageJob(String run, int attempt, String stages, int workers, String configuration, JobRequest resources) {

    /// The first stage; null where the job does all of them.
    @Nullable
    String stage() {
        return stages.isEmpty() ? null : stages.split("\\+")[0];
    }
}
