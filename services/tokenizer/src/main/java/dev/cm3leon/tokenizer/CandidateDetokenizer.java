package dev.cm3leon.tokenizer;

import dev.cm3leon.documents.Prompt;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Candidate;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.SampledCandidates;
import dev.cm3leon.events.SampledCandidates.Sampled;
import dev.cm3leon.objectstore.ObjectStore;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Turns the ids that were sampled back into text and pixels.
final class CandidateDetokenizer {

    static final String STEP = "decode";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final TokenizerModel model;
    private final ObjectStore store;

    CandidateDetokenizer(TokenizerModel model, ObjectStore store) {
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
        String after = textAfterHole(generated.request().parts());
        return new CandidatesDecoded(
                generated.request(),
                generated.model(),
                candidates.candidates().stream()
                        .map(candidate -> decode(candidate, prompt, after))
                        .toList());
    }

    private Candidate decode(Sampled sampled, Prompt prompt, String after) {
        int[] ids = sampled.ids().stream().mapToInt(Integer::intValue).toArray();
        @Nullable String words = null;
        @Nullable ObjectRef image = null;
        for (PromptPart part : prompt.target().fill(ids, model.vocabulary())) {
            if (part instanceof PromptPart.Text written)
                words = withoutWhatFollows(model.text().decode(written.ids()).strip(), after);
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

    /// The given text that a text hole stands before, or nothing.
    private static String textAfterHole(List<Part> parts) {
        for (int i = 1; i < parts.size(); i++) {
            if (parts.get(i - 1).equals(new Part.Hole(Modality.TEXT)) && parts.get(i) instanceof Part.Text(String text))
                return text.strip();
        }
        return "";
    }

    /// An answer without whole words at its end that the text after it begins with: "red jacket" before "jacket" is
    /// "red".
    private static String withoutWhatFollows(String answer, String after) {
        for (int at = 0; at < answer.length(); at++) {
            String end = answer.substring(at);
            if (after.startsWith(end) && isBetweenWords(answer, at) && isBetweenWords(after, end.length()))
                return answer.substring(0, at).strip();
        }
        return answer;
    }

    private static boolean isBetweenWords(String text, int at) {
        return at == 0
                || at == text.length()
                || !Character.isLetterOrDigit(text.charAt(at - 1))
                || !Character.isLetterOrDigit(text.charAt(at));
    }

    private static GenerationFailed gone(CandidatesGenerated generated, ObjectRef object) {
        return new GenerationFailed(
                generated.generation(), STEP, "the object is gone: " + object.key(), generated.model());
    }
}
