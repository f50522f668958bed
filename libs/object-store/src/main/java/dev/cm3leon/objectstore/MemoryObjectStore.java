package dev.cm3leon.objectstore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
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
        objects.put(key, new Stored(bytes.clone(), Instant.now()));
    }

    @Override
    public void put(String key, Path file, String mediaType) {
        try {
            objects.put(key, new Stored(Files.readAllBytes(file), Instant.now()));
        } catch (IOException e) {
            throw new UncheckedIOException("could not read " + file + " to put object " + key, e);
        }
    }

    @Override
    public boolean replace(String key, byte @Nullable [] expected, byte[] bytes, String mediaType) {
        Stored next = new Stored(bytes.clone(), Instant.now());
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

    private record Stored(byte[] bytes, Instant modified) {}
}
