package dev.cm3leon.cli.terminal;

import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Why a command did not do what it was asked, with its exit code.
public final class Failure extends RuntimeException {
    /// Anything else.
    public static final int OTHER = 1;
    /// What was asked cannot be asked: an option, a file, a field.
    public static final int USAGE = 2;
    /// No platform answers.
    public static final int NOT_REACHABLE = 3;
    /// The platform took the job, and the job failed or was cancelled.
    public static final int JOB_FAILED = 4;

    public final int exitCode;
    /// The field of the request that is at fault, where there is one.
    public final @Nullable String field;

    public Failure(int exitCode, String message) {
        this(exitCode, message, null);
    }

    public Failure(int exitCode, String message, @Nullable String field) {
        super(message);
        this.exitCode = exitCode;
        this.field = field;
    }

    public static Failure usage(String message) {
        return new Failure(USAGE, message);
    }

    /// Of a file that cannot be read or written.
    ///
    /// @param e an [java.io.IOException], or one unchecked
    public static Failure of(Exception e) {
        Throwable reason = e instanceof UncheckedIOException && e.getCause() != null ? e.getCause() : e;
        String message = String.valueOf(reason.getMessage());
        return new Failure(
                OTHER,
                switch (reason) {
                    case AccessDeniedException _ -> "no permission for " + message;
                    case NoSuchFileException _ -> "no such file: " + message;
                    case CharacterCodingException _ -> "a text is not UTF-8";
                    default -> message;
                });
    }

    /// The same of a picture that was sent: its file says more than the field.
    public Failure about(Path picture) {
        return field == null || !field.contains("image")
                ? this
                : new Failure(exitCode, message().replace(field, picture.toString()), field);
    }

    public String message() {
        return String.valueOf(getMessage());
    }
}
