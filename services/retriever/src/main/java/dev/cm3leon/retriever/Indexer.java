package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.retriever.Tombstones.Deletion;
import dev.cm3leon.vectorindex.IndexGone;
import dev.cm3leon.vectorindex.Terms;
import dev.cm3leon.vectorindex.VectorIndex;
import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import dev.cm3leon.vectorindex.VectorIndex.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the index of the documents that there are.
final class Indexer {

    static final String STEP = "index";

    private static final Logger log = LoggerFactory.getLogger(Indexer.class);

    private final VectorIndex index;
    private final DocumentEncoder encoder;
    private final Tombstones tombstones;
    private final DocumentLog history;
    private final Lock lock = new ReentrantLock();
    private final Set<String> overtaken = ConcurrentHashMap.newKeySet();

    /// @param history has every version of every document
    Indexer(VectorIndex index, DocumentEncoder encoder, Tombstones tombstones, DocumentLog history) {
        this.index = index;
        this.encoder = encoder;
        this.tombstones = tombstones;
        this.history = history;
    }

    /// A document to its vectors.
    interface DocumentEncoder {
        Embedding encode(Document document);
    }

    /// A term that finds one document. [Terms#of] makes none with a colon.
    static String idTerm(String document) {
        return "id:" + document;
    }

    /// Puts documents into the index, all together; of an id the one that was added last counts. Documents removed or
    /// added anew since they were added stay out and give no event. Where the index refuses many, each is tried by
    /// itself: one document's fault is not the others'.
    List<DocumentEvent> index(List<DocumentTokenized> documents) {
        try {
            List<DocumentEvent> events = together(documents);
            events.addAll(newestOfOvertaken());
            return events;
        } catch (UncheckedIOException | IndexGone e) {
            throw e;
        } catch (RuntimeException e) {
            refuseWhereStopped(e);
            if (documents.size() > 1) {
                log.warn("the index refuses {} documents together: {}", documents.size(), e.getMessage());
                return documents.stream()
                        .flatMap(one -> index(List.of(one)).stream())
                        .toList();
            }
            DocumentTokenized refused = documents.getFirst();
            log.error("the index refuses document {}", refused.document(), e);
            return List.of(rejected(refused, e));
        }
    }

    private List<DocumentEvent> together(List<DocumentTokenized> tokenized) {
        Map<String, DocumentTokenized> latest = new LinkedHashMap<>();
        for (DocumentTokenized event : tokenized) { // an old one may come again behind a newer one
            latest.merge(event.document(), event, Indexer::later);
        }
        List<DocumentEvent> events = new ArrayList<>();
        List<Entry> entries = new ArrayList<>();
        List<String> superseded = new ArrayList<>();
        for (DocumentTokenized event : latest.values()) {
            if (tombstones.superseded(event.document(), event.at())) {
                superseded.add(event.document());
                continue;
            }
            try {
                entries.add(entry(event.content()));
            } catch (UncheckedIOException e) {
                throw e; // trying again may help
            } catch (RuntimeException e) {
                refuseWhereStopped(e);
                events.add(rejected(event, e));
            }
        }
        lock.lock();
        try {
            put(entries, latest, events);
            deleteRemoved(superseded);
        } finally {
            lock.unlock();
        }
        return events;
    }

    private static DocumentRejected rejected(DocumentTokenized refused, RuntimeException e) {
        return new DocumentRejected(refused.document(), STEP, Objects.toString(e.getMessage()), refused.at());
    }

    /// What fails in a thread that is to stop is no document's fault.
    private static void refuseWhereStopped(RuntimeException e) {
        if (Thread.currentThread().isInterrupted()) throw new UncheckedIOException("stopped", new IOException(e));
    }

    /// Only what is encoded is noted as added: what cannot be leaves the version before it valid.
    private void put(List<Entry> encoded, Map<String, DocumentTokenized> latest, List<DocumentEvent> events) {
        List<Entry> entries = encoded.stream()
                .filter(entry -> tombstones.admits(
                        entry.id(),
                        Objects.requireNonNull(latest.get(entry.id())).at()))
                .toList();
        if (entries.isEmpty()) return;
        index.upsert(entries);
        Set<String> removedMeanwhile = new LinkedHashSet<>();
        for (Entry entry : entries) {
            Instant added = Objects.requireNonNull(latest.get(entry.id())).at();
            if (tombstones.buries(entry.id(), added)) removedMeanwhile.add(entry.id());
            else if (tombstones.superseded(entry.id(), added)) overtaken.add(entry.id());
            else events.add(new DocumentIndexed(entry.id(), index.version(), added));
        }
        deleteRemoved(removedMeanwhile);
    }

    /// Another instance noted a newer version of these and may have put it in before the older one came here: after a
    /// rebalance who had a partition may still be writing. So the newest is put in once more. Where the
    /// history cannot be read now, they are remembered until it can.
    private List<DocumentEvent> newestOfOvertaken() {
        List<DocumentEvent> events = new ArrayList<>();
        while (!overtaken.isEmpty()) {
            Set<String> asked = Set.copyOf(overtaken);
            Map<String, DocumentTokenized> newest = new LinkedHashMap<>();
            history.read(DocumentLog.Place.BEGINNING, some -> {
                for (DocumentTokenized one : some)
                    if (asked.contains(one.document())) newest.merge(one.document(), one, Indexer::later);
            });
            overtaken.removeAll(asked);
            try {
                events.addAll(together(List.copyOf(newest.values())));
            } catch (UncheckedIOException | IndexGone e) {
                overtaken.addAll(asked);
                throw e;
            }
        }
        return events;
    }

    private static DocumentTokenized later(DocumentTokenized known, DocumentTokenized next) {
        return next.at().isBefore(known.at()) ? known : next;
    }

    /// Those that were removed and not added since. Whoever put one in may have been killed before it could see that.
    private void deleteRemoved(Collection<String> superseded) {
        delete(superseded.stream()
                .map(tombstones::deletion)
                .filter(Objects::nonNull)
                .toList());
    }

    private void delete(List<Deletion> deletions) {
        if (deletions.isEmpty()) return;
        index.delete(deletions.stream().map(Deletion::document).collect(Collectors.toSet()));
        deletions.forEach(tombstones::ended);
    }

    /// Takes a document out, for good unless it was or is added again later. The tombstone comes first: whoever puts
    /// the document in afterwards sees it.
    void remove(DocumentRemoved removed) {
        lock.lock(); // a later addition must not come in between, of another instance neither: [Tombstones]
        try {
            Deletion deletion = tombstones.bury(removed.document(), removed.at());
            if (deletion != null) delete(List.of(deletion));
        } finally {
            lock.unlock();
        }
    }

    private Entry entry(Document document) {
        String text = document.text() == null || document.text().isBlank() ? null : document.text();
        Set<String> terms = new LinkedHashSet<>(Set.of(idTerm(document.id())));
        if (text != null) {
            Terms.of(text).stream()
                    .filter(word -> word.getBytes(StandardCharsets.UTF_8).length <= Entry.LONGEST_TEXT)
                    .limit(Entry.MOST_TERMS - 1)
                    .forEach(terms::add);
        }
        return new Entry(
                document.id(),
                encoder.encode(document),
                document.tenant(),
                text != null,
                document.image() != null,
                terms,
                Objects.requireNonNullElse(document.licence(), ""),
                new Payload(text, document.image()).json());
    }
}
