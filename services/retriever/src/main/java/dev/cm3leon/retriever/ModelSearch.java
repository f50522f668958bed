package dev.cm3leon.retriever;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;

/// The search of the jobs of one model: the index and its CLIP are everybody's, which words are rare is the model's.
record ModelSearch(Clips clips, RareWords words) implements AutoCloseable {

    /// What the retriever says.
    GenerationEvent retrieve(GenerationRequested requested, RetrieverProperties properties) {
        return new Retriever(clips.searched().search(words), properties).retrieve(requested);
    }

    @Override
    public void close() {}
}
