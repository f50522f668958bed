package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.vectorindex.Terms;
import dev.cm3leon.vectorindex.VectorIndex;
import dev.cm3leon.vectorindex.VectorIndex.Entry;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/// Keeps the index: a document's vector is the mean of its text's and its image's, each of length 1, made length 1
/// again (CM3Leon section 2.1).
final class Indexer {

    static final String STEP = "index";

    private final VectorIndex index;
    private final DocumentEncoder encoder;
    private final Tombstones tombstones;
    private final Lock lock = new ReentrantLock();

    Indexer(VectorIndex index, DocumentEncoder encoder, Tombstones tombstones) {
        this.index = index;
        this.encoder = encoder;
        this.tombstones = tombstones;
    }

    /// A document to a vector of length 1.
    interface DocumentEncoder {
        float[] encode(Document document);
    }

    /// A term that finds one document. [Terms#of] makes none with a colon.
    static String idTerm(String document) {
        return "id:" + document;
    }

    /// Puts documents into the index, all together; the last of an id counts. Documents removed since they were added
    /// stay out and give no event.
    List<DocumentEvent> index(List<DocumentTokenized> tokenized) {
        Map<String, DocumentTokenized> latest = new LinkedHashMap<>();
        tokenized.forEach(event -> latest.put(event.document(), event));
        List<DocumentEvent> events = new ArrayList<>();
        List<Entry> entries = new ArrayList<>();
        for (DocumentTokenized event : latest.values()) {
            if (!tombstones.admits(event.document(), event.at())) continue;
            try {
                entries.add(entry(event.content()));
            } catch (UncheckedIOException e) {
                throw e; // trying again may help
            } catch (RuntimeException e) {
                events.add(new DocumentRejected(event.document(), STEP, Objects.toString(e.getMessage())));
            }
        }
        lock.lock();
        try {
            put(entries, latest, events);
        } finally {
            lock.unlock();
        }
        return events;
    }

    private void put(List<Entry> encoded, Map<String, DocumentTokenized> latest, List<DocumentEvent> events) {
        List<Entry> entries = encoded.stream() // encoding takes its time
                .filter(entry -> !tombstones.buries(
                        entry.id(),
                        Objects.requireNonNull(latest.get(entry.id())).at()))
                .toList();
        if (entries.isEmpty()) return;
        index.upsert(entries);
        Set<String> removedMeanwhile = new LinkedHashSet<>();
        for (Entry entry : entries) {
            if (tombstones.buries(
                    entry.id(), Objects.requireNonNull(latest.get(entry.id())).at())) {
                removedMeanwhile.add(entry.id());
            } else {
                events.add(new DocumentIndexed(entry.id(), index.version()));
            }
        }
        if (!removedMeanwhile.isEmpty()) index.delete(removedMeanwhile);
    }

    /// Takes a document out, for good unless it is added again later. The tombstone comes first: whoever puts the
    /// document in afterwards sees it.
    void remove(DocumentRemoved removed) {
        if (!tombstones.bury(removed.document(), removed.at())) return;
        lock.lock(); // what is being put in now saw no tombstone
        try {
            index.delete(Set.of(removed.document()));
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
