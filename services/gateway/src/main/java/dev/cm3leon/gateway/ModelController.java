package dev.cm3leon.gateway;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPublished;
import dev.cm3leon.gateway.intake.Bodies;
import dev.cm3leon.gateway.intake.ServedModel;
import dev.cm3leon.gateway.intake.ServedModels;
import dev.cm3leon.gateway.log.Publisher;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.GenerationState;
import dev.cm3leon.gateway.state.PlatformState;
import dev.cm3leon.service.ModelProperties;
import dev.cm3leon.service.Serving;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// The models: what there is, what serves; published, promoted, rolled back.
@RestController
@RequestMapping("/v1/models")
@Tag(name = "models")
public class ModelController {

    private static final Logger log = LoggerFactory.getLogger(ModelController.class);

    private final ServedModels models;
    private final PlatformState state;
    private final Bodies bodies;
    private final Publisher publisher;
    private final GatewayProperties properties;
    private final ModelProperties bundles;
    private final InstantSource clock;

    public ModelController(
            ServedModels models,
            PlatformState state,
            Bodies bodies,
            Publisher publisher,
            GatewayProperties properties,
            ModelProperties bundles,
            InstantSource clock) {
        this.models = models;
        this.state = state;
        this.bodies = bodies;
        this.publisher = publisher;
        this.properties = properties;
        this.bundles = bundles;
        this.clock = clock;
    }

    /// In OpenAI's form, and what else is worth knowing. What is in the bundle is told of models that serve.
    ///
    /// @param status `serving`, `canary` or `published`
    /// @param share of the jobs that name no model
    /// @param run the training run that it comes from
    /// @param evaluation measures by name
    /// @param jobs of it that ended, by how, of all tenants, as far as the gateway remembers them
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ModelView(
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
            ServedModel.@Nullable Defaults defaults) {

        /// With what is in its bundle.
        ModelView with(ServedModel model) {
            return new ModelView(
                    id,
                    object,
                    ownedBy,
                    version,
                    status,
                    share,
                    model.licence(),
                    run,
                    publishedAt,
                    evaluation,
                    jobs,
                    model.imageSize(),
                    model.layout().context(),
                    model.layout().grid().cells(),
                    model.defaults());
        }
    }

    public record Models(String object, List<ModelView> data) {}

    /// @param share of the jobs that name no model: less than 1 is a canary
    record Promotion(@Nullable Double share) {}

    @GetMapping
    @Operation(summary = "The models that can be asked for; those that serve first")
    public Models list() {
        return new Models("list", models.known().stream().map(this::view).toList());
    }

    @GetMapping("/{id}")
    @Operation(summary = "One model, by name@version or by the name of one that serves")
    public ModelView get(@PathVariable("id") String id) {
        String model = models.modelOf(id, "");
        models.requireKnown(model);
        return view(model);
    }

    @PutMapping("/{name}/{version}/files/{*path}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(summary = "One file of a version that is being published")
    void put(
            @PathVariable("name") String name,
            @PathVariable("version") String version,
            @PathVariable("path") String path,
            HttpServletRequest request)
            throws IOException {
        String file = path.substring(1);
        models.requireTaken(name, version, file);
        requireSmall(request.getContentLengthLong());
        Path received = receive(request.getInputStream());
        try {
            models.put(name, version, file, received);
        } finally {
            Files.deleteIfExists(received);
        }
    }

    @PostMapping("/{name}/{version}")
    @ResponseStatus(HttpStatus.CREATED)
    @Operation(summary = "Publish a version whose files were put, by its manifest")
    ModelView publish(@PathVariable("name") String name, @PathVariable("version") String version, InputStream manifest)
            throws IOException {
        ModelPublished published = models.publish(name, version, bodies.bytes(manifest), clock.instant());
        publisher.publish(published);
        return view(published.model());
    }

    @PostMapping("/{name}/{version}/promote")
    @Operation(summary = "Let a version draw the jobs that name no model, or a share of them")
    ModelView promote(@PathVariable("name") String name, @PathVariable("version") String version, InputStream body)
            throws IOException {
        byte[] json = bodies.bytes(body);
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

    private void requireSmall(long bytes) {
        long most = properties.maxModelFile().toBytes();
        if (bytes > most) throw Refusal.tooLarge(null, "the file has more than the %d bytes allowed".formatted(most));
    }

    /// A file of the disk: it may be larger than what fits into memory.
    private Path receive(InputStream body) throws IOException {
        Path file = Files.createTempFile(Files.createDirectories(bundles.cache()), "received", ".new");
        try (var out = Files.newOutputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            long bytes = 0;
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                requireSmall(bytes += read);
                out.write(buffer, 0, read);
            }
            return file;
        } catch (IOException | Refusal e) {
            Files.deleteIfExists(file);
            throw e;
        }
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
        ModelView told = new ModelView(
                name(id),
                "model",
                "cm3leon",
                version,
                status,
                serving.serves(id) ? serving.shareOf(id) : 0,
                published == null ? null : published.licence(),
                published == null ? null : published.run(),
                published == null ? null : published.at(),
                evaluation,
                jobs,
                null,
                null,
                null,
                null);
        if (!serving.serves(id)) return told;
        try {
            return models.use(id, told::with);
        } catch (Refusal | UncheckedIOException e) { // that one cannot be opened hides none of the others
            log.atWarn().addKeyValue("model", id).log("serves and cannot be opened: {}", e.getMessage());
            return told;
        }
    }

    private static String name(String id) {
        return id.substring(0, id.indexOf('@'));
    }
}
