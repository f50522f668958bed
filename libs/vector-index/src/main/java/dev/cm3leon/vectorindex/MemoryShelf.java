package dev.cm3leon.vectorindex;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Indexes in memory.
final class MemoryShelf implements Shelf {

    private final Map<String, MemoryVectorIndex> indexes = new ConcurrentHashMap<>();
    private volatile @Nullable String current;

    @Override
    public List<String> names() {
        return List.copyOf(indexes.keySet());
    }

    @Override
    public Optional<String> current() {
        return Optional.ofNullable(current);
    }

    @Override
    public synchronized boolean point(@Nullable String expected, String name) {
        if (!Objects.equals(current, expected)) return false;
        current = name;
        return true;
    }

    @Override
    public VectorIndex make(String name, int dimension) {
        return indexes.computeIfAbsent(name, made -> new MemoryVectorIndex("memory:" + made));
    }

    @Override
    public VectorIndex open(String name) {
        VectorIndex index = indexes.get(name);
        if (index == null) throw new IndexGone(name, null);
        return index;
    }

    @Override
    public void drop(String name) {
        indexes.remove(name);
    }

    @Override
    public Duration settles() {
        return Duration.ZERO;
    }

    @Override
    public void close() {}
}
