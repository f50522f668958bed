package dev.cm3leon.tokenizer;

import dev.cm3leon.documents.Prompt;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Candidate;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.SampledCandidates;
import dev.cm3leon.events.SampledCandidates.Sampled;
import dev.cm3leon.objectstore.ObjectStore;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Turns the ids that were sampled back into text and pixels.
final class CandidateDecoder {

    static final String STEP = "decode";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final TokenizerModel model;
    private final ObjectStore store;

    CandidateDecoder(TokenizerModel model, ObjectStore store) {
        this.model = model;
        this.store = store;
    }

    /// [CandidatesDecoded], or [GenerationFailed] when what it refers to is gone.
    GenerationEvent decode(CandidatesGenerated generated) {
        byte[] candidatesJson = store.get(generated.candidates().key()).orElse(null);
        if (candidatesJson == null) return gone(generated, generated.candidates());
        SampledCandidates candidates = JSON.readValue(candidatesJson, SampledCandidates.class);
        byte[] promptJson = store.get(candidates.streams().key()).orElse(null);
        if (promptJson == null) return gone(generated, candidates.streams());
        Prompt prompt = JSON.readValue(promptJson, Prompt.class);
        return new CandidatesDecoded(
                generated.request(),
                generated.model(),
                candidates.candidates().stream()
                        .map(candidate -> decode(candidate, prompt))
                        .toList());
    }

    private Candidate decode(Sampled sampled, Prompt prompt) {
        int[] ids = sampled.ids().stream().mapToInt(Integer::intValue).toArray();
        @Nullable String words = null;
        @Nullable ObjectRef image = null;
        for (PromptPart part : prompt.target().fill(ids, model.vocabulary())) {
            if (part instanceof PromptPart.Text written)
                words = model.text().decode(written.ids()).strip();
            if (part instanceof PromptPart.Image drawn) image = model.images().put(drawn.codes());
        }
        return new Candidate(
                sampled.index(),
                sampled.decoding(),
                words,
                image,
                sampled.logLikelihood(),
                sampled.unconditionalLogLikelihood());
    }

    private static GenerationFailed gone(CandidatesGenerated generated, ObjectRef object) {
        return new GenerationFailed(
                generated.generation(), STEP, "the object is gone: " + object.key(), generated.model());
    }
}
