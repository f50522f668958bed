package dev.cm3leon.retriever;

import dev.cm3leon.events.IndexEvent;
import dev.cm3leon.events.IndexEvent.IndexRebuildFailed;
import dev.cm3leon.events.IndexEvent.IndexRebuildRequested;
import dev.cm3leon.vectorindex.Bank;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does what is asked for, one [Rebuild] after the other, on a thread of its own, since one takes longer than a
/// consumer may keep its broker waiting; and asks for one where the index is not as it should be.
final class Rebuilds implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Rebuilds.class);
    private static final Duration LOOKS = Duration.ofSeconds(15);
    private static final Duration WAITS = Duration.ofSeconds(5);
    private static final Duration ASKS_AGAIN = Duration.ofMinutes(15); // after a failure; after the next twice as long
    private static final int MOST_FAILURES = 5; // one after the other

    private final Rebuild rebuild;
    private final Supplier<Bank> bank;
    private final DocumentLog documents;
    private final Consumer<IndexEvent> events;
    private final InstantSource clock;
    private final ScheduledExecutorService builds = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("rebuild").daemon().factory());
    private @Nullable String asked;
    private @Nullable Instant again; // of what failed here
    private int failures;

    /// @param bank as it should be
    /// @param documents that it should have
    /// @param events publishes; returns when the broker has the event
    Rebuilds(
            Rebuild rebuild,
            Supplier<Bank> bank,
            DocumentLog documents,
            Consumer<IndexEvent> events,
            InstantSource clock) {
        this.rebuild = rebuild;
        this.bank = bank;
        this.documents = documents;
        this.events = events;
        this.clock = clock;
    }

    /// Looks after the index from now on.
    void watch() {
        builds.scheduleWithFixedDelay(this::look, 2, LOOKS.toSeconds(), TimeUnit.SECONDS);
    }

    /// Asks once for each reason. What failed here is asked for again, later and not for ever, since the next may fail
    /// too; while an index is built, or what is left of that is there, its end is waited for.
    void look() {
        try {
            Bank now = bank.get();
            now.expect(() -> documents.count(DocumentLog.Place.BEGINNING));
            String index = now.name();
            String reason = now.outdated().orElse(null);
            if (reason == null || !reason.equals(asked)) {
                failures = 0;
                again = null;
            }
            boolean due = again != null && !clock.instant().isBefore(again) && !now.hasOthers();
            if (reason != null && (due || !reason.equals(asked))) {
                log.warn("{}: a rebuild is asked for", reason);
                String id = UUID.randomUUID().toString();
                events.accept(new IndexRebuildRequested(id, reason, index, false, clock.instant()));
                again = null;
            }
            asked = reason;
        } catch (UncheckedIOException e) {
            log.debug("not now: {}", e.getMessage());
        } catch (RuntimeException | Error e) {
            log.error("cannot look after the index", e);
        }
    }

    /// @param done is called when the rebuild is over and that is published; when this is closed before, it is not
    void add(IndexRebuildRequested requested, Runnable done) {
        try {
            builds.execute(() -> run(requested, done));
        } catch (RejectedExecutionException e) {
            log.debug("closed: {} is delivered again", requested.rebuild());
        }
    }

    private void run(IndexRebuildRequested requested, Runnable done) {
        try {
            while (true) {
                try {
                    IndexEvent end = rebuild.run(requested, events::accept);
                    log.atInfo().addKeyValue("rebuild", requested.rebuild()).log("{}", end);
                    events.accept(end);
                    done.run();
                    return;
                } catch (UncheckedIOException e) {
                    log.warn("a rebuild waits, and begins again: {}", e.getMessage());
                    Thread.sleep(WAITS);
                }
            }
        } catch (InterruptedException e) {
            log.debug("stopped");
        } catch (RuntimeException | Error e) {
            if (builds.isShutdown()) return;
            log.error("the rebuild {} failed", requested.rebuild(), e);
            fail(requested, e);
            failed(requested);
            done.run();
        }
    }

    private void failed(IndexRebuildRequested requested) {
        if (requested.reason() == null || ++failures >= MOST_FAILURES) return; // a person asks again by himself
        again = clock.instant().plus(ASKS_AGAIN.multipliedBy(1L << failures - 1));
    }

    private void fail(IndexRebuildRequested requested, Throwable e) {
        try {
            events.accept(new IndexRebuildFailed(requested.rebuild(), String.valueOf(e.getMessage())));
        } catch (UncheckedIOException unpublished) {
            log.error("and that cannot be published: {}", unpublished.getMessage());
        }
    }

    /// A rebuild that is not over is delivered again, and begins again.
    @Override
    public void close() {
        builds.shutdownNow();
        try {
            if (!builds.awaitTermination(10, TimeUnit.SECONDS)) log.warn("a rebuild did not stop");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
