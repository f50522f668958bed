package dev.cm3leon.vectorindex;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A bank of documents: the index that is searched, and perhaps one that is built beside it, to take its place. An
/// index is named by what it was made for, e.g. `v2_1f3a90bc_hnsw_0`: layout, encoder, index type, and when.
///
/// What is added goes into both, into the searched one first; what is deleted is deleted from all there are. So whoever
/// builds (from the log of documents) misses nothing, and what is deleted meanwhile does not come back by the switch.
public final class Bank implements VectorIndex {

    /// Of the fields of a document in an index; another number means that indexes made before are built anew.
    static final int LAYOUT = 2;

    private static final Logger log = LoggerFactory.getLogger(Bank.class);

    private final Shelf shelf;
    private final String encoder;
    private final String prefix;
    private final Map<String, VectorIndex> opened = new ConcurrentHashMap<>();
    private final Set<String> dropped = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Seen seen;
    private volatile boolean wasLost;

    /// @param at by [System#nanoTime]
    private record Seen(String name, long at) {}

    /// An index that is built beside the one that is searched.
    public record Built(String name, VectorIndex index) {}

    Bank(Shelf shelf, String encoder, String indexType) {
        this.shelf = shelf;
        this.encoder = "v" + LAYOUT + "_" + digest(encoder) + "_";
        this.prefix = this.encoder + indexType.toLowerCase(Locale.ROOT) + "_";
    }

    /// Exact search in memory.
    public static Bank inMemory() {
        return new Bank(new MemoryShelf(), "", "exact");
    }

    /// Exact search with Lucene.
    ///
    /// @param encoder names what makes the vectors, e.g. by the digest of its weights
    public static Bank inFolder(Path folder, String encoder) {
        return new Bank(new LuceneShelf(folder), encoder, "exact");
    }

    /// Search in Milvus.
    ///
    /// @param encoder names what makes the vectors
    /// @param dimension of the vectors
    /// @param pointer remembers which collection is searched where the server has no aliases
    public static Bank inMilvus(MilvusServer server, String encoder, int dimension, Pointer pointer) {
        return new Bank(new MilvusShelf(server, dimension, pointer), encoder, server.indexType());
    }

    private static String digest(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public List<Hit> search(float[] query, int k, Filter filter) {
        return onCurrent(index -> index.search(query, k, filter));
    }

    @Override
    public void upsert(List<Entry> entries) {
        if (entries.isEmpty()) return;
        onCurrent(index -> {
            index.upsert(entries);
            return true;
        });
        onOthers(name -> name.startsWith(encoder), index -> index.upsert(entries));
    }

    @Override
    public void delete(Set<String> ids) {
        if (ids.isEmpty()) return;
        String now = current(false);
        if (now.startsWith(encoder)) {
            onCurrent(index -> {
                index.delete(ids);
                return true;
            });
        }
        onOthers(name -> name.startsWith(encoder), index -> index.delete(ids));
    }

    /// How many documents can be searched: none of an index of another layout or encoder.
    @Override
    public long size() {
        return current(false).startsWith(encoder) ? onCurrent(VectorIndex::size) : 0;
    }

    @Override
    public String version() {
        String now = current(false);
        return now.startsWith(encoder) ? onCurrent(VectorIndex::version) : now;
    }

    /// Why the index that is searched is to be built anew; empty when it is as it should be.
    public Optional<String> outdated() {
        String now = current(true);
        if (wasLost) return Optional.of("the index " + now + " was taken away and is not whole");
        if (now.startsWith(prefix)) return Optional.empty();
        return Optional.of("the index " + now + " was made for another "
                + (now.startsWith(encoder) ? "index type" : "layout or encoder") + " than " + prefix + "*");
    }

    /// Begins an empty index beside the one that is searched. What an earlier building left behind is dropped.
    public Built build() {
        dropOthers();
        long at = Instant.now().toEpochMilli();
        while (dropped.contains(prefix + at)) at++;
        return new Built(prefix + at, made(prefix + at));
    }

    /// Lets an index that was built be searched from now on.
    ///
    /// @throws IllegalStateException when it was dropped meanwhile, or somebody else switched
    public void switchTo(Built built) {
        String now = current(true);
        if (!shelf.names().contains(built.name()) || !shelf.point(now, built.name())) {
            throw new IllegalStateException(
                    "the index " + built.name() + " cannot take the place of " + now + ": another building went on");
        }
        seen = new Seen(built.name(), System.nanoTime());
        wasLost = false;
    }

    /// How long after a switch others may still search the index before it.
    public Duration settles() {
        return shelf.settles();
    }

    /// Drops every index that is not searched.
    public void dropOthers() {
        String now = current(true);
        for (String name : shelf.names()) {
            if (name.equals(now)) continue;
            dropped.add(name);
            VectorIndex index = opened.remove(name);
            if (index != null) index.close();
            shelf.drop(name);
        }
    }

    /// An index that is gone was replaced, unless it is still the one that is to be searched.
    private <T> T onCurrent(Function<VectorIndex, T> use) {
        String now = usable(current(false));
        while (true) {
            try {
                return use.apply(index(now));
            } catch (IndexGone e) {
                String gone = now;
                now = usable(current(true));
                if (!now.equals(gone)) continue;
                log.error("the index {} is searched, and was taken away: it begins anew", now);
                opened.remove(now);
                wasLost = true;
                made(now);
            }
        }
    }

    private void onOthers(Function<String, Boolean> which, Consumer<VectorIndex> use) {
        String now = current(false);
        for (String name : shelf.names()) {
            if (name.equals(now) || !which.apply(name)) continue;
            try {
                use.accept(index(name));
            } catch (IndexGone e) {
                opened.remove(name); // it is not to be searched any more
            }
        }
    }

    /// Vectors of different encoders cannot be compared: nothing is searched rather than found wrongly.
    private String usable(String name) {
        if (name.startsWith(encoder)) return name;
        String reason = "the index " + name + " was made for another layout or encoder; it is to be rebuilt";
        throw new UncheckedIOException(reason, new IOException(reason));
    }

    private String current(boolean again) {
        Seen known = seen;
        boolean fresh = known != null
                && System.nanoTime() - known.at() < shelf.settles().toNanos();
        if (known != null && fresh && !again) return known.name();
        String now = shelf.current().orElseGet(this::first);
        seen = new Seen(now, System.nanoTime());
        return now;
    }

    private String first() {
        String name = prefix + 0;
        made(name);
        if (shelf.point(null, name)) return name;
        return shelf.current().orElseThrow(() -> new IllegalStateException("no index can be pointed at"));
    }

    private VectorIndex index(String name) {
        return opened.computeIfAbsent(name, closed -> {
            if (dropped.contains(name)) throw new IndexGone(name, null);
            return shelf.open(name);
        });
    }

    private VectorIndex made(String name) {
        return opened.computeIfAbsent(name, shelf::make);
    }

    @Override
    public void close() {
        opened.values().forEach(VectorIndex::close);
        shelf.close();
    }
}
