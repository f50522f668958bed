package dev.cm3leon.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.vectorindex.Pointer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A pointer kept as an object.
record StoredPointer(ObjectStore store, String key) implements Pointer {

    @Override
    public Optional<String> get() {
        return store.get(key).map(bytes -> new String(bytes, UTF_8));
    }

    @Override
    public boolean move(@Nullable String expected, String next) {
        return store.replace(
                key, expected == null ? null : expected.getBytes(UTF_8), next.getBytes(UTF_8), "text/plain");
    }
}
