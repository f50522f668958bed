package dev.cm3leon.gateway.state;

import dev.cm3leon.events.Event;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What happened to one subject: its events, each once, in order of time. What is known of it is read off them.
interface History<E extends Event> {

    List<Recorded<E>> steps();

    /// Who asked for it; none until an event said so.
    Optional<String> tenant();

    /// Whether it is known to be this tenant's.
    default boolean isOf(String tenant) {
        return tenant().filter(tenant::equals).isPresent();
    }

    /// The latest event of one kind.
    default <K extends E> Optional<K> latest(Class<K> kind) {
        return steps().reversed().stream()
                .map(Recorded::event)
                .filter(kind::isInstance)
                .map(kind::cast)
                .findFirst();
    }

    /// When the first event was told.
    default Optional<Instant> startedAt() {
        return steps().stream().findFirst().map(Recorded::at);
    }

    /// The steps with one more. Of the same event the earliest telling counts, so a second one changes nothing.
    static <E extends Event> List<Recorded<E>> with(
            List<Recorded<E>> steps, Recorded<E> next, Comparator<Recorded<E>> order) {
        if (steps.stream()
                .anyMatch(step -> step.id().equals(next.id()) && !step.at().isAfter(next.at()))) {
            return steps;
        }
        List<Recorded<E>> all = new ArrayList<>(steps);
        all.removeIf(step -> step.id().equals(next.id()));
        all.add(next);
        all.sort(order);
        return all;
    }

    /// By time; the order of what was told in the same instant is that of the ids.
    static <E extends Event> Comparator<Recorded<E>> byTime() {
        return Comparator.<Recorded<E>, Instant>comparing(Recorded::at).thenComparing(Recorded::id);
    }
}
