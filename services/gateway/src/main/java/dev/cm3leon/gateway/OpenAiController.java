package dev.cm3leon.gateway;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationCompleted;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationEvent.RankedCandidate;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.gateway.intake.Bodies;
import dev.cm3leon.gateway.intake.NewGeneration;
import dev.cm3leon.gateway.intake.NewImages;
import dev.cm3leon.gateway.intake.ServedModel;
import dev.cm3leon.gateway.intake.ServedModels;
import dev.cm3leon.gateway.log.Publisher;
import dev.cm3leon.gateway.problem.ProblemAdvice;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.GenerationState;
import dev.cm3leon.gateway.state.PlatformState;
import dev.cm3leon.objectstore.ObjectStore;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/// Images in OpenAI's form: the answer comes when they are there. Errors have OpenAI's form too.
@RestController
@Tag(name = "OpenAI")
class OpenAiController {

    private static final int MAX_IMAGES = 10;

    private final Bodies bodies;
    private final PlatformState state;
    private final Publisher publisher;
    private final Needs needs;
    private final ObjectStore store;
    private final ServedModels models;
    private final GatewayProperties properties;
    private final InstantSource clock;

    OpenAiController(
            Bodies bodies,
            PlatformState state,
            Publisher publisher,
            Needs needs,
            ObjectStore store,
            ServedModels models,
            GatewayProperties properties,
            InstantSource clock) {
        this.bodies = bodies;
        this.state = state;
        this.publisher = publisher;
        this.needs = needs;
        this.store = store;
        this.models = models;
        this.properties = properties;
        this.clock = clock;
    }

    record Images(long created, List<Image> data) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Image(
            @Nullable String url,
            @JsonProperty("b64_json") @Nullable String b64Json) {}

    record Failure(Error error) {}

    /// @param param the field at fault
    record Error(
            String message,
            String type,
            @Nullable String param,
            @Nullable String code) {}

    @PostMapping("/v1/images/generations")
    @Operation(
            summary = "Draw images and wait for them",
            requestBody =
                    @RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = NewImages.class))))
    Images generate(InputStream body) throws IOException, InterruptedException {
        NewImages wanted = bodies.read(body, NewImages.class);
        if (wanted.prompt() == null) throw Refusal.field("prompt", "prompt is missing");
        int n = Objects.requireNonNullElse(wanted.n(), 1);
        if (n < 1 || n > MAX_IMAGES) {
            throw Refusal.field("n", "n is to be from 1 to %d, got %d".formatted(MAX_IMAGES, n));
        }
        String id = UUID.randomUUID().toString();
        String drawnBy = models.modelOf(wanted.model(), id);
        String own = "%dx%<d".formatted(models.use(drawnBy, ServedModel::imageSize));
        oneOf("size", wanted.size(), Set.of("auto", own));
        oneOf("response_format", wanted.responseFormat(), Set.of("url", "b64_json"));
        oneOf("output_format", wanted.outputFormat(), Set.of("png"));

        int candidates =
                Math.max(n, models.use(drawnBy, model -> model.defaults().candidates()));
        var request = models.check(NewGeneration.of(wanted.prompt(), candidates, drawnBy), id, clock.instant());
        needs.check();
        publisher.publish(new GenerationRequested(request, clock.instant()));
        GenerationState job = state.generations
                .await(id, GenerationState::isFinal, properties.imagesWait())
                .orElseThrow();
        if (!job.isFinal()) {
            publisher.publish(new GenerationCancelRequested(id, clock.instant())); // nobody waits for it any more
            throw Refusal.unavailable("generation %s took longer than %s".formatted(id, properties.imagesWait()));
        }
        var completed = job.latest(GenerationCompleted.class)
                .orElseThrow(() -> new IllegalStateException("generation " + id + " gave no image: " + reason(job)));
        boolean inline = "b64_json".equals(wanted.responseFormat());
        List<Image> images = new ArrayList<>();
        for (RankedCandidate candidate : completed.candidates()) {
            ObjectRef image = candidate.image();
            if (image != null && images.size() < n) images.add(inline ? inline(image) : link(image));
        }
        return new Images(clock.instant().getEpochSecond(), images);
    }

    @ExceptionHandler
    ResponseEntity<Failure> refused(Refusal refusal) {
        String code =
                switch (refusal.status()) {
                    case 404 -> "model_not_found";
                    case 503 -> "service_unavailable";
                    default -> refusal.field() == null ? "invalid_request" : "invalid_value";
                };
        String type = refusal.status() >= 500 ? "server_error" : "invalid_request_error";
        String param = refusal.status() == 404 ? "model" : refusal.field();
        var response = ResponseEntity.status(refusal.status());
        if (refusal.status() == 503) response.header(HttpHeaders.RETRY_AFTER, ProblemAdvice.RETRY_AFTER);
        return response.body(new Failure(new Error(refusal.message(), type, param, code)));
    }

    @ExceptionHandler({UncheckedIOException.class, KafkaException.class})
    ResponseEntity<Failure> unreachable(RuntimeException failure) {
        return refused(Refusal.unavailable("something needed cannot be reached: " + failure.getMessage()));
    }

    @ExceptionHandler
    ResponseEntity<Failure> failed(IllegalStateException failure) {
        return ResponseEntity.internalServerError()
                .body(new Failure(
                        new Error(String.valueOf(failure.getMessage()), "server_error", null, "generation_failed")));
    }

    private Image inline(ObjectRef image) {
        byte[] bytes = store.get(image.key())
                .orElseThrow(() -> new IllegalStateException("the image is gone: " + image.key()));
        return new Image(null, Base64.getEncoder().encodeToString(bytes));
    }

    private static Image link(ObjectRef image) {
        String here =
                ServletUriComponentsBuilder.fromCurrentContextPath().build().toUriString();
        return new Image(here + "/v1/objects/" + image.key(), null);
    }

    private static String reason(GenerationState job) {
        return job.latest(GenerationFailed.class)
                .map(failed -> failed.step() + ": " + failed.reason())
                .orElse("cancelled");
    }

    private static void oneOf(String field, @Nullable String value, Set<String> allowed) {
        if (value == null || allowed.contains(value)) return;
        String all = String.join(", ", allowed.stream().sorted().toList());
        throw Refusal.field(field, "%s is to be one of %s, got \"%s\"".formatted(field, all, value));
    }
}
