package dev.cm3leon.gateway;

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
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.gateway.intake.NewGeneration;
import dev.cm3leon.gateway.state.GenerationState;
import dev.cm3leon.gateway.state.Recorded;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Every step of a job: who did it, from what, to what, and how long it took.
public record TimelineView(String id, GenerationState.Status status, List<Step> steps) {

    /// @param eventId the CloudEvents id
    /// @param sincePrevious milliseconds since the step before
    /// @param sinceStart milliseconds since the first step
    public record Step(
            @JsonProperty("event_id") String eventId,
            String type,
            String service,
            Instant at,
            @JsonProperty("milliseconds_since_previous") double sincePrevious,
            @JsonProperty("milliseconds_since_start") double sinceStart,
            Map<String, @Nullable Object> inputs,
            Map<String, @Nullable Object> outputs) {}

    public static TimelineView of(GenerationState state) {
        return new TimelineView(
                state.id(),
                state.status(),
                state.steps().stream().map(step -> step(state, step)).toList());
    }

    static Step step(GenerationState state, Recorded<GenerationEvent> step) {
        Instant start = state.startedAt().orElse(step.at());
        int place = state.steps().indexOf(step);
        Instant previous = place > 0 ? state.steps().get(place - 1).at() : start;
        return new Step(
                step.id(),
                step.event().type(),
                step.source(),
                step.at(),
                milliseconds(previous, step.at()),
                milliseconds(start, step.at()),
                inputs(step.event()),
                outputs(step.event()));
    }

    private static Map<String, @Nullable Object> inputs(GenerationEvent event) {
        return switch (event) {
            case GenerationRequested _ -> map();
            case EvidenceRetrieved e ->
                map(
                        "text", e.request().text(),
                        "documents", e.request().documents(),
                        "given", e.request().givenDocuments());
            case PromptTokenized e -> map("parts", parts(e.request()));
            case GenerationProgress e -> map("total", e.total());
            case CandidatesGenerated e ->
                map(
                        "seed", e.request().seed(),
                        "candidates", e.request().candidates(),
                        "sampling", NewGeneration.SamplingBody.of(e.request().sampling()));
            case CandidatesDecoded e -> map("model", e.model());
            case GenerationCompleted e -> map("model", e.model(), "seed", e.seed());
            case GenerationFailed e -> map("step", e.step());
            case GenerationCancelRequested _ -> map();
            case GenerationCancelled e -> map("step", e.step());
        };
    }

    private static Map<String, @Nullable Object> outputs(GenerationEvent event) {
        return switch (event) {
            case GenerationRequested e ->
                map(
                        "parts", parts(e.request()),
                        "model", e.request().model(),
                        "seed", e.request().seed(),
                        "candidates", e.request().candidates(),
                        "deadline", e.request().deadline());
            case EvidenceRetrieved e ->
                map(
                        "documents",
                        e.evidence().stream()
                                .map(GenerationView.EvidenceView::of)
                                .toList(),
                        "index_version",
                        e.indexVersion(),
                        "unknown_words",
                        e.unknownWords());
            case PromptTokenized e ->
                map(
                        "streams", object(e.streams()),
                        "model", e.model(),
                        "prompt_tokens", e.promptTokens(),
                        "new_tokens", e.newTokens());
            case GenerationProgress e ->
                map("position", e.position(), "tokens_per_second", e.tokensPerSecond(), "model", e.model());
            case CandidatesGenerated e ->
                map("candidates", object(e.candidates()), "decode_seconds", e.decodeSeconds(), "model", e.model());
            case CandidatesDecoded e ->
                map(
                        "candidates",
                        e.candidates().stream()
                                .map(c -> map(
                                        "index", c.index(),
                                        "text", c.text(),
                                        "image", GenerationView.ImageView.of(c.image()),
                                        "log_likelihood", c.logLikelihood(),
                                        "unconditional_log_likelihood", c.unconditionalLogLikelihood()))
                                .toList());
            case GenerationCompleted e ->
                map(
                        "candidates",
                        e.candidates().stream()
                                .map(GenerationView.CandidateView::of)
                                .toList());
            case GenerationFailed e -> map("reason", e.reason());
            case GenerationCancelRequested e -> map("at", e.at());
            case GenerationCancelled _ -> map();
        };
    }

    private static List<Map<String, @Nullable Object>> parts(GenerationRequest request) {
        return request.parts().stream()
                .map(part -> switch (part) {
                    case Part.Text p -> map("type", "text", "text", p.text());
                    case Part.Image p -> map("type", "image", "image", object(p.image()));
                    case Part.Region p -> map("type", "region", "image", object(p.image()), "region", p.region());
                    case Part.Hole p -> map("type", "hole", "modality", p.modality());
                })
                .toList();
    }

    private static Map<String, @Nullable Object> object(ObjectRef object) {
        return map("key", object.key(), "media_type", object.mediaType(), "bytes", object.bytes());
    }

    private static Map<String, @Nullable Object> map(@Nullable Object... namesAndValues) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return map;
    }

    private static double milliseconds(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1000 / 1000.0;
    }
}
