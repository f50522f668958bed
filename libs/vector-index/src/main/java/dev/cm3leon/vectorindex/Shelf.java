package dev.cm3leon.vectorindex;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the indexes of one bank stand side by side, one of which is searched. Methods throw
/// [java.io.UncheckedIOException] when it cannot be reached.
interface Shelf extends AutoCloseable {

    /// Of those there are, finished or not.
    List<String> names();

    /// The one that is searched; empty where there is none yet.
    Optional<String> current();

    /// Lets another one be searched from now on.
    ///
    /// @param expected the one that is searched so far, or null
    /// @return false when another one than expected was searched
    boolean point(@Nullable String expected, String name);

    /// Makes an index, or opens it if there is one.
    ///
    /// @param dimension of its vectors
    VectorIndex make(String name, int dimension);

    /// Sees that another index as large as this one has room, where that can be told.
    ///
    /// @throws IllegalStateException when it has not
    default void requireRoomBeside(String name) {}

    /// Opens an index that is there; one whose making was cut short is finished.
    ///
    /// @throws IndexGone when there is none
    VectorIndex open(String name);

    /// Removes an index that is not searched.
    void drop(String name);

    /// How long others may go on to use what they looked up before.
    Duration settles();

    @Override
    void close();
}
