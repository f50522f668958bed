package dev.cm3leon.corpora;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// What one file holds, from first to last.
interface Records extends Closeable {

    /// Null at the end.
    @Nullable
    Found next() throws IOException;
}
