package dev.cm3leon.retriever;

import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.objectstore.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/// Remembers, across restarts and instances, when documents were removed. Additions and removals come on two topics,
/// each perhaps twice, so either can arrive after the other although it happened before.
record Tombstones(ObjectStore store) {

    /// @param removed when the document was last removed
    /// @param added when it was last added after that, or `removed` when it was not
    private record Tombstone(Instant removed, Instant added) {

        byte[] bytes() {
            return (removed + " " + added).getBytes(StandardCharsets.US_ASCII);
        }

        static Tombstone of(byte[] bytes) {
            String[] times = new String(bytes, StandardCharsets.US_ASCII).split(" ");
            return new Tombstone(Instant.parse(times[0]), Instant.parse(times[1]));
        }
    }

    /// Notes a removal.
    ///
    /// @return whether it still counts: false when the document was added again since
    boolean bury(String document, Instant removed) {
        Optional<Tombstone> known = find(document);
        if (known.isPresent() && known.get().added().isAfter(removed)) return false;
        if (!buries(document, removed)) put(document, new Tombstone(removed, removed));
        return true;
    }

    /// Whether a document added at that time may go in: it was not removed since. If it was removed before, that it
    /// is here again is noted.
    boolean admits(String document, Instant added) {
        Optional<Tombstone> known = find(document);
        if (known.isEmpty()) return true;
        if (!known.get().removed().isBefore(added)) return false;
        if (added.isAfter(known.get().added()))
            put(document, new Tombstone(known.get().removed(), added));
        return true;
    }

    /// Whether a document added at that time was removed since.
    boolean buries(String document, Instant added) {
        return find(document).filter(known -> !known.removed().isBefore(added)).isPresent();
    }

    private Optional<Tombstone> find(String document) {
        return store.get(key(document)).map(Tombstone::of);
    }

    private void put(String document, Tombstone tombstone) {
        store.put(key(document), tombstone.bytes(), "text/plain");
    }

    /// By digest, since an id may have any characters.
    private static String key(String document) {
        return "documents/removed/" + ContentKey.sha256(document.getBytes(StandardCharsets.UTF_8));
    }
}
