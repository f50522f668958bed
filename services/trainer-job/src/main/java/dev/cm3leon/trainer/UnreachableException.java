package dev.cm3leon.trainer;

/// What a run cannot do without could not be reached, for longer than is waited: another try may help.
final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnreachableException(Exception cause) {
        super(String.valueOf(cause.getMessage()), cause);
    }
}
