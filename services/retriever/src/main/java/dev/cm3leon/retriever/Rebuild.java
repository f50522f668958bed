package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.IndexEvent;
import dev.cm3leon.events.IndexEvent.IndexRebuildFailed;
import dev.cm3leon.events.IndexEvent.IndexRebuildProgress;
import dev.cm3leon.events.IndexEvent.IndexRebuildRequested;
import dev.cm3leon.events.IndexEvent.IndexRebuilt;
import dev.cm3leon.retriever.DocumentLog.Place;
import dev.cm3leon.vectorindex.Bank;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// How each of the [Rebuilds] is done: builds the index anew from the log of documents, for the CLIP that it is to be
/// made for, beside the one that is searched, and lets it take its place (docs/decisions, "The bank is rebuilt beside
/// the old one").
final class Rebuild {

    private static final Duration TELLS = Duration.ofSeconds(1);
    private static final Duration BEING_DELETED = Duration.ofMillis(100); // between two looks at a document that is

    private final Clips clips;
    private final DocumentLog log;
    private final Tombstones tombstones;

    Rebuild(Clips clips, DocumentLog log, Tombstones tombstones) {
        this.clips = clips;
        this.log = log;
        this.tombstones = tombstones;
    }

    /// [IndexRebuilt], or [IndexRebuildFailed] with the reason. What was cut short behind its switch is ended: while an
    /// index is left beside the one that is searched, that may lack what others wrote to the old one.
    ///
    /// @param progress is told of it about once a second
    /// @throws UncheckedIOException when something cannot be reached: trying again, from the beginning, may help
    /// @throws IllegalStateException when it cannot be done now, as for want of room
    /// @throws InterruptedException when the thread is
    IndexEvent run(IndexRebuildRequested requested, Consumer<IndexRebuildProgress> progress)
            throws InterruptedException {
        long begun = System.nanoTime();
        Clip clip = clips.wanted();
        Bank bank = clip.bank();
        boolean switched = requested.reason() != null
                && bank.outdated().isEmpty()
                && !bank.name().equals(requested.index());
        if (switched && !bank.hasOthers()) { // another retriever asked for the same
            return new IndexRebuilt(requested.rebuild(), bank.version(), bank.size(), 0, 0);
        }
        Bank.Built built = switched ? bank.searched() : bank.build();
        var copy = new Copy(requested, clip, built, log.count(Place.BEGINNING), progress);
        try {
            if (!switched) {
                copy.catchUp();
                String reason = requested.evenIfSmaller() ? "" : lacking(bank, built, copy);
                if (!reason.isEmpty()) return new IndexRebuildFailed(requested.rebuild(), reason);
                bank.switchTo(built);
            }
            Thread.sleep(bank.settles()); // until then others may still write to the old index only
            copy.catchUp();
            bank.dropOthers();
        } finally {
            bank.dropUnlessSearched(built);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        return new IndexRebuilt(
                requested.rebuild(), built.index().version(), built.index().size(), copy.rejected.size(), seconds);
    }

    /// What is wrong with an index that has fewer documents than the one it is to replace, or than nobody can
    /// tell; empty when nothing is. What is added meanwhile comes from the log; what is removed just now may be
    /// in only one of them.
    private static String lacking(Bank bank, Bank.Built built, Copy copy) throws InterruptedException {
        for (int tries = 0; ; tries++) {
            long before;
            try {
                before = bank.size();
            } catch (UncheckedIOException e) {
                if (Thread.currentThread().isInterrupted()) throw e; // it is delivered again
                built.index().size(); // which shows that indexes can be reached
                return "the index that is searched cannot be counted, so it stays: " + e.getMessage();
            }
            copy.catchUp();
            long now = built.index().size();
            if (now >= before) return "";
            if (tries == 5) {
                return "the log gave %d documents (%d rejected), the index that is searched has %d: it stays"
                        .formatted(now, copy.rejected.size(), before);
            }
            Thread.sleep(200);
        }
    }

    /// From the log into the index that is built.
    private final class Copy {

        private final IndexRebuildRequested requested;
        private final Indexer indexer;
        private final Consumer<IndexRebuildProgress> progress;
        private final long total;
        private final Set<String> rejected = new HashSet<>();
        private Place place = Place.BEGINNING;
        private long read;
        private long told = System.nanoTime();

        private Copy(
                IndexRebuildRequested requested,
                Clip clip,
                Bank.Built built,
                long total,
                Consumer<IndexRebuildProgress> progress) {
            this.requested = requested;
            this.indexer = new Indexer(built.index(), clip.documents(), tombstones, log);
            this.total = total;
            this.progress = progress;
        }

        /// Does not begin again for a document that is being removed just now.
        private List<DocumentEvent> indexed(List<DocumentTokenized> documents) {
            while (true) {
                try {
                    return indexer.index(documents);
                } catch (Tombstones.BeingDeleted e) {
                    LockSupport.parkNanos(BEING_DELETED.toNanos());
                    if (Thread.currentThread().isInterrupted()) throw e; // it is delivered again
                }
            }
        }

        /// Reads on until nothing is left.
        private void catchUp() {
            do {
                place = log.read(place, this::take);
            } while (log.count(place) > 0);
        }

        private void take(List<DocumentTokenized> documents) {
            if (Thread.currentThread().isInterrupted()) {
                throw new UncheckedIOException(new IOException("stopped")); // it is delivered again
            }
            documents.forEach(document -> rejected.remove(document.document()));
            for (DocumentEvent event : indexed(documents)) {
                if (event instanceof DocumentRejected out) rejected.add(out.document());
            }
            read += documents.size();
            if (System.nanoTime() - told < TELLS.toNanos()) return;
            told = System.nanoTime();
            progress.accept(new IndexRebuildProgress(requested.rebuild(), read, Math.max(read, total)));
        }
    }
}
