package dev.cm3leon.trainer;

/// What was asked cannot be done, and trying again cannot help.
final class RefusedException extends IllegalArgumentException {
    RefusedException(String message) {
        super(message);
    }
}
