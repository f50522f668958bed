package dev.cm3leon.events;

/// The exit codes of a training job, by which others know whether to start it again.
public final class JobExit {
    public static final int COMPLETED = 0;
    public static final int FAILED = 1;

    /// What it was asked for cannot be done.
    public static final int REFUSED = 2;

    /// Told to stop by SIGTERM, and saved.
    public static final int STOPPED = 3;

    /// Another worker was lost, or never met.
    public static final int LOST_WORKER = 4;

    /// Kafka or the store was away for minutes, or the store's key was changed.
    public static final int UNREACHABLE = 5;

    private JobExit() {}
}
