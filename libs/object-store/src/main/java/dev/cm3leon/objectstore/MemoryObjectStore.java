package dev.cm3leon.objectstore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/// Objects in memory: for tests, and the reference for the other stores.
public final class MemoryObjectStore implements ObjectStore {

    private final ConcurrentNavigableMap<String, Stored> objects = new ConcurrentSkipListMap<>();

    @Override
    public void put(String key, byte[] bytes, String mediaType) {
        objects.put(key, new Stored(bytes.clone(), mediaType, Instant.now()));
    }

    @Override
    public void put(String key, Path file, String mediaType) {
        try {
            objects.put(key, new Stored(Files.readAllBytes(file), mediaType, Instant.now()));
        } catch (IOException e) {
            throw new UncheckedIOException("could not read " + file + " to put object " + key, e);
        }
    }

    @Override
    public boolean replace(String key, byte @Nullable [] expected, byte[] bytes, String mediaType) {
        Stored next = new Stored(bytes.clone(), mediaType, Instant.now());
        if (expected == null) return objects.putIfAbsent(key, next) == null;
        Stored now = objects.get(key);
        return now != null && Arrays.equals(now.bytes(), expected) && objects.replace(key, now, next);
    }

    @Override
    public Optional<byte[]> get(String key) {
        Stored stored = objects.get(key);
        if (stored == null) return Optional.empty();
        ContentKey.check(key, null, ContentKey.sha256(stored.bytes()));
        return Optional.of(stored.bytes().clone());
    }

    @Override
    public boolean get(String key, Path file) {
        Optional<byte[]> bytes = get(key);
        if (bytes.isEmpty()) return false;
        try {
            Files.write(file, bytes.get());
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException("could not write object " + key + " to " + file, e);
        }
    }

    @Override
    public boolean exists(String key) {
        return objects.containsKey(key);
    }

    @Override
    public List<Listed> list(String prefix) {
        return objects.tailMap(prefix).entrySet().stream()
                .takeWhile(entry -> entry.getKey().startsWith(prefix))
                .map(entry -> new Listed(
                        entry.getKey(),
                        entry.getValue().bytes().length,
                        entry.getValue().modified()))
                .toList();
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

    private record Stored(byte[] bytes, String mediaType, Instant modified) {}
}
