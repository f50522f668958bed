package dev.cm3leon.retriever;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.retriever.HybridSearch.PictureEncoder;
import dev.cm3leon.retriever.HybridSearch.TextEncoder;
import dev.cm3leon.retriever.Indexer.DocumentEncoder;
import dev.cm3leon.vectorindex.Bank;

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

    static Clip of(ModelBundle bundle, Bank bank, ObjectStore store, DocumentLog log) {
        ClipEncoder encoder = bundle.openClipEncoder();
        var documents = new ClipDocuments(encoder, store, Images.DEFAULT);
        return new Clip(
                bundle.clip(),
                bundle.clipEmbedding(),
                bank,
                encoder::encode,
                documents::image,
                documents,
                new Indexer(bank, documents, new Tombstones(store), log),
                encoder::close);
    }

    /// What adds to the bank.
    ///
    /// @throws java.io.UncheckedIOException where the index that is searched is not this CLIP's
    Indexer adding() {
        bank.requireSearched();
        return indexer;
    }

    HybridSearch search(RareWords words) {
        return new HybridSearch(bank, texts, pictures, words);
    }

    @Override
    public void close() {
        closing.run();
    }
}
