package dev.cm3leon.service;

import dev.cm3leon.events.ModelEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens models before their first job comes: those that serve when nothing was heard for a second. A process that
/// begins hears of every promotion there ever was, and what was superseded since is not opened. Where promotions are
/// not followed nothing is.
public final class Preparing implements Consumer<ModelEvent>, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Preparing.class);
    private static final Duration QUIET = Duration.ofSeconds(1);

    private final String beginning;
    private final boolean followsPromotions;
    private final Consumer<String> open;
    private final List<ModelEvent> heard = new ArrayList<>();
    private final ScheduledExecutorService opening = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("prepare-models").daemon().factory());
    private @Nullable Future<?> next;

    /// Opens a registry's models beside the others.
    public Preparing(ModelRegistry registry, ModelProperties properties, Models<?> models) {
        this(registry.beginning().id(), properties.followsPromotions(), models::prepare);
    }

    /// @param beginning the model that is served before anything is promoted
    /// @param followsPromotions whether any other is ever served
    /// @param open opens a model by its id, where it is not open
    Preparing(String beginning, boolean followsPromotions, Consumer<String> open) {
        this.beginning = beginning;
        this.followsPromotions = followsPromotions;
        this.open = open;
    }

    @Override
    public synchronized void accept(ModelEvent event) {
        if (!followsPromotions || heard.contains(event)) return;
        heard.add(event);
        if (next != null) next.cancel(false);
        next = opening.schedule(this::prepare, QUIET.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void prepare() {
        Serving serving = serving();
        try {
            open.accept(serving.stable());
            if (serving.canary() != null) open.accept(serving.canary());
        } catch (RuntimeException | Error e) {
            log.error("cannot prepare {}", serving, e);
        }
    }

    private synchronized Serving serving() {
        return Serving.of(beginning, heard);
    }

    @Override
    public void close() {
        opening.shutdownNow();
    }
}
