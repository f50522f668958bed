package dev.cm3leon.retriever;

import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.vectorindex.VectorIndex;

/// The search of the jobs of one model: the index is everybody's, which words are rare is the model's.
record ModelSearch(HybridSearch search) implements AutoCloseable {

    /// @param indexed tells the CLIP whose vectors the index holds
    /// @throws ModelFormatException when the model has another CLIP: its vectors mean nothing to this index
    static ModelSearch of(ModelBundle bundle, String indexed, VectorIndex index, HybridSearch.TextEncoder encoder) {
        if (!bundle.clip().equals(indexed)) {
            throw new ModelFormatException("need a model with the CLIP of the index, %s, got %s of %s"
                    .formatted(indexed, bundle.clip(), bundle.id()));
        }
        return new ModelSearch(new HybridSearch(index, encoder, new RareWords(bundle.words())));
    }

    @Override
    public void close() {}
}
