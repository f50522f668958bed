package dev.cm3leon.objectstore;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// Large things by key. Every method throws [UncheckedIOException] when the store cannot be reached: trying again may
/// help.
public interface ObjectStore {

    /// Stores bytes under a key, replacing what was there.
    void put(String key, byte[] bytes, String mediaType);

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

    /// The bytes under a key, checked against the key where it is content-addressed.
    Optional<byte[]> get(String key);

    boolean exists(String key);

    /// Removes what is under a key, if anything.
    void delete(String key);

    /// A link that reads one object without credentials until it expires.
    URI presign(String key, Duration validity);
}
