package dev.cm3leon.gateway.state;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.Event;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What is known of one document of the memory bank: the latest event of each type. A document can be removed and added
/// again under the same id, so times decide, not the order in which events come.
public record DocumentState(String id, Map<String, Recorded<DocumentEvent>> latest) {

    public enum Status {
        @JsonProperty("added")
        ADDED,
        @JsonProperty("tokenized")
        TOKENIZED,
        @JsonProperty("indexed")
        INDEXED,
        @JsonProperty("rejected")
        REJECTED,
        @JsonProperty("removed")
        REMOVED;

        boolean isFinal() {
            return compareTo(INDEXED) >= 0;
        }
    }

    private static final String ADDED = Event.typeOf(DocumentAdded.class);
    private static final String TOKENIZED = Event.typeOf(DocumentTokenized.class);

    public DocumentState {
        latest = Map.copyOf(latest);
    }

    static DocumentState unknown(String id) {
        return new DocumentState(id, Map.of());
    }

    /// The state after one more event.
    static DocumentState apply(DocumentState state, Recorded<DocumentEvent> next) {
        Map<String, Recorded<DocumentEvent>> latest = new HashMap<>(state.latest);
        latest.merge(next.event().type(), next, (a, b) -> happenedAt(b).isAfter(happenedAt(a)) ? b : a);
        var added = latest.get(ADDED);
        if (added != null) latest.computeIfPresent(TOKENIZED, (_, tokenized) -> light(tokenized, added));
        return new DocumentState(state.id, latest);
    }

    /// Once DocumentAdded is known, DocumentTokenized keeps its own time and shares the rest, so that nothing is held
    /// twice.
    private static Recorded<DocumentEvent> light(Recorded<DocumentEvent> tokenized, Recorded<DocumentEvent> added) {
        DocumentAdded whole = (DocumentAdded) added.event();
        var event = new DocumentTokenized(whole.content(), "", whole.at());
        return new Recorded<>(added.id(), added.source(), tokenized.at(), event);
    }

    public Status status() {
        Instant added = when(DocumentAdded.class);
        if (holds(DocumentRemoved.class, added)) return Status.REMOVED;
        boolean indexed = holds(DocumentIndexed.class, added);
        boolean rejected = holds(DocumentRejected.class, added);
        if (rejected && when(DocumentRejected.class).isAfter(when(DocumentIndexed.class))) return Status.REJECTED;
        if (indexed) return Status.INDEXED;
        return holds(DocumentTokenized.class, added) ? Status.TOKENIZED : Status.ADDED;
    }

    boolean isFinal() {
        return status().isFinal();
    }

    public Optional<Document> content() {
        return event(DocumentAdded.class).map(DocumentAdded::content).or(() -> event(DocumentTokenized.class)
                .map(DocumentTokenized::content));
    }

    Optional<String> tenant() {
        return content().map(Document::tenant);
    }

    /// When it was added last, as far as is known.
    public Optional<Instant> added() {
        return event(DocumentAdded.class).map(DocumentAdded::at).or(() -> event(DocumentTokenized.class)
                .map(DocumentTokenized::at));
    }

    public <E extends DocumentEvent> Optional<E> event(Class<E> kind) {
        return Optional.ofNullable(latest.get(Event.typeOf(kind)))
                .map(Recorded::event)
                .map(kind::cast);
    }

    /// Whether it happened to the document as it was added last.
    private boolean holds(Class<? extends DocumentEvent> kind, Instant added) {
        Instant when = when(kind);
        return when.isAfter(Instant.MIN) && !when.isBefore(added);
    }

    private Instant when(Class<? extends DocumentEvent> kind) {
        var recorded = latest.get(Event.typeOf(kind));
        return recorded == null ? Instant.MIN : happenedAt(recorded);
    }

    private static Instant happenedAt(Recorded<DocumentEvent> recorded) {
        return switch (recorded.event()) {
            case DocumentAdded e -> e.at();
            case DocumentRemoved e -> e.at();
            case DocumentTokenized _, DocumentIndexed _, DocumentRejected _ -> recorded.at();
        };
    }
}
