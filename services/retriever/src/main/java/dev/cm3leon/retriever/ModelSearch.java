package dev.cm3leon.retriever;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.SearchEvent;
import dev.cm3leon.events.SearchEvent.SearchRequested;

/// The search of the jobs of one model: the index and its CLIP are everybody's, which words are rare is the model's.
record ModelSearch(Clips clips, RareWords words) implements AutoCloseable {

    /// What the retriever says.
    GenerationEvent retrieve(GenerationRequested requested, RetrieverProperties properties) {
        return new Retriever(clips.searched().search(words), properties).retrieve(requested);
    }

    /// What people who look into the bank are told.
    SearchEvent answer(SearchRequested requested) {
        return new Searches(clips.searched().search(words)).answer(requested);
    }

    @Override
    public void close() {}
}
