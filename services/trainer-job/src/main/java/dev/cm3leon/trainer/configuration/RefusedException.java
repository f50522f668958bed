package dev.cm3leon.trainer.configuration;

/// What was asked cannot be done, and trying again cannot help.
public final class RefusedException extends IllegalArgumentException {
    public RefusedException(String message) {
        super(message);
    }
}
