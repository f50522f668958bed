package dev.cm3leon.objectstore;

import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Objects in memory: for tests, and the reference for the other stores.
public final class MemoryObjectStore implements ObjectStore {

    private final Map<String, Stored> objects = new ConcurrentHashMap<>();

    @Override
    public void put(String key, byte[] bytes, String mediaType) {
        objects.put(key, new Stored(bytes.clone(), mediaType));
    }

    @Override
    public Optional<byte[]> get(String key) {
        return Optional.ofNullable(objects.get(key))
                .map(stored -> ContentKey.checked(key, stored.bytes().clone()));
    }

    @Override
    public boolean exists(String key) {
        return objects.containsKey(key);
    }

    @Override
    public void delete(String key) {
        objects.remove(key);
    }

    /// A `data:` link, which holds the object itself and never expires.
    @Override
    public URI presign(String key, Duration validity) {
        Stored stored = objects.get(key);
        if (stored == null) throw new IllegalArgumentException("there is no object " + key);
        return URI.create(
                "data:" + stored.mediaType() + ";base64," + Base64.getEncoder().encodeToString(stored.bytes()));
    }

    private record Stored(byte[] bytes, String mediaType) {}
}
