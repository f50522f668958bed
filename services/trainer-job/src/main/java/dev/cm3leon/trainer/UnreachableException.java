package dev.cm3leon.trainer;

/// What a run cannot do without could not be reached, for longer than is waited, or does not take its key any more:
/// another try, which gets the key anew, may help.
final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnreachableException(Exception cause) {
        super(String.valueOf(cause.getMessage()), cause);
    }
}
