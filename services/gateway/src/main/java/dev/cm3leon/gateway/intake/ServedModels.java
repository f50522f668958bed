package dev.cm3leon.gateway.intake;

import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.events.ModelEvent.ModelPublished;
import dev.cm3leon.events.ModelEvent.ModelRolledBack;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.ModelHistory;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.ModelManifest;
import dev.cm3leon.model.ModelManifest.FileDigest;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.ModelRegistry;
import dev.cm3leon.service.ModelRegistry.UnknownModelException;
import dev.cm3leon.service.Models;
import dev.cm3leon.service.Serving;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The models that jobs can ask for, and which of them draws a job that asks for none.
public final class ServedModels {

    private final ModelRegistry registry;
    private final Models<ServedModel> models;
    private final ModelHistory history;
    private final ObjectStore store;
    private final Function<ServedModel, GenerationIntake> intake;
    private final PromotionProperties gate;
    private final boolean follows;

    /// @param follows whether promotions count
    public ServedModels(
            ModelRegistry registry,
            Models<ServedModel> models,
            ModelHistory history,
            ObjectStore store,
            Function<ServedModel, GenerationIntake> intake,
            PromotionProperties gate,
            boolean follows) {
        this.registry = registry;
        this.models = models;
        this.history = history;
        this.store = store;
        this.intake = intake;
        this.gate = gate;
        this.follows = follows;
    }

    public Serving serving() {
        String beginning = registry.beginning().id();
        return follows ? history.serving(beginning) : Serving.of(beginning, List.of());
    }

    /// A complete, checked request; it names the model that will draw it.
    ///
    /// @throws Refusal naming the field, or 404 when the model that is asked for is not there
    public GenerationRequest check(NewGeneration wanted, String job, Instant now) {
        return check(wanted, modelOf(wanted.model(), job), job, now);
    }

    /// The same, drawn by a certain version.
    ///
    /// @param id `name@version`
    public GenerationRequest check(NewGeneration wanted, String id, String job, Instant now) {
        return use(id, model -> intake.apply(model).generation(wanted, job, now));
    }

    /// The id of the model that is asked for: `name@version`, or a name for the version of it that is promoted.
    ///
    /// @throws Refusal 404 when nothing of that name is served
    public String modelOf(@Nullable String asked, String job) {
        Serving serving = serving();
        if (asked == null) return serving.modelOf(job);
        if (asked.contains("@")) return asked;
        String drawn = serving.modelOf(job);
        for (String id : new String[] {drawn, serving.stable(), serving.canary()})
            if (id != null && id.startsWith(asked + "@")) return id;
        throw Refusal.unknown("model", asked);
    }

    /// @throws Refusal 404 when there is no such model, or it is not there any more
    public <T> T use(String id, Function<ServedModel, T> work) {
        Models<ServedModel>.Lease lease;
        try {
            lease = models.take(id);
        } catch (UnknownModelException e) {
            throw Refusal.unknown("model", id);
        } catch (ModelFormatException e) {
            throw Refusal.conflict("model " + id + " cannot be used: " + e.getMessage());
        }
        try (lease) {
            return work.apply(lease.model());
        }
    }

    /// Every version that is known: those that serve first, then the published ones, newest first.
    public List<String> known() {
        Serving serving = serving();
        Set<String> known = new LinkedHashSet<>();
        known.add(serving.stable());
        if (serving.canary() != null) known.add(serving.canary());
        history.published().reversed().forEach(published -> known.add(published.model()));
        known.addAll(serving.before().reversed());
        known.add(registry.beginning().id());
        return List.copyOf(known);
    }

    /// @throws Refusal 404 when there is no such version
    public void requireKnown(String id) {
        if (id.equals(registry.beginning().id())) return;
        refused("model", () -> registry.manifest(id).orElseThrow(() -> Refusal.unknown("model", id)));
    }

    /// Measures of a version, by name.
    public Map<String, Double> evaluation(String id) {
        ModelBundle beginning = registry.beginning();
        return published(id)
                .map(ModelPublished::evaluation)
                .orElse(id.equals(beginning.id()) ? beginning.measures() : Map.of());
    }

    public Optional<ModelPublished> published(String id) {
        return history.published().stream()
                .filter(one -> one.model().equals(id))
                .findFirst();
    }

    /// Sees before its bytes come whether one file of a version is taken at all.
    ///
    /// @throws Refusal when it is none of a model's, or not of that version, which is published and never changes
    public void requireTaken(String name, String version, String path) {
        String id = name + "@" + version;
        refused("path", () -> ModelManifest.fileKey(id, path));
        registry.manifest(id).ifPresent(manifest -> published(manifest, path));
    }

    /// Takes one file of a version that is being published. A published version takes what it has, once more.
    public void put(String name, String version, String path, Path file) throws IOException {
        String id = name + "@" + version;
        String key = refused("path", () -> ModelManifest.fileKey(id, path));
        ModelManifest there = registry.manifest(id).orElse(null);
        if (there == null) store.put(key, file, "application/octet-stream");
        else if (!published(there, path).sha256().equals(ContentKey.sha256(file))) throw neverChanges(id);
    }

    private static FileDigest published(ModelManifest manifest, String path) {
        FileDigest file = manifest.files().get(path);
        if (file == null) throw neverChanges(manifest.id());
        return file;
    }

    private static Refusal neverChanges(String id) {
        return Refusal.conflict(id + " is published; a version never changes");
    }

    /// Makes a version known whose files are in the store: each is looked at, and the bundle opened. The same manifest
    /// again is told again.
    public ModelPublished publish(String name, String version, byte[] manifestJson, Instant now) {
        ModelManifest manifest = refused("manifest", () -> ModelManifest.of(manifestJson));
        if (!manifest.name().equals(name) || !manifest.version().equals(version)) {
            throw Refusal.field(
                    "manifest",
                    "manifest is to be of %s@%s as the address says, got %s".formatted(name, version, manifest.id()));
        }
        if (registry.manifest(manifest.id()).isEmpty()) {
            refused("manifest", () -> registry.check(manifest));
            store.replace(manifest.key(), null, manifest.json(), "application/json"); // or another was quicker
        }
        ModelManifest kept = registry.manifest(manifest.id()).orElseThrow();
        requireSame(kept, manifest);
        return new ModelPublished(
                kept.id(),
                new ObjectRef(kept.key(), "application/json", kept.json().length),
                kept.run(),
                kept.evaluation(),
                kept.licence(),
                now);
    }

    private static void requireSame(ModelManifest kept, ModelManifest manifest) {
        List<String> other = new ArrayList<>();
        if (!kept.files().equals(manifest.files())) other.add("files");
        if (!kept.evaluation().equals(manifest.evaluation())) other.add("evaluation");
        if (!Objects.equals(kept.run(), manifest.run())) other.add("run");
        if (!kept.licence().equals(manifest.licence())) other.add("licence");
        if (other.isEmpty()) return;
        throw Refusal.conflict(
                "%s is published with another %s; a version never changes: give model.json another version"
                        .formatted(kept.id(), String.join(" and ", other)));
    }

    /// What promotes a version.
    ///
    /// @param share of the jobs that name no model, in (0, 1]
    /// @throws Refusal with the reason when it must not serve
    public ModelPromoted promote(String id, double share, Instant now) {
        if (!(share > 0 && share <= 1)) {
            throw Refusal.field("share", "share is to be more than 0 and at most 1, got " + share);
        }
        requireFollowing();
        if (!id.equals(registry.beginning().id())) {
            ModelManifest manifest =
                    refused("model", () -> registry.manifest(id).orElseThrow(() -> Refusal.unknown("model", id)));
            List<String> lacking = gate.shortcomings(manifest.evaluation());
            if (!lacking.isEmpty()) {
                throw Refusal.conflict(id + " is not promoted: " + String.join("; ", lacking));
            }
            use(id, ServedModel::version); // it can be opened
        }
        return new ModelPromoted(id, share, now);
    }

    /// What takes a version out of service.
    ///
    /// @throws Refusal when it does not serve, or nothing was promoted before it
    public ModelRolledBack rollback(String id, Instant now) {
        requireFollowing();
        Serving serving = serving();
        if (!serving.serves(id)) {
            throw Refusal.conflict("%s does not serve; %s does".formatted(id, serving.stable()));
        }
        if (id.equals(serving.stable()) && serving.before().isEmpty()) {
            throw Refusal.conflict("nothing was promoted before " + id + ": there is nothing to go back to");
        }
        if (id.equals(serving.stable())) use(serving.before().getLast(), ServedModel::version); // it is still there
        return new ModelRolledBack(id, now);
    }

    private void requireFollowing() {
        if (follows) return;
        throw Refusal.conflict("%s is served whatever is promoted: cm3.model.location does not begin with registry:"
                .formatted(registry.beginning().id()));
    }

    private static <T> T refused(String field, Supplier<T> work) {
        try {
            return work.get();
        } catch (ModelFormatException e) {
            throw Refusal.field(field, field + ": " + Objects.toString(e.getMessage()));
        }
    }
}
