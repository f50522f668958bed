package dev.cm3leon.vectorindex;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Exact search in memory: for tests, and the reference for the other indexes.
public final class MemoryVectorIndex implements VectorIndex {

    private final String name;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    public MemoryVectorIndex() {
        this("memory");
    }

    MemoryVectorIndex(String name) {
        this.name = name;
    }

    @Override
    public void upsert(List<Entry> added) {
        for (Entry entry : added) {
            entries.put(entry.id(), entry);
        }
    }

    @Override
    public void delete(Set<String> ids) {
        ids.forEach(entries::remove);
    }

    @Override
    public List<Hit> search(VectorField field, float[] query, int k, Filter filter) {
        return entries.values().stream()
                .filter(entry -> passes(entry, filter))
                .map(entry -> hit(entry, dot(query, entry.embedding().of(field))))
                .sorted(BEST_FIRST)
                .limit(k)
                .toList();
    }

    private static Hit hit(Entry entry, double score) {
        return new Hit(entry.id(), score, entry.embedding().document(), entry.terms(), entry.payload());
    }

    /// The most similar first, ties by id.
    static final Comparator<Hit> BEST_FIRST =
            Comparator.comparingDouble(Hit::score).reversed().thenComparing(Hit::id);

    private static boolean passes(Entry entry, Filter filter) {
        return filter.tenants().contains(entry.tenant())
                && (!filter.withText() || entry.hasText())
                && (!filter.withImage() || entry.hasImage())
                && (filter.licences().isEmpty() || filter.licences().contains(entry.licence()))
                && entry.terms().containsAll(filter.allTerms())
                && (filter.anyTerm().isEmpty() || !Collections.disjoint(entry.terms(), filter.anyTerm()))
                && !filter.exclude().contains(entry.id());
    }

    private static double dot(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException("need a query of " + b.length + " numbers, got " + a.length);
        }
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    @Override
    public long size() {
        return entries.size();
    }

    @Override
    public String version() {
        return name;
    }

    @Override
    public void close() {}
}
