package dev.cm3leon.gateway;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.GuidanceOn;
import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPublished;
import dev.cm3leon.service.Serving;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// The models: what there is, what serves; published, promoted, rolled back.
@RestController
@RequestMapping("/v1/models")
@Tag(name = "models")
class ModelController {

    private final ServedModels models;
    private final PlatformState state;
    private final Bodies bodies;
    private final Publisher publisher;
    private final GatewayProperties properties;
    private final InstantSource clock;

    ModelController(
            ServedModels models,
            PlatformState state,
            Bodies bodies,
            Publisher publisher,
            GatewayProperties properties,
            InstantSource clock) {
        this.models = models;
        this.state = state;
        this.bodies = bodies;
        this.publisher = publisher;
        this.properties = properties;
        this.clock = clock;
    }

    /// In OpenAI's form, and what else is worth knowing. What is in the bundle is told of models that serve.
    ///
    /// @param status `serving`, `canary` or `published`
    /// @param share of the jobs that name no model
    /// @param run the training run that it comes from
    /// @param evaluation measures by name
    /// @param jobs of it that ended, by how, as far as the gateway remembers them
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ModelView(
            String id,
            String object,
            @JsonProperty("owned_by") String ownedBy,
            String version,
            String status,
            double share,
            @Nullable String licence,
            @Nullable String run,
            @JsonProperty("published_at") @Nullable Instant publishedAt,
            Map<String, Double> evaluation,
            Map<GenerationState.Status, Long> jobs,
            @JsonProperty("image_size") @Nullable Integer imageSize,
            @Nullable Integer context,
            @JsonProperty("tokens_per_image") @Nullable Integer tokensPerImage,
            @Nullable DefaultsView defaults) {}

    record DefaultsView(
            double temperature,
            @JsonProperty("top_p") double topP,
            @JsonProperty("guidance_scale") double guidanceScale,
            @JsonProperty("edit_guidance_scale") double editGuidanceScale,
            @JsonProperty("edit_image_guidance_scale") double editImageGuidanceScale,
            @JsonProperty("cd_alpha") double cdAlpha,
            @JsonProperty("cd_k") int cdK,
            @JsonProperty("max_text_tokens") int maxTextTokens,
            int candidates,
            int documents,
            @JsonProperty("guidance_on") GuidanceOn guidanceOn,
            @JsonProperty("step_by_step") boolean stepByStep) {
        static DefaultsView of(ServedModel.Defaults d) {
            return new DefaultsView(
                    d.temperature(),
                    d.topP(),
                    d.guidanceScale(),
                    d.editGuidanceScale(),
                    d.editImageGuidanceScale(),
                    d.cdAlpha(),
                    d.cdK(),
                    d.maxTextTokens(),
                    d.candidates(),
                    d.documents(),
                    d.guidanceOn(),
                    d.stepByStep());
        }
    }

    record Models(String object, List<ModelView> data) {}

    /// @param share of the jobs that name no model: less than 1 is a canary
    record Promotion(@Nullable Double share) {}

    @GetMapping
    @Operation(summary = "The models that can be asked for; those that serve first")
    Models list() {
        return new Models("list", models.known().stream().map(this::view).toList());
    }

    @GetMapping("/{id}")
    @Operation(summary = "One model, by name@version or by the name of one that serves")
    ModelView get(@PathVariable("id") String id) {
        String model = models.modelOf(id, "");
        models.use(model, ServedModel::version); // or 404
        return view(model);
    }

    @PutMapping("/{name}/{version}/files/{*path}")
    @Operation(summary = "One file of a version that is being published")
    ResponseEntity<Void> put(
            @PathVariable("name") String name,
            @PathVariable("version") String version,
            @PathVariable("path") String path,
            InputStream body)
            throws IOException {
        models.put(name, version, path.substring(1), bytes(body));
        return ResponseEntity.noContent().build();
    }

    @PostMapping("/{name}/{version}")
    @Operation(summary = "Publish a version whose files were put, by its manifest")
    ResponseEntity<ModelView> publish(
            @PathVariable("name") String name, @PathVariable("version") String version, InputStream manifest)
            throws IOException {
        ModelPublished published = models.publish(name, version, bytes(manifest), clock.instant());
        publisher.publish(published);
        return ResponseEntity.status(HttpStatus.CREATED).body(view(published.model()));
    }

    @PostMapping("/{name}/{version}/promote")
    @Operation(summary = "Let a version draw the jobs that name no model, or a share of them")
    ModelView promote(@PathVariable("name") String name, @PathVariable("version") String version, InputStream body)
            throws IOException {
        byte[] json = bytes(body);
        Double share =
                json.length == 0 ? null : Bodies.read(json, Promotion.class).share();
        return done(models.promote(name + "@" + version, share == null ? 1 : share, clock.instant()));
    }

    @PostMapping("/{name}/{version}/rollback")
    @Operation(summary = "Take a version out of service; the one that was promoted before serves again")
    ModelView rollback(@PathVariable("name") String name, @PathVariable("version") String version) {
        return done(models.rollback(name + "@" + version, clock.instant()));
    }

    private ModelView done(ModelEvent event) {
        publisher.publish(event);
        return view(event.model());
    }

    private byte[] bytes(InputStream body) throws IOException {
        int most = (int) properties.maxModelFile().toBytes();
        byte[] bytes = body.readNBytes(most + 1);
        if (bytes.length > most) {
            throw Refusal.tooLarge(null, "the file has more than the %d bytes allowed".formatted(most));
        }
        return bytes;
    }

    private ModelView view(String id) {
        Serving serving = models.serving();
        ModelPublished published = models.published(id).orElse(null);
        String version = id.substring(id.indexOf('@') + 1);
        String status = id.equals(serving.stable()) ? "serving" : id.equals(serving.canary()) ? "canary" : "published";
        Map<String, Double> evaluation = models.evaluation(id);
        Map<GenerationState.Status, Long> jobs = state.generations.all().stream()
                .filter(GenerationState::isFinal)
                .filter(job -> job.model().equals(Optional.of(id)))
                .collect(Collectors.groupingBy(GenerationState::status, TreeMap::new, Collectors.counting()));
        if (!serving.serves(id)) {
            return new ModelView(
                    name(id),
                    "model",
                    "cm3leon",
                    version,
                    status,
                    0,
                    published == null ? null : published.licence(),
                    published == null ? null : published.run(),
                    published == null ? null : published.at(),
                    evaluation,
                    jobs,
                    null,
                    null,
                    null,
                    null);
        }
        return models.use(
                id,
                model -> new ModelView(
                        name(id),
                        "model",
                        "cm3leon",
                        version,
                        status,
                        serving.shareOf(id),
                        model.licence(),
                        published == null ? null : published.run(),
                        published == null ? null : published.at(),
                        evaluation,
                        jobs,
                        model.imageSize(),
                        model.layout().context(),
                        model.layout().grid().cells(),
                        DefaultsView.of(model.defaults())));
    }

    private static String name(String id) {
        return id.substring(0, id.indexOf('@'));
    }
}
