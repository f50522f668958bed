package dev.cm3leon.trainer.torch;

/// Another worker is gone, or cannot be reached: this one cannot go on, and trying again from the last checkpoint may
/// help.
public final class LostWorkerException extends RuntimeException {
    public LostWorkerException(String message, Throwable cause) {
        super(message, cause);
    }
}
