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
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// What is known of one document of the memory bank: the latest event of each type. A document can be removed and added
/// again under the same id, so times decide, not the order in which events come: first that of the addition which an
/// event is about, then its own. What does not tell its addition is of before all did.
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
    private static final Comparator<Recorded<DocumentEvent>> LATER = Comparator.comparing(
                    DocumentState::tellsItsAddition)
            .thenComparing(DocumentState::version)
            .thenComparing(Recorded::at);

    public DocumentState {
        latest = Map.copyOf(latest);
    }

    static DocumentState unknown(String id) {
        return new DocumentState(id, Map.of());
    }

    /// The state after one more event.
    static DocumentState apply(DocumentState state, Recorded<DocumentEvent> next) {
        Map<String, Recorded<DocumentEvent>> latest = new HashMap<>(state.latest);
        latest.merge(next.event().type(), next, (a, b) -> LATER.compare(b, a) > 0 ? b : a);
        var added = latest.get(ADDED);
        if (added != null) latest.computeIfPresent(TOKENIZED, (_, tokenized) -> light(tokenized, added));
        return new DocumentState(state.id, latest);
    }

    /// Once DocumentAdded is known, DocumentTokenized keeps its own times and shares the rest, so that nothing is held
    /// twice.
    private static Recorded<DocumentEvent> light(Recorded<DocumentEvent> tokenized, Recorded<DocumentEvent> added) {
        DocumentAdded whole = (DocumentAdded) added.event();
        var event = new DocumentTokenized(whole.content(), "", version(tokenized));
        return new Recorded<>(added.id(), added.source(), tokenized.at(), event);
    }

    public Status status() {
        Instant added = latest.containsKey(ADDED) ? version(latest.get(ADDED)) : Instant.MIN;
        if (latest(DocumentRemoved.class, added).isPresent()) return Status.REMOVED;
        var indexed = latest(DocumentIndexed.class, added);
        var rejected = latest(DocumentRejected.class, added);
        if (rejected.isPresent()
                && indexed.filter(in -> LATER.compare(in, rejected.get()) >= 0).isEmpty()) return Status.REJECTED;
        if (indexed.isPresent()) return Status.INDEXED;
        return latest(DocumentTokenized.class, added).isPresent() ? Status.TOKENIZED : Status.ADDED;
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

    /// What happened to the document as it was added last.
    private Optional<Recorded<DocumentEvent>> latest(Class<? extends DocumentEvent> kind, Instant added) {
        return Optional.ofNullable(latest.get(Event.typeOf(kind)))
                .filter(recorded -> !version(recorded).isBefore(added));
    }

    private static boolean tellsItsAddition(Recorded<DocumentEvent> recorded) {
        return switch (recorded.event()) {
            case DocumentAdded _, DocumentRemoved _, DocumentTokenized _ -> true;
            case DocumentIndexed e -> e.at() != null;
            case DocumentRejected e -> e.at() != null;
        };
    }

    /// When the document was added that an event is about, or removed; of one that does not tell, when it was told.
    private static Instant version(Recorded<DocumentEvent> recorded) {
        return switch (recorded.event()) {
            case DocumentAdded e -> e.at();
            case DocumentRemoved e -> e.at();
            case DocumentTokenized e -> e.at();
            case DocumentIndexed e -> Objects.requireNonNullElse(e.at(), recorded.at());
            case DocumentRejected e -> Objects.requireNonNullElse(e.at(), recorded.at());
        };
    }
}
