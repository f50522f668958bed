package dev.cm3leon.gateway;

import dev.cm3leon.gateway.state.Recorded;
import dev.cm3leon.gateway.state.States;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Tells one reader what happened to one subject: first what is past, then what comes, until it is finished.
///
/// Ids are the CloudEvents ids: the same after a restart and on every gateway, so a reader can go on anywhere.
final class EventStream<S> {

    private static final Duration BREATH = Duration.ofSeconds(1);

    private final States<S> states;
    private final Function<S, List<Item>> items;
    private final Predicate<S> finished;
    private final Duration heartbeat;

    /// @param items all that is to be told, in order, of what is finished the end last
    EventStream(States<S> states, Function<S, List<Item>> items, Predicate<S> finished, Duration heartbeat) {
        this.states = states;
        this.items = items;
        this.finished = finished;
        this.heartbeat = heartbeat;
    }

    /// @param data made only when it is told
    record Item(String id, String name, Supplier<Object> data) {

        /// One for each step. Clocks differ, so an end may stand before what it came after: a reader who saw that is
        /// still to be told the end.
        static <R extends Recorded<?>> List<Item> of(List<R> steps, Predicate<R> isEnd, Function<R, Object> told) {
            return Stream.concat(
                            steps.stream().filter(isEnd.negate()),
                            steps.stream().filter(isEnd))
                    .map(step -> new Item(step.id(), step.event().type(), () -> told.apply(step)))
                    .toList();
        }
    }

    /// Where a stream goes. An exception ends it.
    interface Sink {
        void tell(Item item) throws IOException;

        void heartbeat() throws IOException;
    }

    /// Whether nothing is left to tell to who saw this last.
    boolean isOver(String id, @Nullable String lastSeen) {
        return states.find(id)
                .filter(finished)
                .filter(state -> items.apply(state).getLast().id().equals(lastSeen))
                .isPresent();
    }

    /// Returns when all is told, or when the gateway stops.
    ///
    /// @param lastSeen the id that the reader saw last; null, or one that is not known, to begin at the beginning
    void run(String id, @Nullable String lastSeen, BooleanSupplier stopping, Sink sink)
            throws IOException, InterruptedException {
        Set<String> told = new HashSet<>();
        S state = states.find(id).orElseThrow();
        told.addAll(seen(items.apply(state), lastSeen));
        long quietSince = System.nanoTime();
        while (true) {
            for (Item item : items.apply(state)) {
                if (!told.add(item.id())) continue;
                sink.tell(item);
                quietSince = System.nanoTime();
            }
            if (finished.test(state) || stopping.getAsBoolean()) return;
            S known = state;
            Optional<S> next = states.await(id, now -> now != known, BREATH);
            if (next.isEmpty()) return;
            state = next.get();
            if (System.nanoTime() - quietSince > heartbeat.toNanos()) {
                sink.heartbeat();
                quietSince = System.nanoTime();
            }
        }
    }

    private static Set<String> seen(List<Item> items, @Nullable String lastSeen) {
        Set<String> seen = new HashSet<>();
        if (lastSeen == null) return seen;
        for (Item item : items) {
            seen.add(item.id());
            if (item.id().equals(lastSeen)) return seen;
        }
        return Set.of();
    }
}
