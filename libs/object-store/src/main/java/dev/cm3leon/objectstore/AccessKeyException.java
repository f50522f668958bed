package dev.cm3leon.objectstore;

/// The store does not take our access key. Trying again does not help: another key may.
public final class AccessKeyException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public AccessKeyException(String message, Exception reason) {
        super(message, reason);
    }
}
