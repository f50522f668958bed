package dev.cm3leon.gateway;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.Evidence;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.GenerationCompleted;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import dev.cm3leon.events.GenerationEvent.RankedCandidate;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.SearchEvent.Found;
import dev.cm3leon.gateway.intake.NewGeneration.PartBody;
import dev.cm3leon.gateway.intake.NewGeneration.SamplingBody;
import dev.cm3leon.gateway.state.GenerationState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A generation as people see it.
///
/// @param parts the document as it was asked for, images by their keys: with `sampling`, `seed`, `model` and the
///     evidence it can be asked for again
/// @param position how many jobs are before this one, 0 once it is being generated
/// @param candidates the best first, once they are ranked; before, as they were sampled
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GenerationView(
        String id,
        GenerationState.Status status,
        @Nullable String prompt,
        @Nullable String model,
        @Nullable Long seed,
        @Nullable List<PartBody> parts,
        @Nullable SamplingBody sampling,
        @JsonProperty("created_at") @Nullable Instant createdAt,
        @JsonProperty("finished_at") @Nullable Instant finishedAt,
        @Nullable Integer position,
        @Nullable ProgressView progress,
        List<EvidenceView> evidence,
        List<CandidateView> candidates,
        List<String> warnings,
        @JsonProperty("unknown_words") List<String> unknownWords,
        @JsonProperty("cancel_requested") boolean cancelRequested,
        @Nullable FailureView failure,
        Map<String, String> links) {

    /// @param position tokens decoded of each candidate
    /// @param total tokens to decode, at the most
    record ProgressView(
            int position,
            int total,
            @JsonProperty("tokens_per_second") double tokensPerSecond,
            @JsonProperty("eta_seconds") double etaSeconds) {
        public static ProgressView of(GenerationProgress p, int candidates) {
            double left = (double) Math.max(0, p.total() - p.position()) * candidates;
            double eta = p.tokensPerSecond() > 0 ? left / p.tokensPerSecond() : 0;
            return new ProgressView(p.position(), p.total(), round(p.tokensPerSecond(), 10), round(eta, 100));
        }
    }

    /// A document that was found.
    public record EvidenceView(
            String document,
            double score,
            @Nullable String text,
            @Nullable ImageView image,
            @JsonProperty("matched_terms") List<String> matchedTerms) {
        public static EvidenceView of(Evidence e) {
            return new EvidenceView(e.document(), e.score(), e.text(), ImageView.of(e.image()), e.matchedTerms());
        }

        static EvidenceView of(Found f) {
            return new EvidenceView(f.document(), f.score(), f.text(), ImageView.of(f.image()), f.matchedTerms());
        }
    }

    /// @param contrast log p with the prompt minus log p without it, per token
    /// @param clip cosine of image and prompt
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record CandidateView(
            @Nullable Integer rank,
            int index,
            Decoding decoding,
            @Nullable String text,
            @Nullable ImageView image,
            double contrast,
            @Nullable Double clip,
            @Nullable Double score) {
        public static CandidateView of(RankedCandidate c) {
            return new CandidateView(
                    c.rank(),
                    c.index(),
                    c.decoding(),
                    c.text(),
                    ImageView.of(c.image()),
                    c.contrast(),
                    c.clip(),
                    c.score());
        }
    }

    /// Why a job gave no result.
    record FailureView(String step, String reason) {}

    /// An image of the store and where it can be looked at.
    public record ImageView(String key, String url) {
        public static @Nullable ImageView of(@Nullable ObjectRef image) {
            return image == null ? null : new ImageView(image.key(), "/v1/objects/" + image.key());
        }
    }

    /// @param ahead counts the jobs that asked earlier and are not done
    public static GenerationView of(GenerationState state, IntSupplier ahead) {
        GenerationRequest request = state.request().orElse(null);
        var retrieved = state.latest(EvidenceRetrieved.class);
        var failed = state.latest(GenerationFailed.class);
        var cancelled = state.latest(GenerationCancelled.class);
        var status = state.status();
        List<String> unknownWords =
                retrieved.map(EvidenceRetrieved::unknownWords).orElse(List.of());
        boolean waits = status.compareTo(GenerationState.Status.GENERATING) < 0;
        FailureView failure = null;
        if (status == GenerationState.Status.FAILED) {
            failure = failed.map(f -> new FailureView(f.step(), f.reason())).orElse(null);
        } else if (status == GenerationState.Status.CANCELLED) {
            failure = cancelled.map(c -> new FailureView(c.step(), "cancelled")).orElse(null);
        }
        return new GenerationView(
                state.id(),
                status,
                request == null ? null : promptOf(request),
                state.model().orElse(null),
                request == null ? null : request.seed(),
                request == null
                        ? null
                        : request.parts().stream().map(PartBody::of).toList(),
                request == null ? null : SamplingBody.of(request.sampling()),
                state.startedAt().orElse(null),
                status.isFinal() ? state.steps().getLast().at() : null,
                status.isFinal() ? null : (waits ? ahead.getAsInt() : 0),
                state.latest(GenerationProgress.class)
                        .map(p -> ProgressView.of(p, request == null ? 1 : request.candidates()))
                        .orElse(null),
                retrieved.map(EvidenceRetrieved::evidence).orElse(List.of()).stream()
                        .map(EvidenceView::of)
                        .toList(),
                candidates(state),
                warnings(unknownWords),
                unknownWords,
                state.cancelRequested(),
                failure,
                links(state.id()));
    }

    static Map<String, String> links(String id) {
        String self = "/v1/generations/" + id;
        return Map.of("self", self, "events", self + "/events", "timeline", self + "/timeline");
    }

    /// The given text of a request, holes and images shown as marks.
    static String promptOf(GenerationRequest request) {
        return request.parts().stream()
                .map(part -> switch (part) {
                    case Part.Text text -> text.text().strip();
                    case Part.Image _, Part.Region _ -> "[image]";
                    case Part.Hole hole -> hole == request.parts().getLast() ? "" : "[…]";
                })
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining(" "));
    }

    private static List<CandidateView> candidates(GenerationState state) {
        var completed = state.latest(GenerationCompleted.class);
        if (completed.isPresent()) {
            return completed.get().candidates().stream().map(CandidateView::of).toList();
        }
        return state.latest(CandidatesDecoded.class).map(CandidatesDecoded::candidates).orElse(List.of()).stream()
                .map(c -> new CandidateView(
                        null,
                        c.index(),
                        c.decoding(),
                        c.text(),
                        ImageView.of(c.image()),
                        c.logLikelihood() - c.unconditionalLogLikelihood(),
                        null,
                        null))
                .toList();
    }

    private static List<String> warnings(List<String> unknownWords) {
        if (unknownWords.isEmpty()) return List.of();
        return List.of("the model has never seen: " + String.join(", ", unknownWords)
                + ". It will draw something all the same; add a document that shows what is meant.");
    }

    private static double round(double value, double parts) {
        return Math.round(value * parts) / parts;
    }
}
