package dev.cm3leon.objectstore;

import java.io.IOException;
import java.io.UncheckedIOException;

/// A file cannot be written on this machine, as on a full disk. No store is away: who can do without it, or end what
/// asks for it, does; else it may go better when there is room.
public final class LocalFileException extends UncheckedIOException {
    private static final long serialVersionUID = 1;

    /// @param what that could not be done, with the path
    public LocalFileException(String what, IOException reason) {
        super(what + ": " + reason, reason);
    }
}
