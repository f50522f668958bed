package dev.cm3leon.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.events.JobRequest;
import dev.cm3leon.events.TrainingEvent.TrainingCancelRequested;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionRequested;
import dev.cm3leon.gateway.intake.Bodies;
import dev.cm3leon.gateway.log.LogReader;
import dev.cm3leon.gateway.log.Publisher;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.PlatformState;
import dev.cm3leon.gateway.state.TrainingState;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Training runs: asked for, watched, cancelled.
@RestController
@RequestMapping("/v1/training-runs")
@Tag(name = "training runs")
class TrainingController {

    private static final int MAX_CONFIGURATION = 32_000; // bytes, twice that with every quote escaped
    private static final JsonMapper JSON = new JsonMapper();

    private final Bodies bodies;
    private final PlatformState state;
    private final Publisher publisher;
    private final StreamController streams;
    private final LogReader log;
    private final GatewayProperties properties;
    private final InstantSource clock;
    private final Once once = new Once();

    TrainingController(
            Bodies bodies,
            PlatformState state,
            Publisher publisher,
            StreamController streams,
            LogReader log,
            GatewayProperties properties,
            InstantSource clock) {
        this.bodies = bodies;
        this.state = state;
        this.publisher = publisher;
        this.streams = streams;
        this.log = log;
        this.properties = properties;
        this.clock = clock;
    }

    /// @param configuration the name of a configuration that is shipped, e.g. `demo`, or a whole one
    /// @param job what the run asks of a cluster, see [JobRequest]; may also be a field of the configuration
    record NewTrainingRun(
            @Nullable JsonNode configuration, @Nullable JsonNode job) {}

    record Accepted(String id, TrainingState.Status status, Map<String, String> links) {}

    record Recent(
            @com.fasterxml.jackson.annotation.JsonProperty("training_runs")
            List<TrainingView> trainingRuns) {}

    @PostMapping
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(
            summary = "Ask for a training run",
            requestBody =
                    @RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = NewTrainingRun.class))))
    ResponseEntity<Accepted> submit(
            InputStream body, @RequestHeader(name = Once.HEADER, required = false) @Nullable String key)
            throws IOException {
        NewTrainingRun wanted = bodies.read(body, NewTrainingRun.class);
        JsonNode configuration = wanted.configuration();
        if (configuration == null || !(configuration.isString() || configuration.isObject())) {
            throw Refusal.field(
                    "configuration",
                    "configuration is to be a name, e.g. \"demo\", or an object, got " + configuration);
        }
        check(wanted.job());
        check(configuration.get("job"));
        String text = wanted.job() != null
                ? JSON.createObjectNode()
                        .<ObjectNode>set("configuration", configuration)
                        .set("job", wanted.job())
                        .toString()
                : configuration.isString() ? configuration.asString() : configuration.toString();
        int bytes = text.getBytes(UTF_8).length;
        if (text.isBlank() || bytes > MAX_CONFIGURATION) {
            throw Refusal.field(
                    "configuration",
                    "configuration is to have 1 to %d bytes, got %d".formatted(MAX_CONFIGURATION, bytes));
        }
        String id = Once.id(key, properties.tenant());
        once.alone(id, () -> askFor(key, id, text));
        TrainingView view = TrainingView.of(find(id));
        return ResponseEntity.accepted()
                .location(URI.create("/v1/training-runs/" + id))
                .body(new Accepted(id, view.status(), view.links()));
    }

    private void askFor(@Nullable String key, String id, String configuration) {
        var before = Once.before(key, id, log, state.trainingRuns, "training run")
                .flatMap(run -> run.latest(TrainingRequested.class));
        if (before.isEmpty()) {
            publisher.publish(new TrainingRequested(id, properties.tenant(), configuration, clock.instant()));
        } else if (!before.get().configuration().equals(configuration)) {
            throw Refusal.conflict("this Idempotency-Key was used for another run: " + id);
        }
    }

    @GetMapping
    @Operation(summary = "The latest runs, newest first")
    Recent recent(@RequestParam(name = "limit", defaultValue = "20") int limit) {
        return new Recent(Lists.latest(
                state.trainingRuns.all(),
                run -> run.isOf(properties.tenant()),
                TrainingState::startedAt,
                limit,
                run -> TrainingView.of(run).brief()));
    }

    @GetMapping("/{id}")
    @Operation(summary = "One run: stage, step, loss curve, time left")
    TrainingView get(@PathVariable("id") String id) {
        return TrainingView.of(find(id));
    }

    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @Operation(summary = "What happens to a run, past and to come, as server-sent events")
    ResponseEntity<SseEmitter> events(
            @PathVariable("id") String id,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastSeen) {
        find(id);
        return streams.open(state.trainingRuns, TrainingController::items, TrainingState::isFinal, id, lastSeen);
    }

    @PostMapping("/{id}/suspend")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(summary = "Ask a run to leave its machines for a while")
    TrainingView suspend(@PathVariable("id") String id) {
        return changeSuspension(id, true);
    }

    @PostMapping("/{id}/resume")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(summary = "Let a suspended run go on from its last checkpoint")
    TrainingView resume(@PathVariable("id") String id) {
        return changeSuspension(id, false);
    }

    private TrainingView changeSuspension(String id, boolean suspend) {
        TrainingState run = find(id);
        if (run.isFinal()) {
            throw Refusal.over("training run", id, run.status());
        }
        publisher.publish(new TrainingSuspensionRequested(id, suspend, clock.instant()));
        return TrainingView.of(find(id)).brief();
    }

    private static void check(@Nullable JsonNode job) {
        if (job == null) return;
        if (!job.isObject()) throw Refusal.field("job", "job is to be an object, got " + job);
        try {
            JobRequest.of(JSON.convertValue(job, new TypeReference<Map<String, @Nullable Object>>() {}));
        } catch (IllegalArgumentException e) {
            throw Refusal.field("job", String.valueOf(e.getMessage()));
        }
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(summary = "Ask for a run to be stopped")
    TrainingView cancel(@PathVariable("id") String id) {
        TrainingState run = find(id);
        if (run.isFinal() && run.status() != TrainingState.Status.CANCELLED) {
            throw Refusal.over("training run", id, run.status());
        }
        if (!run.isFinal()) publisher.publish(new TrainingCancelRequested(id, clock.instant()));
        return TrainingView.of(find(id)).brief();
    }

    /// The event itself, and what is known of the run.
    record Told(dev.cm3leon.events.TrainingEvent event, Instant at, TrainingView run) {}

    private static List<EventStream.Item> items(TrainingState run) {
        return EventStream.Item.of(
                run.everything(),
                told -> TrainingState.isEnd(told.event()),
                told -> new Told(told.event(), told.at(), TrainingView.of(run).brief()));
    }

    private TrainingState find(String id) {
        return log.find(state.trainingRuns, id, GenerationController.OWN_ID)
                .filter(run -> run.isOf(properties.tenant()))
                .orElseThrow(() -> Refusal.unknown("training run", id));
    }
}
