package dev.cm3leon.objectstore;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Large things by key. Every method throws [UncheckedIOException] when the store cannot be reached: trying again may
/// help. What is read is checked against the SHA-256 it was written with; an object that is not what was written is an
/// [IllegalStateException] that names it. Where no store is away, but a file cannot be written here, it is a
/// [LocalFileException]; where the store says that it does not know us, an [AccessKeyException].
public interface ObjectStore {

    /// Stores bytes under a key, replacing what was there.
    void put(String key, byte[] bytes, String mediaType);

    /// Stores a file of any size under a key, replacing what was there: in parts, none of them held in memory. Readers
    /// see the old object or the new one, never a part of it.
    void put(String key, Path file, String mediaType);

    /// Stores bytes under a key made of their SHA-256, e.g. `images/ab/cdef….png`; the same bytes are stored once.
    ///
    /// @param prefix e.g. `images`
    /// @param suffix e.g. `.png`, may be empty
    /// @return the key
    default String putContent(String prefix, byte[] bytes, String suffix, String mediaType) {
        String key = ContentKey.of(prefix, bytes, suffix);
        if (!exists(key)) put(key, bytes, mediaType);
        return key;
    }

    /// Replaces a small object only if it is still what the caller believes it to be: for a pointer that several
    /// writers move (each to a value of its own). The store decides, not this process.
    ///
    /// @param expected what is there, or null for nothing
    /// @return whether the object now holds the new bytes; false when it held something else
    boolean replace(String key, byte @Nullable [] expected, byte[] bytes, String mediaType);

    /// The bytes under a key.
    Optional<byte[]> get(String key);

    /// Writes what is under a key to a file, which appears whole or not at all.
    ///
    /// @return whether there is such an object
    boolean get(String key, Path file);

    boolean exists(String key);

    /// The keys that begin with a prefix, sorted.
    List<String> keys(String prefix);

    /// Removes what is under a key, if anything.
    void delete(String key);
}
