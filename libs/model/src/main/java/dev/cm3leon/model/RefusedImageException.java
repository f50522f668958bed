package dev.cm3leon.model;

/// An image that is not taken, with the limit that it breaks.
public final class RefusedImageException extends IllegalArgumentException {

    public enum Reason {
        TOO_MANY_BYTES,
        TOO_MANY_PIXELS,
        UNREADABLE,
        WRONG_FORMAT
    }

    private final Reason reason;

    RefusedImageException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
