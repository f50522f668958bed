package dev.cm3leon.retriever;

import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.objectstore.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Remembers, across restarts and instances, when documents were added and removed. Additions and removals come on two
/// topics, each perhaps twice, so any of them can arrive after another although it happened before.
record Tombstones(ObjectStore store) {

    /// @param removed when the document was last removed, [Instant#MIN] for never
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
        while (true) {
            Found found = find(document);
            Tombstone known = found.tombstone();
            if (known != null && known.added().isAfter(removed)) return false;
            if (known != null && !known.removed().isBefore(removed)) return true;
            if (replaced(document, found, new Tombstone(removed, removed))) return true;
        }
    }

    /// Notes an addition.
    ///
    /// @return whether it may go in: it is not [#superseded]
    boolean admits(String document, Instant added) {
        while (true) {
            Found found = find(document);
            Tombstone known = found.tombstone();
            if (superseded(known, added)) return false;
            if (known != null && known.added().equals(added)) return true;
            Instant removed = known == null ? Instant.MIN : known.removed();
            if (replaced(document, found, new Tombstone(removed, added))) return true;
        }
    }

    /// Whether a document added at that time was removed or added anew since.
    boolean superseded(String document, Instant added) {
        return superseded(find(document).tombstone(), added);
    }

    private static boolean superseded(@Nullable Tombstone known, Instant added) {
        return known != null && (!known.removed().isBefore(added) || added.isBefore(known.added()));
    }

    /// Whether a document was removed and not added since.
    boolean removed(String document) {
        Tombstone known = find(document).tombstone();
        return known != null && known.removed().equals(known.added());
    }

    /// Whether a document added at that time was removed since.
    boolean buries(String document, Instant added) {
        Tombstone known = find(document).tombstone();
        return known != null && !known.removed().isBefore(added);
    }

    /// What is there, as it was read.
    private record Found(byte @Nullable [] bytes, @Nullable Tombstone tombstone) {}

    private Found find(String document) {
        return store.get(key(document))
                .map(bytes -> new Found(bytes, Tombstone.of(bytes)))
                .orElse(new Found(null, null));
    }

    /// False when another one, on this instance or elsewhere, noted something since: it is to be decided again.
    private boolean replaced(String document, Found found, Tombstone next) {
        return store.replace(key(document), found.bytes(), next.bytes(), "text/plain");
    }

    /// By digest, since an id may have any characters.
    private static String key(String document) {
        return "documents/removed/" + ContentKey.sha256(document.getBytes(StandardCharsets.UTF_8));
    }
}
