package dev.cm3leon.gateway;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.gateway.GenerationView.ProgressView;
import dev.cm3leon.gateway.intake.Bodies;
import dev.cm3leon.gateway.intake.DocumentIntake;
import dev.cm3leon.gateway.intake.NewGeneration;
import dev.cm3leon.gateway.intake.ServedModels;
import dev.cm3leon.gateway.log.LogReader;
import dev.cm3leon.gateway.log.Publisher;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.DocumentState;
import dev.cm3leon.gateway.state.GenerationState;
import dev.cm3leon.gateway.state.PlatformState;
import dev.cm3leon.gateway.state.Recorded;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
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

/// Documents to be completed: asked for, watched, looked into, cancelled.
@RestController
@RequestMapping("/v1/generations")
@Tag(name = "generations")
class GenerationController {

    /// What the gateways call jobs.
    static final Pattern OWN_ID = Pattern.compile("[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final Bodies bodies;
    private final PlatformState state;
    private final Publisher publisher;
    private final Needs needs;
    private final ServedModels models;
    private final StreamController streams;
    private final LogReader log;
    private final GatewayProperties properties;
    private final InstantSource clock;
    private final Once once = new Once();

    GenerationController(
            Bodies bodies,
            PlatformState state,
            Publisher publisher,
            Needs needs,
            ServedModels models,
            StreamController streams,
            LogReader log,
            GatewayProperties properties,
            InstantSource clock) {
        this.bodies = bodies;
        this.state = state;
        this.publisher = publisher;
        this.needs = needs;
        this.models = models;
        this.streams = streams;
        this.log = log;
        this.properties = properties;
        this.clock = clock;
    }

    /// What a stream of one job carries with each event.
    ///
    /// @param picture the image so far, a data URL
    record Told(
            TimelineView.Step event,
            @Nullable ProgressView progress,
            @Nullable String picture,
            GenerationView generation) {}

    record Accepted(String id, GenerationState.Status status, Map<String, String> links) {}

    record Recent(List<GenerationView> generations) {}

    @PostMapping
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(
            summary = "Ask for a document to be completed",
            requestBody =
                    @RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = NewGeneration.class))))
    ResponseEntity<Accepted> submit(
            InputStream body, @RequestHeader(name = Once.HEADER, required = false) @Nullable String key)
            throws IOException, InterruptedException {
        NewGeneration wanted = bodies.read(body, NewGeneration.class);
        String id = Once.id(key, properties.tenant());
        once.alone(id, () -> askFor(key, id, wanted));
        var status = find(id).status();
        return ResponseEntity.accepted()
                .location(URI.create("/v1/generations/" + id))
                .body(new Accepted(id, status, GenerationView.links(id)));
    }

    private void askFor(@Nullable String key, String id, NewGeneration wanted) throws InterruptedException {
        var before = Once.before(key, id, log, state.generations, "generation").flatMap(GenerationState::request);
        if (before.isEmpty()) {
            GenerationRequest request = models.check(wanted, id, clock.instant());
            request.givenDocuments().forEach(this::requireDocument);
            needs.check();
            publisher.publish(new GenerationRequested(request, clock.instant()));
        } else if (!sameWish(before.get(), wanted)) {
            throw Refusal.conflict("this Idempotency-Key was used for another request: " + id);
        }
    }

    @GetMapping
    @Operation(summary = "The latest jobs, newest first")
    Recent recent(@RequestParam(name = "limit", defaultValue = "20") int limit) {
        return new Recent(Lists.latest(
                state.generations.all(),
                job -> job.isOf(properties.tenant()),
                GenerationState::startedAt,
                limit,
                this::view));
    }

    @GetMapping("/{id}")
    @Operation(summary = "One job: status, progress, evidence, candidates")
    GenerationView get(@PathVariable("id") String id) {
        return view(find(id));
    }

    @GetMapping("/{id}/timeline")
    @Operation(summary = "Every step of a job, with inputs, outputs and times")
    TimelineView timeline(@PathVariable("id") String id) {
        return TimelineView.of(find(id));
    }

    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @Operation(summary = "What happens to a job, past and to come, as server-sent events")
    ResponseEntity<SseEmitter> events(
            @PathVariable("id") String id,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastSeen) {
        find(id);
        return streams.open(state.generations, this::items, GenerationState::isFinal, id, lastSeen);
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(summary = "Ask for a job to be stopped")
    GenerationView cancel(@PathVariable("id") String id) {
        GenerationState job = find(id);
        if (job.isFinal() && job.status() != GenerationState.Status.CANCELLED) {
            throw Refusal.over("generation", id, job.status());
        }
        if (!job.isFinal()) publisher.publish(new GenerationCancelRequested(id, clock.instant()));
        return view(find(id));
    }

    /// A document that is given can be found, with all that a prompt takes of it. Of one that the gateway has forgotten
    /// the index knows.
    private void requireDocument(String id) {
        DocumentState document =
                log.find(state.documents, id, DocumentIntake.ID).orElse(null);
        boolean there =
                document == null ? state.documents.hasForgotten(id) : document.status() != DocumentState.Status.REMOVED;
        if (!there || !state.sees(properties.tenant(), id)) throw Refusal.unknown("document", id);
        if (document != null) requireUsable(document);
    }

    private static void requireUsable(DocumentState document) {
        DocumentView view = DocumentView.of(document);
        if (view.status() == DocumentState.Status.REJECTED) {
            throw Refusal.conflict("document %s was rejected: %s".formatted(view.id(), view.reason()));
        }
        if (view.status() != DocumentState.Status.INDEXED) {
            throw Refusal.conflict("document %s is to be indexed first, it is %s"
                    .formatted(view.id(), view.status().name().toLowerCase(Locale.ROOT)));
        }
        if (document.content().isEmpty()) return;
        if (view.text() == null || view.text().isBlank()) throw lacking(view.id(), "text");
        if (view.image() == null) throw lacking(view.id(), "image");
    }

    private static Refusal lacking(String document, String what) {
        return Refusal.field(
                "retrieval.given",
                "retrieval.given is to have documents with text and image; %s has no %s".formatted(document, what));
    }

    private GenerationState find(String id) {
        return log.find(state.generations, id, OWN_ID)
                .filter(job -> job.isOf(properties.tenant()))
                .orElseThrow(() -> Refusal.unknown("generation", id));
    }

    private GenerationView view(GenerationState job) {
        return GenerationView.of(job, () -> state.ahead(job));
    }

    private List<EventStream.Item> items(GenerationState job) {
        return EventStream.Item.of(
                job.steps(),
                step -> GenerationState.isEnd(step.event()),
                step -> new Told(TimelineView.step(job, step), progress(job, step), picture(job, step), view(job)));
    }

    private static @Nullable ProgressView progress(GenerationState job, Recorded<GenerationEvent> step) {
        if (!(step.event() instanceof GenerationProgress told)) return null;
        return ProgressView.of(
                told, job.request().map(GenerationRequest::candidates).orElse(1));
    }

    private @Nullable String picture(GenerationState job, Recorded<GenerationEvent> step) {
        if (!(step.event() instanceof GenerationProgress told) || told.codes().isEmpty()) return null;
        String drawnBy = job.model().orElse(null);
        if (drawnBy == null) return null;
        int[] codes = told.codes().stream().mapToInt(Integer::intValue).toArray();
        try {
            byte[] png = models.use(drawnBy, model -> model.paint().apply(codes));
            return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
        } catch (Refusal gone) {
            return null;
        }
    }

    /// Whether a body asks again for what a job is: of the model that the job was given, whatever serves now. The
    /// deadline depends on when it was asked.
    private boolean sameWish(GenerationRequest a, NewGeneration again) {
        String pinned = a.model(), asked = again.model();
        if (pinned != null && asked != null && !pinned.equals(asked) && !pinned.startsWith(asked + "@")) return false;
        GenerationRequest b = pinned == null
                ? models.check(again, a.generation(), clock.instant())
                : models.check(again, pinned, a.generation(), clock.instant());
        return a.parts().equals(b.parts())
                && a.sampling().equals(b.sampling())
                && a.candidates() == b.candidates()
                && a.documents() == b.documents()
                && a.givenDocuments().equals(b.givenDocuments())
                && Objects.equals(a.filter(), b.filter())
                && a.seed() == b.seed();
    }
}
