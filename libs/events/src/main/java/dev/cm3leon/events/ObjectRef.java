package dev.cm3leon.events;

import java.util.Objects;

/// A large thing kept in the object store: where it is and what it is.
///
/// @param key the object's key, content-addressed by SHA-256 where the content is final
/// @param mediaType e.g. `image/png`
/// @param bytes the object's size
public record ObjectRef(String key, String mediaType, long bytes) {
    public ObjectRef {
        Objects.requireNonNull(key, "key is missing");
        Objects.requireNonNull(mediaType, "mediaType is missing");
    }
}
