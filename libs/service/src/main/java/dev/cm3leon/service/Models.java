package dev.cm3leon.service;

import dev.cm3leon.model.ModelBundle;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a service has open of each model, by `name@version`. Every job names its model, so a service needs no switch: a
/// model is opened beside the others when its first job comes (or before, when it is promoted), and the one that was
/// used longest ago is closed when there are too many. What somebody uses stays open.
///
/// @param <M> what is opened of a model, e.g. its tokenizers
public final class Models<M extends AutoCloseable> implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Models.class);

    private final Function<String, M> opener;
    private final int most;
    private final Map<String, Entry> entries = new HashMap<>();

    /// @param opener opens a model by its id
    /// @param most how many stay open when nobody uses them
    public Models(Function<String, M> opener, int most) {
        this.opener = opener;
        this.most = most;
    }

    /// What a service has of the models of a registry, the one to begin with at once: without it there is no service.
    ///
    /// @param opener opens what is needed of a model
    public static <M extends AutoCloseable> Models<M> of(
            ModelRegistry registry, ModelProperties properties, Function<ModelBundle, M> opener) {
        var models = new Models<M>(id -> opener.apply(registry.open(id)), properties.open());
        models.use(registry.beginning().id(), model -> model);
        return models;
    }

    /// A model in use until it is closed.
    public final class Lease implements AutoCloseable {
        private final Entry entry;
        private final M model;

        private Lease(Entry entry, M model) {
            this.entry = entry;
            this.model = model;
        }

        public M model() {
            return model;
        }

        @Override
        public void close() {
            release(entry);
        }
    }

    /// Opens a model where it is not open; whoever asks meanwhile waits for the same.
    ///
    /// @throws RuntimeException what the opener threw; the next call tries again
    public Lease take(String id) {
        Entry entry;
        synchronized (this) {
            entry = entries.computeIfAbsent(id, Entry::new);
            entry.users++;
        }
        boolean opened = false;
        try {
            entry.opening.run(); // of those who come at once, one opens
            Lease lease = new Lease(entry, entry.opening.get());
            opened = true;
            return lease;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException reason ? reason : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while model " + id + " was opened", e);
        } finally {
            if (!opened) forget(entry);
        }
    }

    public <T> T use(String id, Function<M, T> work) {
        try (Lease lease = take(id)) {
            return work.apply(lease.model());
        }
    }

    /// Opens a model that will be needed soon; that it cannot be had is said when a job needs it.
    public void prepare(String id) {
        try (Lease lease = take(id)) {
            log.atInfo().addKeyValue("model", id).log("is open");
        } catch (UncheckedIOException | IllegalArgumentException | IllegalStateException e) {
            log.atWarn().addKeyValue("model", id).log("cannot be opened: {}", e.getMessage());
        }
    }

    /// The models that are open.
    public synchronized Set<String> open() {
        return Set.copyOf(entries.keySet());
    }

    @Override
    public void close() {
        List<Entry> all;
        synchronized (this) {
            all = List.copyOf(entries.values());
            entries.clear();
        }
        all.forEach(this::close);
    }

    private void release(Entry entry) {
        List<Entry> closed = new ArrayList<>();
        synchronized (this) {
            entry.users--;
            entry.used = System.nanoTime();
            while (entries.size() > most) {
                Entry idle = entries.values().stream()
                        .filter(one -> one.users == 0)
                        .min(Comparator.comparingLong(one -> one.used - entry.used))
                        .orElse(null);
                if (idle == null) break;
                entries.remove(idle.id);
                closed.add(idle);
            }
        }
        closed.forEach(this::close);
    }

    private synchronized void forget(Entry entry) {
        entry.users--;
        entries.remove(entry.id, entry);
    }

    private void close(Entry entry) {
        try {
            entry.opening.get().close();
            log.atInfo().addKeyValue("model", entry.id).log("is closed");
        } catch (Exception e) { // the others are to be closed too
            log.atWarn().addKeyValue("model", entry.id).setCause(e).log("did not close well");
        }
    }

    private final class Entry {
        private final String id;
        private final FutureTask<M> opening;
        private int users;
        private long used;

        private Entry(String id) {
            this.id = id;
            this.opening = new FutureTask<>(() -> opener.apply(id));
        }
    }
}
