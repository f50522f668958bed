package dev.cm3leon.gateway.state;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.IndexEvent;
import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.SearchEvent;
import dev.cm3leon.events.Tenant;
import dev.cm3leon.events.TrainingEvent;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/// Everything that the gateway knows, a fold over all events (docs/decisions/0002-state-is-the-log.md).
public final class PlatformState {

    public final States<GenerationState> generations;
    public final States<DocumentState> documents;
    public final States<TrainingState> trainingRuns;
    public final ModelHistory models = new ModelHistory();
    public final Searches searches = new Searches();
    public final IndexState index = new IndexState();
    private final NavigableMap<Long, String> deadLetters = new ConcurrentSkipListMap<>(); // subjects by offset

    /// @param jobs how many finished generations and training runs are remembered
    /// @param documents how many documents are remembered
    public PlatformState(int jobs, int documents) {
        int ends = 50 * jobs; // an end weighs little beside a job
        int all = Integer.MAX_VALUE; // an index may have any of them: nobody else is to take its id
        this.generations =
                new States<>(GenerationState::unknown, GenerationState::isFinal, GenerationState::tenant, jobs, ends);
        this.documents =
                new States<>(DocumentState::unknown, DocumentState::isFinal, DocumentState::tenant, documents, all);
        this.trainingRuns =
                new States<>(TrainingState::unknown, TrainingState::isFinal, TrainingState::tenant, jobs, ends);
    }

    public void hear(Recorded<? extends Event> next) {
        switch (next.event()) {
            case GenerationEvent e ->
                generations.update(e.generation(), next.at(), s -> GenerationState.apply(s, of(next, e)));
            case DocumentEvent e -> documents.update(e.document(), next.at(), s -> DocumentState.apply(s, of(next, e)));
            case TrainingEvent e -> trainingRuns.update(e.run(), next.at(), s -> TrainingState.apply(s, of(next, e)));
            case ModelEvent e -> models.hear(e);
            case SearchEvent e -> searches.hear(e);
            case IndexEvent e -> index.hear(e);
        }
    }

    /// An event could not be handled.
    ///
    /// @param offset of its dead letter
    /// @param subject that it is of, empty where that is not known
    public void hearDeadLetter(long offset, String subject) {
        deadLetters.put(offset, subject);
    }

    /// The dead letter of this offset was replayed.
    public void hearReplay(long offset) {
        deadLetters.remove(offset);
    }

    /// The offsets of dead letters that nobody replayed, in order.
    public NavigableSet<Long> deadLetters() {
        return deadLetters.navigableKeySet();
    }

    /// Unfinished jobs that somebody asked for, without those that wait for the replay of a dead letter.
    public List<GenerationState> underWay() {
        Set<String> deadLettered = new HashSet<>(deadLetters.values());
        return generations.unfinished().stream()
                .filter(job -> job.request().isPresent() && !deadLettered.contains(job.id()))
                .toList();
    }

    /// Whether a tenant may see a document, use it and take it out, as far as is known; one that is forgotten too.
    public boolean sees(String tenant, String document) {
        return Tenant.seenBy(tenant).contains(documents.tenantOf(document).orElse(Tenant.PUBLIC));
    }

    /// Whether a job, a training run or a document is known to be of a tenant whose things this one does not see.
    public boolean isHidden(String tenant, String subject) {
        boolean isAnothers = Stream.of(generations, trainingRuns)
                .flatMap(states -> states.tenantOf(subject).stream())
                .anyMatch(whose -> !whose.equals(tenant));
        return isAnothers || !sees(tenant, subject);
    }

    /// How many jobs that asked before this one are under way.
    public int ahead(GenerationState job) {
        if (job.startedAt().isEmpty()) return 0;
        Instant asked = job.startedAt().get();
        return (int) underWay().stream()
                .filter(other -> !other.id().equals(job.id()))
                .filter(other ->
                        other.startedAt().isPresent() && other.startedAt().get().isBefore(asked))
                .count();
    }

    private static <E extends Event> Recorded<E> of(Recorded<? extends Event> recorded, E event) {
        return new Recorded<>(recorded.id(), recorded.source(), recorded.at(), event);
    }
}
