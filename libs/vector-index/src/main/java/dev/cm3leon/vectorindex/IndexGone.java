package dev.cm3leon.vectorindex;

import org.jspecify.annotations.Nullable;

/// An index was dropped while it was used: another one took its place.
public final class IndexGone extends IllegalStateException {

    private static final long serialVersionUID = 1;

    IndexGone(String name, @Nullable Throwable cause) {
        super("the index " + name + " is gone", cause);
    }
}
