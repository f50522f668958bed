package dev.cm3leon.reranker;

import dev.cm3leon.events.GenerationEvent.Candidate;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.GenerationCompleted;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.reranker.Ranking.Judged;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Judges the candidates of a job and puts the best first.
final class Reranker {

    private final Similarity similarity;

    Reranker(Similarity similarity) {
        this.similarity = similarity;
    }

    /// The cosine of a text and a stored image, in CLIP's space.
    @FunctionalInterface
    interface Similarity {
        double between(String text, ObjectRef image);
    }

    GenerationCompleted rank(CandidatesDecoded decoded) {
        GenerationRequest request = decoded.request();
        String prompt = request.text();
        List<Judged> judged = decoded.candidates().stream()
                .map(candidate -> new Judged(candidate, clip(prompt, candidate)))
                .toList();
        return new GenerationCompleted(request.generation(), decoded.model(), request.seed(), Ranking.rank(judged));
    }

    /// How well the image that was drawn fits the text that was given, or the text that was written with it.
    private @Nullable Double clip(String prompt, Candidate candidate) {
        String text = prompt.isBlank() ? candidate.text() : prompt;
        if (candidate.image() == null || text == null || text.isBlank()) return null;
        return similarity.between(text, candidate.image());
    }
}
