package dev.cm3leon.objectstore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/// Objects in memory: for tests, and the reference for the other stores.
public final class MemoryObjectStore implements ObjectStore {

    private final ConcurrentNavigableMap<String, byte[]> objects = new ConcurrentSkipListMap<>();

    @Override
    public void put(String key, byte[] bytes, String mediaType) {
        objects.put(key, bytes.clone());
    }

    @Override
    public void put(String key, Path file, String mediaType) {
        try {
            objects.put(key, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException("could not read " + file + " to put object " + key, e);
        }
    }

    @Override
    public boolean replace(String key, byte @Nullable [] expected, byte[] bytes, String mediaType) {
        if (expected == null) return objects.putIfAbsent(key, bytes.clone()) == null;
        byte[] now = objects.get(key);
        return now != null && Arrays.equals(now, expected) && objects.replace(key, now, bytes.clone());
    }

    @Override
    public Optional<byte[]> get(String key) {
        byte[] stored = objects.get(key);
        if (stored == null) return Optional.empty();
        ContentKey.check(key, null, ContentKey.sha256(stored));
        return Optional.of(stored.clone());
    }

    @Override
    public boolean get(String key, Path file) {
        Optional<byte[]> bytes = get(key);
        if (bytes.isEmpty()) return false;
        try {
            Files.write(file, bytes.get());
            return true;
        } catch (IOException e) {
            throw new LocalFileException("could not write object " + key + " to " + file, e);
        }
    }

    @Override
    public boolean exists(String key) {
        return objects.containsKey(key);
    }

    @Override
    public List<String> keys(String prefix) {
        return objects.tailMap(prefix).keySet().stream()
                .takeWhile(key -> key.startsWith(prefix))
                .toList();
    }

    @Override
    public void delete(String key) {
        objects.remove(key);
    }
}
