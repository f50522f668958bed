package dev.cm3leon.retriever;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.vectorindex.VectorIndex;

/// The search of the jobs of one model: the index is everybody's, which words are rare is the model's.
///
/// @param model `name@version`
/// @param clip of the model
/// @param indexed the CLIP whose vectors the index holds
record ModelSearch(String model, String clip, String indexed, HybridSearch search) implements AutoCloseable {

    static ModelSearch of(ModelBundle bundle, String indexed, VectorIndex index, HybridSearch.TextEncoder encoder) {
        return new ModelSearch(
                bundle.id(), bundle.clip(), indexed, new HybridSearch(index, encoder, new RareWords(bundle.words())));
    }

    /// What the retriever says. A model with another CLIP than the index's finds nothing there: vectors of one mean
    /// nothing to the other, so its jobs may ask for no documents.
    GenerationEvent retrieve(GenerationRequested requested, RetrieverProperties properties) {
        if (!clip.equals(indexed) && requested.request().documents() > 0) {
            return new GenerationFailed(
                    requested.generation(),
                    Retriever.STEP,
                    "need a model with the CLIP of the index, %s, got %s of %s; without documents it can draw"
                            .formatted(indexed, clip, model),
                    model);
        }
        return new Retriever(search, properties).retrieve(requested);
    }

    @Override
    public void close() {}
}
