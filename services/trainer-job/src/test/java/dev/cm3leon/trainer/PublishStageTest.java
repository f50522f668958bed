package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.Event;
import dev.cm3leon.events.ModelEvent.ModelPublished;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.ModelManifest;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Workers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishStageTest {

    @TempDir
    private Path folder;

    @Test
    void theBundleIsInTheStoreWithItsEvaluationAndCanBeFetched() throws IOException {
        var objects = new MemoryObjectStore();
        copyDemo(folder.resolve("bundle"));
        Files.writeString(
                folder.resolve("evaluation.json"),
                "{\"right_document_found\": 0.5, \"prompts\": {\"all_right\": 0.25}, \"note\": \"none\"}");

        var published = PublishStage.publish(
                "r-1", folder.resolve("bundle"), folder.resolve("evaluation.json"), objects::put, Instant.EPOCH);

        byte[] json = objects.get(published.manifest().key()).orElseThrow();
        ModelManifest manifest = ModelManifest.of(json);
        ModelBundle fetched = manifest.fetch(objects::get, folder.resolve("cache"));
        assertThat(published.model()).isEqualTo(fetched.id()).startsWith("demo@");
        assertThat(published.run()).isEqualTo("r-1");
        assertThat(published.manifest().bytes()).isEqualTo(json.length);
        assertThat(published.evaluation())
                .isEqualTo(manifest.evaluation())
                .containsEntry("right_document_found", 0.5)
                .containsEntry("prompts.all_right", 0.25)
                .containsKeys("psnr", "loss")
                .doesNotContainKeys("note", "seed");
    }

    @Test
    void aRunPublishesItsBundleUnderItsOwnNameInTheStore() throws IOException {
        var store = new MemoryObjectStore();
        copyDemo(folder.resolve("run").resolve("bundle"));
        List<Event> events = new ArrayList<>();
        var run = new Run(
                "r-2",
                TrainingConfiguration.named("demo-tiny"),
                folder.resolve("run"),
                events::add,
                () -> false,
                Workers.ALONE,
                new StoreMirror(store, "r-2"),
                Long.MAX_VALUE);

        assertThat(PublishStage.run(run)).isTrue();

        assertThat(events).singleElement().isInstanceOfSatisfying(ModelPublished.class, published -> {
            assertThat(published.run()).isEqualTo("r-2");
            assertThat(store.exists(published.manifest().key())).isTrue();
        });
    }

    @Test
    void aStoreThatIsAwayIsAskedAgainBeforeTheRunGivesUp() throws IOException {
        var watched = new WatchedStore();
        copyDemo(folder.resolve("run").resolve("bundle"));
        var mirror = new StoreMirror(watched.store(), "r-4").waiting(List.of(1L));
        var run = new Run(
                "r-4",
                TrainingConfiguration.named("demo-tiny"),
                folder.resolve("run"),
                event -> {},
                () -> false,
                Workers.ALONE,
                mirror,
                Long.MAX_VALUE);
        String manifest = ModelManifest.of(folder.resolve("run").resolve("bundle"), "r-4", Map.of())
                .key();

        watched.unreachable.add(manifest);
        assertThatThrownBy(() -> PublishStage.run(run)).isInstanceOf(UnreachableException.class);
        watched.unreachable.clear();

        assertThat(PublishStage.run(run)).isTrue();
        assertThat(watched.kept.exists(manifest)).isTrue();
    }

    @Test
    void withoutAStoreThereIsNowhereToPublish() throws IOException {
        var run = new Run("r-3", TrainingConfiguration.named("demo-tiny"), folder, event -> {}, () -> false);

        assertThatThrownBy(() -> PublishStage.run(run))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("CM3_S3_ENDPOINT");
    }

    private static void copyDemo(Path to) throws IOException {
        var files = ModelBundle.open("classpath:models/demo").files().keySet().stream()
                .toList();
        for (String file : files) copy(file, to);
        copy("model.json", to);
    }

    private static void copy(String file, Path to) throws IOException {
        Files.createDirectories(to.resolve(file).getParent());
        try (InputStream in = PublishStageTest.class.getResourceAsStream("/models/demo/" + file)) {
            Files.copy(in, to.resolve(file));
        }
    }
}
