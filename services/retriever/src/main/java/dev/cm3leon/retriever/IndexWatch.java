package dev.cm3leon.retriever;

import dev.cm3leon.events.IndexEvent;
import dev.cm3leon.events.IndexEvent.IndexReachability;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks again and again whether the index can be searched, and tells when that changes and every now and then, so
/// that the gateway can refuse what would only wait, and knows who is there.
final class IndexWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(IndexWatch.class);
    private static final Duration LOOKS = Duration.ofSeconds(2);
    private static final Duration TELLS_AGAIN = Duration.ofMinutes(2); // every gateway reads it, for a day

    private final String instance;
    private final Runnable search;
    private final Consumer<IndexEvent> events;
    private final InstantSource clock;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("index-watch").daemon().factory());
    private @Nullable IndexReachability told;

    /// @param instance names the place of this process, which the next one in it has too
    /// @param search any search
    /// @param events publishes; returns when the broker has the event
    IndexWatch(String instance, Runnable search, Consumer<IndexEvent> events, InstantSource clock) {
        this.instance = instance;
        this.search = search;
        this.events = events;
        this.clock = clock;
    }

    void watch() {
        looks.scheduleWithFixedDelay(this::look, 0, LOOKS.toMillis(), TimeUnit.MILLISECONDS);
    }

    void look() {
        String unreachable = null;
        try {
            search.run();
        } catch (UncheckedIOException e) {
            unreachable = Objects.toString(e.getMessage());
        } catch (RuntimeException | Error e) {
            log.error("cannot look after the index", e);
            return;
        }
        if (looks.isShutdown()) return; // the search was cut short: that says nothing of the index
        var now = new IndexReachability(instance, unreachable, clock.instant());
        boolean changed = told == null || (told.unreachable() == null) != (unreachable == null);
        if (!changed && told != null && now.at().isBefore(told.at().plus(TELLS_AGAIN))) return;
        if (changed && unreachable != null) log.warn("{}", unreachable);
        try {
            events.accept(now);
            told = now;
        } catch (UncheckedIOException e) {
            log.debug("not told now: {}", e.getMessage());
        } catch (RuntimeException | Error e) {
            log.error("cannot tell of the index", e);
        }
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
