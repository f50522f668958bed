package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import org.jspecify.annotations.Nullable;

/// Where training jobs run. A run has one job at a time; starting is told from attaching by the launcher, which alone
/// can look.
interface JobLauncher extends AutoCloseable {

    /// Told in `training-started.v1`.
    String name();

    /// Starts the run's job, or attaches to the one that runs already.
    ///
    /// @throws java.io.UncheckedIOException when it could not now; anything else will not get better
    void start(TrainingRequested request, int attempt, Listener listener);

    /// Listens to a job that was started before; [Listener#ended] follows at once where it is gone.
    void attach(TrainingRequested request, int attempt, Listener listener);

    /// Stops the job, gently and then not. [Listener#ended] follows, also where there was no job.
    void stop(String run, int attempt, Listener listener);

    /// Ends what this launcher runs, without a word to the listeners: the jobs go on from their checkpoints when their
    /// runs are resumed.
    @Override
    void close();

    /// Hears of jobs, from any thread, in the order in which things happened to each. What a listener throws is tried
    /// again: a job's word is not lost because a broker is away.
    interface Listener {
        void told(String run, TrainingEvent event);

        void ended(String run, int attempt, @Nullable Integer exitCode, String lastLines);
    }
}
