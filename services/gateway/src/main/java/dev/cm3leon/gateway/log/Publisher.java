package dev.cm3leon.gateway.log;

import dev.cm3leon.events.Event;
import dev.cm3leon.gateway.state.PlatformState;
import dev.cm3leon.gateway.state.Recorded;
import java.time.InstantSource;
import java.util.function.Consumer;

/// Publishes the gateway's own events and folds them at once, so that who asked finds what was asked for. The same
/// events come back from the log and are dropped as seen.
public final class Publisher {

    private final Consumer<Event> topics;
    private final PlatformState state;
    private final InstantSource clock;

    /// @param topics returns when the broker has the event, or throws an [java.io.UncheckedIOException]
    public Publisher(Consumer<Event> topics, PlatformState state, InstantSource clock) {
        this.topics = topics;
        this.state = state;
        this.clock = clock;
    }

    public void publish(Event event) {
        topics.accept(event);
        // a little later than the event says; when it comes back from the log, the earlier time counts
        state.hear(new Recorded<>(event.eventId(), "gateway", clock.instant(), event));
    }
}
