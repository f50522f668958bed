package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.retriever.HybridSearch.PictureEncoder;
import dev.cm3leon.retriever.HybridSearch.TextEncoder;
import dev.cm3leon.retriever.Indexer.DocumentEncoder;
import dev.cm3leon.vectorindex.Bank;
import java.util.List;

/// A CLIP, and the bank as it sees it.
///
/// @param digest of the CLIP's files
/// @param dimension of its vectors
/// @param indexer adds to the bank while the index that is searched is this CLIP's, and takes out of all indexes
record Clip(
        String digest,
        int dimension,
        Bank bank,
        TextEncoder texts,
        PictureEncoder pictures,
        DocumentEncoder documents,
        Indexer indexer,
        Runnable closing)
        implements AutoCloseable {

    static Clip of(ModelBundle bundle, Bank bank, ObjectStore store) {
        ClipEncoder encoder = bundle.openClipEncoder();
        var documents = new ClipDocuments(encoder, store, Images.DEFAULT);
        return new Clip(
                bundle.clip(),
                bundle.clipConfig().embedding(),
                bank,
                encoder::encode,
                documents::image,
                documents,
                new Indexer(bank, documents, new Tombstones(store)),
                encoder::close);
    }

    /// Puts documents into the bank.
    ///
    /// @throws java.io.UncheckedIOException before anything is encoded where the index that is searched is
    /// not this CLIP's
    List<DocumentEvent> index(List<DocumentTokenized> documents) {
        bank.requireSearched();
        return indexer.index(documents);
    }

    HybridSearch search(RareWords words) {
        return new HybridSearch(bank, texts, pictures, words);
    }

    @Override
    public void close() {
        closing.run();
    }
}
