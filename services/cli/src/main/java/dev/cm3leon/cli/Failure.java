package dev.cm3leon.cli;

import org.jspecify.annotations.Nullable;

/// Why a command did not do what it was asked, with its exit code.
final class Failure extends RuntimeException {
    /// Anything else.
    static final int OTHER = 1;
    /// What was asked cannot be asked: an option, a file, a field.
    static final int USAGE = 2;
    /// No platform answers.
    static final int NOT_REACHABLE = 3;
    /// The platform took the job, and the job failed or was cancelled.
    static final int JOB_FAILED = 4;

    final int exitCode;
    /// The field of the request that is at fault, where there is one.
    final @Nullable String field;

    Failure(int exitCode, String message) {
        this(exitCode, message, null);
    }

    Failure(int exitCode, String message, @Nullable String field) {
        super(message);
        this.exitCode = exitCode;
        this.field = field;
    }

    static Failure usage(String message) {
        return new Failure(USAGE, message);
    }

    String message() {
        return String.valueOf(getMessage());
    }
}
