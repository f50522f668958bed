package dev.cm3leon.retriever;

import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.objectstore.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/// Remembers, across restarts and instances, when documents were removed: events of one document come on two topics, so an
/// addition can arrive after the removal that followed it.
record Tombstones(ObjectStore store) {

    /// The latest removal counts.
    void remember(String document, Instant removed) {
        if (buries(document, removed)) return;
        store.put(key(document), removed.toString().getBytes(StandardCharsets.UTF_8), "text/plain");
    }

    /// Whether a document added at that time was removed since.
    boolean buries(String document, Instant added) {
        return removedAt(document).filter(removed -> !removed.isBefore(added)).isPresent();
    }

    private Optional<Instant> removedAt(String document) {
        return store.get(key(document)).map(bytes -> Instant.parse(new String(bytes, StandardCharsets.UTF_8)));
    }

    /// By digest, since an id may have any characters.
    private static String key(String document) {
        return "documents/removed/" + ContentKey.sha256(document.getBytes(StandardCharsets.UTF_8));
    }
}
