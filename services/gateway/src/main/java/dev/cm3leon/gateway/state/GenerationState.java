package dev.cm3leon.gateway.state;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.GenerationCompleted;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationEvent.PromptTokenized;
import dev.cm3leon.events.GenerationRequest;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What is known of one generation: its events, each once, in order of time. Everything else is read off them.
///
/// Topics are read side by side, so an event may come before its cause; the order in which they come makes no
/// difference to the state.
public record GenerationState(String id, List<Recorded<GenerationEvent>> steps) implements History<GenerationEvent> {

    /// In the usual order. A job has the last status that its events say, and keeps a final one.
    public enum Status {
        @JsonProperty("queued")
        QUEUED,
        @JsonProperty("retrieving")
        RETRIEVING,
        @JsonProperty("tokenizing")
        TOKENIZING,
        @JsonProperty("generating")
        GENERATING,
        @JsonProperty("decoding")
        DECODING,
        @JsonProperty("ranking")
        RANKING,
        @JsonProperty("failed")
        FAILED,
        @JsonProperty("cancelled")
        CANCELLED,
        @JsonProperty("completed")
        COMPLETED;

        public boolean isFinal() {
            return compareTo(FAILED) >= 0;
        }
    }

    /// The order of events told in the same instant.
    private static final Comparator<Recorded<GenerationEvent>> ORDER =
            Comparator.<Recorded<GenerationEvent>, Instant>comparing(Recorded::at)
                    .thenComparing(step -> rank(step.event()))
                    .thenComparing(Recorded::id);

    public GenerationState {
        steps = List.copyOf(steps);
    }

    public static GenerationState unknown(String id) {
        return new GenerationState(id, List.of());
    }

    /// The state after one more event; the same state when it was told before.
    public static GenerationState apply(GenerationState state, Recorded<GenerationEvent> next) {
        List<Recorded<GenerationEvent>> steps = History.with(state.steps, next, ORDER);
        if (steps == state.steps) return state;
        GenerationState after = new GenerationState(state.id, steps);
        return after.isFinal() ? after.withoutPartialCodes() : after;
    }

    public Status status() {
        return steps.stream()
                .map(step -> statusAfter(step.event()))
                .max(Comparator.naturalOrder())
                .orElse(Status.QUEUED);
    }

    public boolean isFinal() {
        return status().isFinal();
    }

    public static boolean isEnd(GenerationEvent event) {
        return statusAfter(event).isFinal();
    }

    /// The request, which travels in most events; none until one of those came.
    public Optional<GenerationRequest> request() {
        return steps.stream().flatMap(step -> requestOf(step.event()).stream()).findFirst();
    }

    @Override
    public Optional<String> tenant() {
        return request().map(GenerationRequest::tenant);
    }

    /// `name@version` that drew it or was to; none until an event named one.
    public Optional<String> model() {
        return steps.reversed().stream()
                .flatMap(step -> modelOf(step.event()).stream())
                .findFirst();
    }

    public boolean cancelRequested() {
        return latest(GenerationCancelRequested.class).isPresent();
    }

    /// Partial pictures are of no use once the whole one is there, and they are most of what a job weighs.
    private GenerationState withoutPartialCodes() {
        Stream<Recorded<GenerationEvent>> light = steps.stream().map(step -> switch (step.event()) {
            case GenerationProgress p
            when !p.codes().isEmpty() ->
                new Recorded<>(
                        step.id(),
                        step.source(),
                        step.at(),
                        new GenerationProgress(
                                p.generation(), p.position(), p.total(), p.tokensPerSecond(), List.of(), p.model()));
            default -> step;
        });
        return new GenerationState(id, light.toList());
    }

    private static Status statusAfter(GenerationEvent event) {
        return switch (event) {
            case GenerationRequested e when wantsDocuments(e.request()) -> Status.RETRIEVING;
            case GenerationRequested _ -> Status.QUEUED;
            case EvidenceRetrieved _ -> Status.TOKENIZING;
            case PromptTokenized _, GenerationProgress _ -> Status.GENERATING;
            case CandidatesGenerated _ -> Status.DECODING;
            case CandidatesDecoded _ -> Status.RANKING;
            case GenerationCompleted _ -> Status.COMPLETED;
            case GenerationFailed _ -> Status.FAILED;
            case GenerationCancelRequested _ -> Status.QUEUED;
            case GenerationCancelled _ -> Status.CANCELLED;
        };
    }

    private static boolean wantsDocuments(GenerationRequest request) {
        return request.documents() > 0 || !request.givenDocuments().isEmpty();
    }

    private static Optional<GenerationRequest> requestOf(GenerationEvent event) {
        return switch (event) {
            case GenerationRequested e -> Optional.of(e.request());
            case EvidenceRetrieved e -> Optional.of(e.request());
            case PromptTokenized e -> Optional.of(e.request());
            case CandidatesGenerated e -> Optional.of(e.request());
            case CandidatesDecoded e -> Optional.of(e.request());
            case GenerationProgress _,
                    GenerationCompleted _,
                    GenerationFailed _,
                    GenerationCancelRequested _,
                    GenerationCancelled _ -> Optional.empty();
        };
    }

    private static Optional<String> modelOf(GenerationEvent event) {
        return switch (event) {
            case GenerationProgress e -> Optional.ofNullable(e.model());
            case GenerationCompleted e -> Optional.of(e.model());
            case GenerationFailed e -> Optional.ofNullable(e.model());
            case GenerationCancelled e -> Optional.ofNullable(e.model());
            case PromptTokenized e -> Optional.of(e.model());
            case CandidatesGenerated e -> Optional.of(e.model());
            case CandidatesDecoded e -> Optional.of(e.model());
            case GenerationRequested e -> Optional.ofNullable(e.request().model());
            case EvidenceRetrieved e -> Optional.ofNullable(e.request().model());
            case GenerationCancelRequested _ -> Optional.empty();
        };
    }

    private static int rank(GenerationEvent event) {
        return switch (event) {
            case GenerationRequested _ -> 0;
            case GenerationCancelRequested _ -> 1;
            case EvidenceRetrieved _ -> 2;
            case PromptTokenized _ -> 3;
            case GenerationProgress _ -> 4;
            case CandidatesGenerated _ -> 5;
            case CandidatesDecoded _ -> 6;
            case GenerationCompleted _, GenerationFailed _, GenerationCancelled _ -> 7;
        };
    }
}
