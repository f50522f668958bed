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
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A bank of documents: the index that is searched, and perhaps one that is built beside it, to take its place. An
/// index is named by what it was made for, e.g. `v4_1f3a90bc_hnsw_0`: layout, encoder, index type, and when.
///
/// What is added goes into both, into the searched one first; what is deleted is deleted from all there are. So whoever
/// builds (from the log of documents) misses nothing, and what is deleted meanwhile does not come back by the switch.
///
/// A bank sees with one encoder. While the index that is searched was made for another one, nothing can be searched or
/// added here, but the index that takes its place can be built; [#with] sees the same bank with the other encoder.
public final class Bank implements VectorIndex {

    /// Of the fields of a document in an index, and of its words; another number means that indexes made before are
    /// built anew.
    static final int LAYOUT = 4;

    private static final Logger log = LoggerFactory.getLogger(Bank.class);

    private final Shelf shelf;
    private final IndexName wanted; // as the first one is named
    private final int dimension;
    private final State state;

    /// What all encoders' views of a bank share.
    private static final class State {
        private final Map<String, VectorIndex> opened = new ConcurrentHashMap<>();
        private final Set<String> dropped = ConcurrentHashMap.newKeySet();
        private volatile @Nullable Seen seen;
        private volatile @Nullable String lost; // began anew, and is not whole
        private volatile @Nullable String begun; // since there was none, by this process or one before it
        private volatile long lacking = -1; // how many it had when it was seen to have too few
    }

    /// @param at by [System#nanoTime]
    private record Seen(String name, long at) {}

    /// An index that is built beside the one that is searched.
    public record Built(String name, VectorIndex index) {}

    Bank(Shelf shelf, String encoder, int dimension, String indexType) {
        this(shelf, encoder, dimension, indexType.toLowerCase(Locale.ROOT), new State());
    }

    private Bank(Shelf shelf, String encoder, int dimension, String type, State state) {
        this.shelf = shelf;
        this.wanted = new IndexName(LAYOUT, digest(encoder), type, 0);
        this.dimension = dimension;
        this.state = state;
    }

    /// The same bank for what another encoder makes; closing one closes both.
    ///
    /// @param encoder names what makes the vectors
    /// @param dimension of the vectors
    public Bank with(String encoder, int dimension) {
        return new Bank(shelf, encoder, dimension, wanted.type(), state);
    }

    /// Exact search in memory.
    public static Bank inMemory(String encoder) {
        return new Bank(new MemoryShelf(), encoder, 0, "exact");
    }

    /// Exact search with Lucene.
    ///
    /// @param encoder names what makes the vectors, e.g. by the digest of its weights
    public static Bank inFolder(Path folder, String encoder) {
        return new Bank(new LuceneShelf(folder), encoder, 0, "exact"); // which takes vectors of any dimension
    }

    /// Search in Milvus.
    ///
    /// @param encoder names what makes the vectors
    /// @param dimension of the vectors
    /// @param pointer remembers which collection is searched where the server has no aliases
    public static Bank inMilvus(MilvusServer server, String encoder, int dimension, Pointer pointer) {
        return new Bank(new MilvusShelf(server, pointer), encoder, dimension, server.indexType());
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
    public List<Hit> search(VectorField field, float[] query, int k, Filter filter) {
        return onCurrent(index -> index.search(field, query, k, filter));
    }

    @Override
    public void upsert(List<Entry> entries) {
        if (entries.isEmpty()) return;
        onCurrent(index -> {
            index.upsert(entries);
            return true;
        });
        String now = current(false);
        onAll(name -> !name.equals(now) && fits(name), index -> index.upsert(entries));
    }

    @Override
    public void delete(Set<String> ids) {
        if (ids.isEmpty()) return;
        onAll(Bank::isReadable, index -> index.delete(ids)); // of other encoders too
        try {
            onAll(name -> !isReadable(name), index -> index.delete(ids));
        } catch (UncheckedIOException e) { // it may be damaged, is not searched, and a rebuild takes its place
            log.warn("an index of another layout keeps what was removed: {}", e.getMessage());
        }
    }

    /// Whether the index that is searched was made for this encoder.
    public boolean isSearched() {
        return fits(current(false));
    }

    /// @throws UncheckedIOException where the index that is searched was made for another layout or encoder
    public void requireSearched() {
        usable(current(false));
    }

    /// How many documents the index that is searched has, whatever it was made for.
    @Override
    public long size() {
        String now = current(false);
        if (fits(now)) return onCurrent(VectorIndex::size);
        try {
            return index(now).size();
        } catch (IndexGone e) { // taken away, or another one took its place just now
            return now.equals(current(true)) ? 0 : size();
        }
    }

    @Override
    public String version() {
        String now = current(false);
        return fits(now) ? onCurrent(VectorIndex::version) : now;
    }

    /// Why the index that is searched is to be built anew; empty when it is as it should be.
    public Optional<String> outdated() {
        String now = current(true);
        if (now.equals(state.lost)) return Optional.of("the index " + now + " was taken away, or lacks what was added");
        if (fits(now) && IndexName.of(now).map(IndexName::type).equals(Optional.of(wanted.type()))) {
            return Optional.empty();
        }
        return Optional.of("the index " + now + " was made for another "
                + (fits(now) ? "index type" : "layout or encoder") + " than " + wanted.prefix() + "*");
    }

    private static boolean isReadable(String name) {
        return IndexName.of(name).filter(other -> other.layout() == LAYOUT).isPresent();
    }

    private boolean fits(String name) {
        return IndexName.of(name).filter(wanted::fits).isPresent();
    }

    /// The name of the index that is searched.
    public String name() {
        return current(true);
    }

    /// Finds out that an index was lost before this process began. Only one that was begun since there was
    /// none is looked at, until that is known: if it has fewer documents than were added, twice in a row and
    /// not growing, it counts as lost.
    ///
    /// @param logged how many additions of documents there were
    public void expect(LongSupplier logged) {
        String index = current(true);
        if (!index.equals(state.begun) || !isSearched()) return;
        long all = logged.getAsLong();
        long now = size();
        if (all > now && now != state.lacking) {
            state.lacking = now;
            return;
        }
        if (all > now) state.lost = index;
        state.begun = null;
    }

    /// Begins an empty index beside the one that is searched. What an earlier building left behind is dropped.
    ///
    /// @throws IllegalStateException when there is no room for it
    public Built build() {
        dropOthers();
        shelf.requireRoomBeside(current(false));
        long at = Instant.now().toEpochMilli();
        while (state.dropped.contains(wanted.at(at).toString())) at++;
        String name = wanted.at(at).toString();
        return new Built(name, made(name));
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
        state.seen = new Seen(built.name(), System.nanoTime());
    }

    /// How long after a switch others may still search the index before it.
    public Duration settles() {
        return shelf.settles();
    }

    /// The index that is searched, for who goes on with a building that it came from.
    ///
    /// @throws UncheckedIOException where it was made for another layout or encoder
    public Built searched() {
        String now = usable(current(true));
        return new Built(now, index(now));
    }

    /// Whether there is an index that is not searched: one is built, or that was cut short.
    public boolean hasOthers() {
        return !others().isEmpty();
    }

    /// Drops every index that is not searched.
    public void dropOthers() {
        others().forEach(this::drop);
    }

    private List<String> others() {
        String now = current(true);
        return shelf.names().stream().filter(name -> !name.equals(now)).toList();
    }

    /// Drops an index that was built, where it is not searched.
    public void dropUnlessSearched(Built built) {
        if (!built.name().equals(current(true)) && shelf.names().contains(built.name())) drop(built.name());
    }

    private void drop(String name) {
        state.dropped.add(name);
        forget(name);
        shelf.drop(name);
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
                forget(now);
                state.lost = now;
                made(now);
            }
        }
    }

    private void onAll(Predicate<String> which, Consumer<VectorIndex> use) {
        for (String name : shelf.names()) {
            if (!which.test(name)) continue;
            try {
                use.accept(index(name));
            } catch (IndexGone e) {
                state.opened.remove(name); // it is not to be searched any more
            }
        }
    }

    /// Vectors of different encoders cannot be compared: nothing is searched rather than found wrongly.
    private String usable(String name) {
        if (fits(name)) return name;
        String reason = "the index " + name + " was made for another layout or encoder; it is to be rebuilt";
        throw new UncheckedIOException(reason, new IOException(reason));
    }

    private String current(boolean again) {
        Seen known = state.seen;
        boolean fresh = known != null
                && System.nanoTime() - known.at() < shelf.settles().toNanos();
        if (known != null && fresh && !again) return known.name();
        long at = System.nanoTime(); // before the look-up: it may take its time
        String now = shelf.current().orElseGet(this::first);
        if (known == null && IndexName.of(now).filter(IndexName::isFirst).isPresent()) state.begun = now;
        state.seen = new Seen(now, at);
        return now;
    }

    /// Where there was an index, it was taken away with everything that said which it is.
    private String first() {
        synchronized (state) {
            Optional<String> quicker = shelf.current();
            if (quicker.isPresent()) return quicker.get();
            String name = wanted.toString();
            Seen before = state.seen;
            if (before != null) {
                log.error("the index {} was searched, and was taken away: {} begins", before.name(), name);
                state.lost = name;
                forget(before.name());
                forget(name);
            }
            made(name);
            if (shelf.point(null, name)) return name;
        }
        return shelf.current().orElseThrow(() -> new IllegalStateException("no index can be pointed at"));
    }

    private void forget(String name) {
        VectorIndex index = state.opened.remove(name);
        if (index != null) index.close();
    }

    private VectorIndex index(String name) {
        return state.opened.computeIfAbsent(name, closed -> {
            if (state.dropped.contains(name)) throw new IndexGone(name, null);
            return shelf.open(name);
        });
    }

    private VectorIndex made(String name) {
        return state.opened.computeIfAbsent(name, missing -> shelf.make(missing, dimension));
    }

    @Override
    public void close() {
        state.opened.values().forEach(VectorIndex::close);
        shelf.close();
    }
}
