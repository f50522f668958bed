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
///
/// A subject of which nobody knows whose it is may never finish: its first event was lost, or there was none. Of such
/// ones too the latest are kept. They leave nothing behind, so that the first event is heard if it comes after all.
public final class States<S> {

    private final Function<String, S> unknown;
    private final Predicate<S> finished;
    private final Function<S, Optional<String>> tenant;
    private final int limit;
    private final int ends;
    private final Map<String, Entry> entries = new HashMap<>();
    private final NavigableSet<Place> places = new TreeSet<>();
    private final NavigableSet<Place> strays = new TreeSet<>(); // that go on and are nobody's
    private final SequencedMap<String, Forgotten> forgotten = new LinkedHashMap<>();
    private Instant horizon = Instant.MIN;

    /// @param tenant whose a subject is, where that is known
    /// @param limit how many finished subjects are kept
    /// @param ends of how many that were forgotten the end is known; as many nobody's that go on are kept
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
    /// @param fold that throws leaves everything as it was
    public synchronized void update(String id, Instant at, UnaryOperator<S> fold) {
        Forgotten before = forgotten.get(id);
        if (before != null && !at.isAfter(before.end)) return;
        Entry entry = entries.get(id);
        if (before == null && entry == null && !at.isAfter(horizon)) return;
        S state = fold.apply(entry == null ? unknown.apply(id) : entry.read());
        boolean isFinished = finished.test(state);
        boolean isStray = !isFinished && tenant.apply(state).isEmpty();
        if (entry == null) entries.put(id, entry = new Entry(state));
        else entry.become(state);
        if (at.isAfter(entry.latest)) entry.latest = at;
        place(id, entry, isFinished ? places : isStray ? strays : null);
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
            now = entries.values().stream()
                    .filter(entry -> entry.among != places)
                    .toList();
        }
        return now.stream().map(Entry::read).toList();
    }

    /// Puts it where it belongs by now, and forgets what has no room there any more.
    private void place(String id, Entry entry, @Nullable NavigableSet<Place> among) {
        if (entry.among != null) entry.among.remove(entry.place);
        entry.among = among;
        entry.place = new Place(entry.latest, id);
        if (among != null) among.add(entry.place);
        while (places.size() > limit) {
            String first = places.removeFirst().id();
            String whose = tenantOf(first).map(String::intern).orElse(null); // few, each of many
            Entry old = entries.remove(first);
            if (old != null) forgotten.putLast(first, new Forgotten(old.latest, whose));
        }
        while (strays.size() > ends) entries.remove(strays.removeFirst().id());
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
        private Instant latest = Instant.MIN; // this and what follows is guarded by the states
        private Place place = new Place(Instant.MIN, "");
        private @Nullable NavigableSet<Place> among;

        private Entry(S state) {
            this.state = state;
        }

        private synchronized S read() {
            return state;
        }

        private synchronized void become(S next) {
            state = next;
            notifyAll();
        }
    }
}
