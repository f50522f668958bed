package dev.cm3leon.retriever;

import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.objectstore.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Remembers, across restarts and instances, when documents were added and removed. Additions and removals come on two
/// topics, each perhaps twice, so any of them can arrive after another although it happened before. And while one
/// instance takes a document out, none puts it in, or the deletion might take a version that came after the removal.
record Tombstones(ObjectStore store) {

    /// So long a deletion counts as under way whose end nobody notes, as of an instance that was killed.
    private static final Duration LONGEST_DELETION = Duration.ofMinutes(2);

    /// @param removed when the document was last removed, [Instant#MIN] for never
    /// @param added when it was last added after that, or `removed` when it was not
    /// @param deleting until when somebody may be taking it out of the index, [Instant#MIN] for nobody
    private record Tombstone(Instant removed, Instant added, Instant deleting) {

        byte[] bytes() {
            return (removed + " " + added + " " + deleting).getBytes(StandardCharsets.US_ASCII);
        }

        /// Those of before deletions were noted have two times.
        static Tombstone of(byte[] bytes) {
            String[] times = new String(bytes, StandardCharsets.US_ASCII).split(" ");
            return new Tombstone(
                    Instant.parse(times[0]),
                    Instant.parse(times[1]),
                    times.length < 3 ? Instant.MIN : Instant.parse(times[2]));
        }

        boolean isBeingDeleted() {
            return deleting.isAfter(Instant.now());
        }
    }

    /// A document that is to be taken out of the index now, before [#ended].
    ///
    /// @param until as it is noted, which tells it from others
    record Deletion(String document, Instant until) {}

    /// Somebody else takes the document out just now: trying again will help.
    static final class BeingDeleted extends UncheckedIOException {
        private static final long serialVersionUID = 1;

        private BeingDeleted(String document) {
            super(new IOException("document " + document + " is being taken out of the index"));
        }
    }

    /// Notes a removal and that its deletion begins.
    ///
    /// @return null where it does not count: the document was added again since
    @Nullable
    Deletion bury(String document, Instant removed) {
        while (true) {
            Found found = find(document);
            Tombstone known = found.tombstone();
            if (known != null && known.added().isAfter(removed)) return null;
            Instant last = known == null || known.removed().isBefore(removed) ? removed : known.removed();
            Deletion deletion = begun(document, found, last);
            if (deletion != null) return deletion;
        }
    }

    /// Notes that the deletion of a document begins that may be in the index although it was removed.
    ///
    /// @return null where it was never removed, or added since
    /// @throws BeingDeleted while somebody else deletes it
    @Nullable
    Deletion deletion(String document) {
        while (true) {
            Found found = find(document);
            Tombstone known = found.tombstone();
            if (known == null || !known.removed().equals(known.added())) return null;
            if (known.isBeingDeleted()) throw new BeingDeleted(document);
            Deletion deletion = begun(document, found, known.removed());
            if (deletion != null) return deletion;
        }
    }

    private @Nullable Deletion begun(String document, Found found, Instant removed) {
        Instant until = Instant.now().plus(LONGEST_DELETION);
        boolean noted = replaced(document, found, new Tombstone(removed, removed, until));
        return noted ? new Deletion(document, until) : null;
    }

    /// The document is out.
    void ended(Deletion deletion) {
        while (true) {
            Found found = find(deletion.document);
            Tombstone known = found.tombstone();
            if (known == null || !known.deleting().equals(deletion.until)) return; // there is another one by now
            var over = new Tombstone(known.removed(), known.added(), Instant.MIN);
            if (replaced(deletion.document, found, over)) return;
        }
    }

    /// Notes an addition.
    ///
    /// @return whether it may go in: it is not [#superseded]
    /// @throws BeingDeleted while somebody deletes what was there before
    boolean admits(String document, Instant added) {
        while (true) {
            Found found = find(document);
            Tombstone known = found.tombstone();
            if (superseded(known, added)) return false;
            if (known != null && known.isBeingDeleted()) throw new BeingDeleted(document);
            if (known != null && known.added().equals(added)) return true;
            Instant removed = known == null ? Instant.MIN : known.removed();
            if (replaced(document, found, new Tombstone(removed, added, Instant.MIN))) return true;
        }
    }

    /// Whether a document added at that time was removed or added anew since.
    boolean superseded(String document, Instant added) {
        return superseded(find(document).tombstone(), added);
    }

    private static boolean superseded(@Nullable Tombstone known, Instant added) {
        return known != null && (!known.removed().isBefore(added) || added.isBefore(known.added()));
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
