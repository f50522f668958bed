package dev.cm3leon.gateway.intake;

import static dev.cm3leon.gateway.Examples.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.events.ModelEvent.ModelPublished;
import dev.cm3leon.gateway.GatewayProperties;
import dev.cm3leon.gateway.ModelController;
import dev.cm3leon.gateway.intake.PromotionProperties.Bound;
import dev.cm3leon.gateway.log.Publisher;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.ModelHistory;
import dev.cm3leon.gateway.state.PlatformState;
import dev.cm3leon.model.ModelManifest;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.service.ModelProperties;
import dev.cm3leon.service.ModelRegistry;
import dev.cm3leon.service.Models;
import dev.cm3leon.service.Serving;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/// What is published, promoted and rolled back, on a store in memory and models of random weights.
class ServedModelsTest {

    private static final String FIRST = "tiny@0.0.1";
    private static final String SECOND = "tiny@0.0.2";

    @TempDir
    private Path folder;

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final ModelHistory history = new ModelHistory();
    private Instant now = START;
    private ServedModels models;

    @BeforeEach
    void open() {
        TinyModel.write(folder.resolve("first"), 1);
        models = models("registry:" + folder.resolve("first").toUri());
    }

    private ServedModels models(String location) {
        var properties = new ModelProperties(location, folder.resolve("cache"), 2);
        var registry = new ModelRegistry(store, properties);
        return new ServedModels(
                registry,
                new Models<>(id -> ServedModel.of(registry.open(id)), 2),
                history,
                store,
                model -> new GenerationIntake(model, new ImageIntake(store, bytes -> "image/png"), "public"),
                new PromotionProperties(Map.of("psnr", new Bound(18.0, null), "loss", new Bound(null, 2.0))),
                properties.followsPromotions());
    }

    @Test
    void aJobIsDrawnByThePromotedModelAndNamesIt() {
        publish(2, 3, Map.of("psnr", 20.0, "loss", 0.5));
        assertThat(drawnBy("a")).isEqualTo(FIRST);

        hear(models.promote(SECOND, 1, tick()));

        assertThat(drawnBy("a")).isEqualTo(SECOND);
        assertThat(models.modelOf("tiny", "a")).isEqualTo(SECOND);
        assertThat(models.modelOf(FIRST, "a")).isEqualTo(FIRST); // the old one can still be asked for
        assertThat(models.check(NewGeneration.of("a red jacket", null, null), FIRST, "a", START)
                        .model())
                .isEqualTo(FIRST);

        hear(models.rollback(SECOND, tick()));

        assertThat(models.serving()).isEqualTo(new Serving(FIRST, null, 0, List.of()));
    }

    @Test
    void aCanaryOfAnotherNameCanBeAskedForByIt() {
        hear(new ModelPromoted("other@1.0.0", 1e-9, tick()));

        assertThat(drawnBy("a")).isEqualTo(FIRST);
        assertThat(models.modelOf("other", "a")).isEqualTo("other@1.0.0");
        assertThatThrownBy(() -> models.modelOf("another", "a")).hasMessageContaining("another");
    }

    @Test
    void aModelBelowTheGateIsNotPromotedAndTheReasonHasMeasureAndFigures() {
        publish(2, 3, Map.of("psnr", 17.25, "loss", 2.5));

        assertThatThrownBy(() -> models.promote(SECOND, 1, tick()))
                .isInstanceOfSatisfying(
                        Refusal.class, e -> assertThat(e.status()).isEqualTo(409))
                .hasMessage("tiny@0.0.2 is not promoted: need loss <= 2.0, got 2.5; need psnr >= 18.0, got 17.25");
    }

    @Test
    void aModelThatWasNotEvaluatedIsNotPromoted() {
        publish(2, 3, Map.of("loss", 1.0));

        assertThatThrownBy(() -> models.promote(SECOND, 0.1, tick()))
                .hasMessage("tiny@0.0.2 is not promoted: need psnr >= 18.0, and its evaluation has none");
    }

    @Test
    void aModelWithAnotherClipThanTheIndexIsPromotedToo() {
        publish(2, 4, Map.of("psnr", 20.0, "loss", 0.5));

        assertThat(models.promote(SECOND, 1, tick()).model()).isEqualTo(SECOND);
    }

    @Test
    void whatDoesNotServeCannotBeRolledBack() {
        publish(2, 3, Map.of("psnr", 20.0, "loss", 0.5));

        assertThatThrownBy(() -> models.rollback(SECOND, tick()))
                .hasMessage("tiny@0.0.2 does not serve; tiny@0.0.1 does");
        assertThatThrownBy(() -> models.rollback(FIRST, tick()))
                .hasMessageContaining("nothing was promoted before tiny@0.0.1");
    }

    @Test
    void sharesOutOfRangeAndModelsThatAreNotThereAreRefused() {
        assertThatThrownBy(() -> models.promote(FIRST, 0, tick())).hasMessageContaining("got 0.0");
        assertThatThrownBy(() -> models.promote(FIRST, 1.5, tick())).hasMessageContaining("got 1.5");
        assertThatThrownBy(() -> models.promote("tiny@9", 1, tick()))
                .isInstanceOfSatisfying(
                        Refusal.class, e -> assertThat(e.status()).isEqualTo(404));
        assertThatThrownBy(() -> drawnBy("a", "tiny@9"))
                .isInstanceOfSatisfying(
                        Refusal.class, e -> assertThat(e.status()).isEqualTo(404));
    }

    @Test
    void withoutTheRegistryOneModelServesWhateverIsPromoted() {
        publish(2, 3, Map.of("psnr", 20.0, "loss", 0.5));
        hear(models.promote(SECOND, 1, tick()));

        models = models(folder.resolve("first").toUri().toString());

        assertThat(drawnBy("a")).isEqualTo(FIRST);
        assertThatThrownBy(() -> models.promote(SECOND, 1, tick())).hasMessageContaining("cm3.model.location");
    }

    @Test
    void aPublishedVersionNeverChanges() throws IOException {
        publish(2, 3, Map.of("psnr", 20.0));
        Path other = folder.resolve("other");
        TinyModel.write(other, 2, 9);

        byte[] manifest = ModelManifest.of(other, null, Map.of()).json();

        assertThatThrownBy(() -> models.publish("tiny", "0.0.2", manifest, tick()))
                .hasMessageContaining("a version never changes");
        Path changed = Files.write(folder.resolve("changed"), new byte[1]);
        assertThatThrownBy(() -> models.put("tiny", "0.0.2", "words.txt", changed))
                .hasMessageContaining("a version never changes");
        assertThatThrownBy(() -> models.requireTaken("tiny", "0.0.2", "new.txt"))
                .hasMessageContaining("a version never changes");
        assertThatThrownBy(() -> models.put("tiny", "0.0.3", "../words.txt", changed))
                .hasMessageContaining("path");
    }

    @Test
    void whatWasPublishedIsPublishedAgainAndToldAgain() {
        publish(2, 3, Map.of("psnr", 20.0));
        ModelPublished before = models.published(SECOND).orElseThrow();

        publish(2, 3, Map.of("psnr", 20.0)); // as after a failure, when nobody knows whether it was told

        assertThat(models.published(SECOND)).contains(before);
    }

    @Test
    void whatIsPublishedAgainWithOtherWordsIsRefusedWithThose() {
        publish(2, 3, Map.of("psnr", 20.0));
        Path bundle = folder.resolve("bundle2");

        byte[] better = ModelManifest.of(bundle, "r-1", Map.of("psnr", 30.0)).json();
        byte[] another = ModelManifest.of(bundle, "r-2", Map.of("psnr", 30.0)).json();

        assertThatThrownBy(() -> models.publish("tiny", "0.0.2", better, tick()))
                .isInstanceOfSatisfying(
                        Refusal.class, e -> assertThat(e.status()).isEqualTo(409))
                .hasMessage("tiny@0.0.2 is published with another evaluation; a version never changes:"
                        + " give model.json another version");
        assertThatThrownBy(() -> models.publish("tiny", "0.0.2", another, tick()))
                .hasMessageContaining("another evaluation and run;");
        assertThat(models.evaluation("tiny@0.0.2")).containsEntry("psnr", 20.0);
    }

    @Test
    void aVersionThatServesAndCannotBeOpenedHidesNoOther() {
        hear(new ModelPromoted("other@1.0.0", 0.5, tick()));
        var properties = new ModelProperties("", folder.resolve("cache"), 2);
        var gateway = new Binder(new MapConfigurationPropertySource(Map.of()))
                .bindOrCreate("cm3.gateway", GatewayProperties.class);
        var state = new PlatformState(1, 1);
        var publisher = new Publisher(event -> {}, state, () -> START);
        var controller =
                new ModelController(models, state, new Bodies(1000), publisher, gateway, properties, () -> START);

        var all = controller.list().data();

        assertThat(all).extracting(ModelController.ModelView::status).containsExactly("serving", "canary");
        assertThat(all.getFirst().imageSize()).isEqualTo(64);
        assertThat(all.getLast().imageSize()).isNull();
        assertThatThrownBy(() -> controller.get("other@1.0.0"))
                .isInstanceOfSatisfying(
                        Refusal.class, e -> assertThat(e.status()).isEqualTo(404));
    }

    @Test
    void aManifestWhoseFilesAreNotThereIsRefusedByName() {
        TinyModel.write(folder.resolve("second"), 2, 3);
        byte[] manifest =
                ModelManifest.of(folder.resolve("second"), null, Map.of()).json();

        assertThatThrownBy(() -> models.publish("tiny", "0.0.2", manifest, tick()))
                .hasMessageContaining("nothing is stored under models/tiny/0.0.2/");
        assertThat(store.exists("models/tiny/0.0.2/manifest.json")).isFalse();
    }

    /// As `cm3 models publish` does it.
    private void publish(long seed, long clipSeed, Map<String, Double> evaluation) {
        Path bundle = folder.resolve("bundle" + seed);
        TinyModel.write(bundle, seed, clipSeed);
        ModelManifest manifest = ModelManifest.of(bundle, "r-1", evaluation);
        manifest.files().keySet().forEach(path -> put(manifest.version(), path, bundle.resolve(path)));
        ModelPublished published = models.publish("tiny", manifest.version(), manifest.json(), tick());
        hear(published);
        assertThat(published.evaluation()).isEqualTo(evaluation);
        assertThat(models.known()).contains(FIRST, manifest.id());
    }

    private String drawnBy(String job) {
        return drawnBy(job, null);
    }

    private String drawnBy(String job, @org.jspecify.annotations.Nullable String asked) {
        return models.check(NewGeneration.of("a red jacket", null, asked), job, START)
                .model();
    }

    private void hear(ModelEvent event) {
        history.hear(event);
    }

    private Instant tick() {
        now = now.plusSeconds(1);
        return now;
    }

    private void put(String version, String path, Path file) {
        try {
            models.put("tiny", version, path, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
