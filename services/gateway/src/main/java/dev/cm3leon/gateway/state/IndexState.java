package dev.cm3leon.gateway.state;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.IndexEvent;
import dev.cm3leon.events.IndexEvent.IndexReachability;
import dev.cm3leon.events.IndexEvent.IndexRebuildFailed;
import dev.cm3leon.events.IndexEvent.IndexRebuildProgress;
import dev.cm3leon.events.IndexEvent.IndexRebuildRequested;
import dev.cm3leon.events.IndexEvent.IndexRebuilt;
import dev.cm3leon.events.IndexEvent.IndexStatus;
import dev.cm3leon.events.IndexEvent.IndexStatusRequested;
import dev.cm3leon.gateway.problem.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What is known of the index: its latest rebuilds, and questions about it that are not answered yet.
public final class IndexState {

    private static final int REBUILDS = 100;
    private static final Duration GONE = Duration.ofMinutes(5); // who is there tells every two minutes

    private final Questions<IndexStatusRequested, IndexStatus> questions = new Questions<>("the index did not answer");
    private final Map<String, Rebuild> rebuilds = new LinkedHashMap<>();
    private final Map<String, IndexReachability> reachability = new HashMap<>(); // by instance

    enum Status {
        @JsonProperty("running")
        RUNNING,
        @JsonProperty("failed")
        FAILED,
        @JsonProperty("completed")
        COMPLETED
    }

    /// One rebuild, as far as its events tell; they may come in any order.
    public record Rebuild(
            String id,
            Status status,
            @Nullable Instant requested,
            long read,
            long total,
            @JsonProperty("index_version") @Nullable String indexVersion,
            @Nullable Long documents,
            @Nullable Long rejected,
            @Nullable Double seconds,
            @Nullable String reason) {

        static Rebuild unknown(String id) {
            return new Rebuild(id, Status.RUNNING, null, 0, 0, null, null, null, null, null);
        }

        Rebuild requested(Instant at, @Nullable String why) {
            String kept = reason == null ? why : reason;
            return new Rebuild(id, status, at, read, total, indexVersion, documents, rejected, seconds, kept);
        }

        /// A rebuild that begins again counts from zero again.
        Rebuild progressed(long nowRead, long nowTotal) {
            return new Rebuild(
                    id, status, requested, nowRead, nowTotal, indexVersion, documents, rejected, seconds, reason);
        }
    }

    synchronized void hear(IndexEvent event) {
        switch (event) {
            case IndexRebuildRequested e -> update(e.rebuild(), r -> r.requested(e.at(), e.reason()));
            case IndexRebuildProgress e -> update(e.rebuild(), r -> r.progressed(e.read(), e.total()));
            case IndexRebuilt e ->
                update(
                        e.rebuild(),
                        r -> new Rebuild(
                                r.id,
                                Status.COMPLETED,
                                r.requested,
                                r.read,
                                r.total,
                                e.indexVersion(),
                                e.documents(),
                                e.rejected(),
                                e.seconds(),
                                r.reason));
            case IndexRebuildFailed e ->
                update(
                        e.rebuild(),
                        r -> new Rebuild(
                                r.id, Status.FAILED, r.requested, r.read, r.total, null, null, null, null, e.reason()));
            case IndexReachability e -> reached(e);
            case IndexStatusRequested _ -> {}
            case IndexStatus e -> questions.answer(e.question(), e);
        }
    }

    private void reached(IndexReachability told) {
        reachability.merge(
                Objects.requireNonNullElse(told.instance(), ""),
                told,
                (before, now) -> now.at().isBefore(before.at()) ? before : now);
        Instant latest = reachability.values().stream()
                .map(IndexReachability::at)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        reachability.values().removeIf(one -> one.at().isBefore(latest.minus(GONE)));
    }

    private void update(String id, UnaryOperator<Rebuild> change) {
        rebuilds.put(id, change.apply(rebuilds.getOrDefault(id, Rebuild.unknown(id))));
        if (rebuilds.size() > REBUILDS)
            rebuilds.remove(rebuilds.keySet().iterator().next());
    }

    public synchronized Optional<Rebuild> find(String id) {
        return Optional.ofNullable(rebuilds.get(id));
    }

    public synchronized Optional<Rebuild> latest() {
        return rebuilds.values().stream()
                .filter(rebuild -> rebuild.requested() != null)
                .max(Comparator.comparing(rebuild -> rebuild.requested() == null ? Instant.MIN : rebuild.requested()));
    }

    /// @throws Refusal 503 when no retriever can search it, as far as was told
    public synchronized void requireReachable() {
        if (reachability.isEmpty()) return;
        String reason = "";
        for (IndexReachability told : reachability.values()) {
            if (told.unreachable() == null) return;
            reason = told.unreachable();
        }
        throw Refusal.unavailable("the index cannot be reached: " + reason);
    }

    /// Asks, and waits for the answer.
    ///
    /// @throws Refusal 503 when none came in time
    public IndexStatus ask(IndexStatusRequested question, Consumer<IndexStatusRequested> publish, Duration atMost)
            throws InterruptedException {
        return questions.ask(question.question(), question, publish, atMost);
    }
}
