package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What can happen to one generation, in the usual order.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface GenerationEvent extends Event {

    String generation();

    @Override
    default String subject() {
        return generation();
    }

    /// Somebody wants a document completed. The gateway writes it; anybody may put one on the topic.
    @JsonTypeName("generation-requested.v1")
    record GenerationRequested(GenerationRequest request, Instant at) implements GenerationEvent {
        public GenerationRequested {
            Objects.requireNonNull(request, "request is missing");
            Objects.requireNonNull(at, "at is missing");
        }

        @Override
        public String generation() {
            return request.generation();
        }
    }

    /// The retriever chose the documents to condition on; none when retrieval is off or found nothing.
    ///
    /// @param indexVersion of the index searched, empty when retrieval is off
    /// @param unknownWords of the prompt: neither known to the model nor found in a chosen document
    @JsonTypeName("evidence-retrieved.v1")
    record EvidenceRetrieved(
            GenerationRequest request, List<Evidence> evidence, String indexVersion, List<String> unknownWords)
            implements GenerationEvent {
        public EvidenceRetrieved {
            Objects.requireNonNull(request, "request is missing");
            evidence = List.copyOf(Objects.requireNonNull(evidence, "evidence is missing"));
            unknownWords = List.copyOf(Objects.requireNonNull(unknownWords, "unknownWords is missing"));
        }

        @Override
        public String generation() {
            return request.generation();
        }
    }

    /// The tokenizer laid out the id streams (conditional, unconditional), kept as one object.
    ///
    /// @param streams the object that holds them
    /// @param promptTokens length of the conditional stream
    /// @param newTokens the most tokens a candidate can get
    @JsonTypeName("prompt-tokenized.v1")
    record PromptTokenized(GenerationRequest request, String model, ObjectRef streams, int promptTokens, int newTokens)
            implements GenerationEvent {
        public PromptTokenized {
            Objects.requireNonNull(request, "request is missing");
            Objects.requireNonNull(model, "model is missing");
            Objects.requireNonNull(streams, "streams is missing");
        }

        @Override
        public String generation() {
            return request.generation();
        }
    }

    /// How far decoding is.
    ///
    /// @param position tokens decoded of each candidate
    /// @param total tokens to decode of each candidate, at the most
    /// @param tokensPerSecond over all candidates of this job
    /// @param codes image codes of the first candidate so far; empty for text
    /// @param model `name@version` that decodes; null in events of earlier versions
    @JsonTypeName("generation-progress.v1")
    record GenerationProgress(
            String generation,
            int position,
            int total,
            double tokensPerSecond,
            List<Integer> codes,
            @Nullable String model)
            implements GenerationEvent {
        public GenerationProgress {
            Objects.requireNonNull(generation, "generation is missing");
            codes = List.copyOf(Objects.requireNonNull(codes, "codes is missing"));
        }

        @Override
        public String occurrence() {
            return Integer.toString(position);
        }
    }

    /// The generator sampled every candidate; ids and log-likelihoods are kept as one object.
    @JsonTypeName("candidates-generated.v1")
    record CandidatesGenerated(GenerationRequest request, String model, ObjectRef candidates, double decodeSeconds)
            implements GenerationEvent {
        public CandidatesGenerated {
            Objects.requireNonNull(request, "request is missing");
            Objects.requireNonNull(model, "model is missing");
            Objects.requireNonNull(candidates, "candidates is missing");
        }

        @Override
        public String generation() {
            return request.generation();
        }
    }

    /// The tokenizer turned ids back into text and pixels.
    @JsonTypeName("candidates-decoded.v1")
    record CandidatesDecoded(GenerationRequest request, String model, List<Candidate> candidates)
            implements GenerationEvent {
        public CandidatesDecoded {
            Objects.requireNonNull(request, "request is missing");
            Objects.requireNonNull(model, "model is missing");
            candidates = List.copyOf(Objects.requireNonNull(candidates, "candidates is missing"));
        }

        @Override
        public String generation() {
            return request.generation();
        }
    }

    /// Done: candidates in order, the best first.
    @JsonTypeName("generation-completed.v1")
    record GenerationCompleted(String generation, String model, long seed, List<RankedCandidate> candidates)
            implements GenerationEvent {
        public GenerationCompleted {
            Objects.requireNonNull(generation, "generation is missing");
            Objects.requireNonNull(model, "model is missing");
            candidates = List.copyOf(Objects.requireNonNull(candidates, "candidates is missing"));
        }
    }

    /// Given up, with the step and the reason.
    ///
    /// @param model `name@version` that was to draw it; null in events of earlier versions
    @JsonTypeName("generation-failed.v1")
    record GenerationFailed(
            String generation,
            String step,
            String reason,
            @Nullable String model) implements GenerationEvent {
        public GenerationFailed {
            Objects.requireNonNull(generation, "generation is missing");
        }
    }

    /// Somebody wants the job stopped.
    @JsonTypeName("generation-cancel-requested.v1")
    record GenerationCancelRequested(String generation, Instant at) implements GenerationEvent {
        public GenerationCancelRequested {
            Objects.requireNonNull(generation, "generation is missing");
        }
    }

    /// The job was stopped; says where.
    ///
    /// @param model `name@version` that was to draw it; null in events of earlier versions
    @JsonTypeName("generation-cancelled.v1")
    record GenerationCancelled(
            String generation, String step, @Nullable String model) implements GenerationEvent {
        public GenerationCancelled {
            Objects.requireNonNull(generation, "generation is missing");
        }
    }

    /// One retrieved document.
    ///
    /// @param score cosine of the query and the document's vector
    /// @param matchedTerms rare words of the prompt that the document's text has
    record Evidence(String document, double score, String text, ObjectRef image, List<String> matchedTerms) {
        public Evidence {
            matchedTerms = List.copyOf(matchedTerms);
        }
    }

    /// What one candidate became: text, an image, or both.
    ///
    /// @param index of the candidate, which also numbers its random stream
    /// @param decoding the way it was sampled
    /// @param logLikelihood mean log p of a token with the prompt
    /// @param unconditionalLogLikelihood mean log p of a token without it
    record Candidate(
            int index,
            Decoding decoding,
            @Nullable String text,
            @Nullable ObjectRef image,
            double logLikelihood,
            double unconditionalLogLikelihood) {}

    /// A candidate and why it stands where it stands.
    ///
    /// @param contrast log p with the prompt minus log p without it, per token
    /// @param clip cosine of image and prompt, null when there is no image or no text to compare
    record RankedCandidate(
            int rank,
            int index,
            Decoding decoding,
            @Nullable String text,
            @Nullable ObjectRef image,
            double contrast,
            @Nullable Double clip,
            double score) {}
}
