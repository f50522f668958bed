package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingEvent;
import java.time.Instant;

/// Where training jobs run. A run has one job at a time; starting is told from attaching by the launcher, which alone
/// can look.
interface JobLauncher extends AutoCloseable {

    /// Told in `training-started.v1`.
    String name();

    /// Starts the job, attaches to it where it was started already, and lets it go on where it was suspended.
    ///
    /// @throws java.io.UncheckedIOException when it could not now; anything else will not get better
    void start(StageJob job, Listener listener);

    /// Listens to a job that was started before; [Listener#ended] follows at once where it is gone.
    void attach(StageJob job, Listener listener);

    /// Lets the job leave its machines, gently; nothing happens where there is none. What it says of its end does not
    /// matter.
    void suspend(StageJob job, Listener listener);

    /// Stops the run's job, gently and then not. [Listener#ended] follows when nothing is left of it, also where there
    /// was no job.
    void stop(String run, int attempt, Listener listener);

    /// All jobs of the run before attempt `current` (0: all there are) have been told of and may be dropped.
    void release(String run, int current);

    /// Ends what this launcher runs in its own process, without a word to the listeners: the jobs go on from their
    /// checkpoints when their runs are resumed.
    @Override
    void close();

    /// Hears of jobs, from any thread, in the order in which things happened to each. What a listener throws is tried
    /// again: a job's word is not lost because a broker is away.
    interface Listener {
        void told(String run, TrainingEvent event);

        /// @param reason empty where the job does not wait any more
        void waits(String run, int attempt, String reason, Instant at);

        void ended(String run, Input.JobEnded end);
    }
}
