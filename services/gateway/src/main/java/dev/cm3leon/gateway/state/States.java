package dev.cm3leon.gateway.state;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The latest state of each subject, for many readers and a few writers. Readers can wait for a change. When more
/// subjects are finished than are to be kept, those whose latest events are the oldest are forgotten.
///
/// Topics are read side by side, so the first event of a subject may come long after its last one, and subjects finish
/// in any order. A forgotten subject leaves the time of its end and its tenant behind, so that an older event does not
/// bring it back. When these are forgotten too, that time becomes the horizon: only later events make new subjects.
public final class States<S> {

    private final Function<String, S> unknown;
    private final Predicate<S> finished;
    private final Function<S, Optional<String>> tenant;
    private final int limit;
    private final int ends;
    private final Map<String, Entry> entries = new HashMap<>();
    private final NavigableSet<Place> places = new TreeSet<>();
    private final SequencedMap<String, Forgotten> forgotten = new LinkedHashMap<>();
    private Instant horizon = Instant.MIN;

    /// @param tenant whose a subject is, where that is known
    /// @param limit how many finished subjects are kept
    /// @param ends of how many that were forgotten the end is known
    public States(
            Function<String, S> unknown,
            Predicate<S> finished,
            Function<S, Optional<String>> tenant,
            int limit,
            int ends) {
        if (limit < 1) throw new IllegalArgumentException("need 1 finished subject or more to keep, got " + limit);
        this.unknown = unknown;
        this.finished = finished;
        this.tenant = tenant;
        this.limit = limit;
        this.ends = ends;
    }

    /// @param at when the event was told that the fold adds
    public void update(String id, Instant at, UnaryOperator<S> fold) {
        Entry entry;
        synchronized (this) {
            Forgotten before = forgotten.get(id);
            if (before != null && !at.isAfter(before.end)) return;
            if (before == null && !entries.containsKey(id) && !at.isAfter(horizon)) return;
            entry = entries.computeIfAbsent(id, key -> new Entry(unknown.apply(key)));
        }
        synchronized (entry) {
            entry.state = fold.apply(entry.state);
            entry.isFinished = finished.test(entry.state);
            if (at.isAfter(entry.latest)) entry.latest = at;
            entry.notifyAll();
        }
        place(id, entry);
    }

    public Optional<S> find(String id) {
        Entry entry = entry(id);
        return entry == null ? Optional.empty() : Optional.of(entry.read());
    }

    /// Whether there was such a subject, of which no more is known than that it was finished.
    public synchronized boolean hasForgotten(String id) {
        return forgotten.containsKey(id) && !entries.containsKey(id);
    }

    /// Whose a subject is or, where no more is known of it than its end, was.
    synchronized Optional<String> tenantOf(String id) {
        Entry entry = entries.get(id);
        Forgotten before = forgotten.get(id);
        Optional<String> known = entry == null ? Optional.empty() : tenant.apply(entry.read());
        return known.isPresent() || before == null ? known : Optional.ofNullable(before.tenant);
    }

    /// Waits until the state passes, or the time is over; then gives the state as it is. Empty when the subject is
    /// unknown.
    public Optional<S> await(String id, Predicate<S> passes, Duration atMost) throws InterruptedException {
        Entry entry = entry(id);
        if (entry == null) return Optional.empty();
        long end = System.nanoTime() + atMost.toNanos();
        synchronized (entry) {
            for (long left = atMost.toNanos(); left > 0 && !passes.test(entry.state); left = end - System.nanoTime()) {
                entry.wait(left / 1_000_000 + 1);
            }
            return Optional.of(entry.state);
        }
    }

    public List<S> all() {
        List<Entry> now;
        synchronized (this) {
            now = new ArrayList<>(entries.values());
        }
        return now.stream().map(Entry::read).toList();
    }

    /// The subjects that go on.
    public List<S> unfinished() {
        List<Entry> now;
        synchronized (this) {
            now = entries.values().stream().filter(entry -> entry.place == null).toList();
        }
        return now.stream().map(Entry::read).toList();
    }

    /// Puts it among the finished ones where it belongs by now, or takes it out of them.
    private synchronized void place(String id, Entry entry) {
        if (entry.place != null) places.remove(entry.place);
        entry.place = null;
        if (!entry.isFinished || entries.get(id) != entry) return;
        entry.place = new Place(entry.latest, id);
        places.add(entry.place);
        while (places.size() > limit) {
            String first = places.removeFirst().id();
            String whose = tenantOf(first).map(String::intern).orElse(null); // few, each of many
            Entry old = entries.remove(first);
            if (old != null) forgotten.putLast(first, new Forgotten(old.latest, whose));
        }
        while (forgotten.size() > ends) {
            Instant end = forgotten.pollFirstEntry().getValue().end;
            if (end.isAfter(horizon)) horizon = end;
        }
    }

    private synchronized @Nullable Entry entry(String id) {
        return entries.get(id);
    }

    private record Forgotten(Instant end, @Nullable String tenant) {}

    /// Of one that is finished, among the others that are.
    private record Place(Instant latest, String id) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byTime = latest.compareTo(other.latest);
            return byTime != 0 ? byTime : id.compareTo(other.id);
        }
    }

    private final class Entry {
        private S state;
        private volatile boolean isFinished;
        private volatile Instant latest = Instant.MIN;
        private @Nullable Place place; // guarded by the states

        private Entry(S state) {
            this.state = state;
        }

        private synchronized S read() {
            return state;
        }
    }
}
