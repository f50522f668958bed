package dev.cm3leon.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.ModelManifest;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.objectstore.MemoryObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRegistryTest {

    @TempDir
    private Path folder;

    private final MemoryObjectStore store = new MemoryObjectStore();
    private ModelRegistry registry;

    @BeforeEach
    void open() {
        publish(1);
        registry = registry("tiny@0.0.1");
    }

    /// Whoever publishes forgets a file that an earlier version has too.
    @Test
    void whatLacksIsFoundThoughItWasFetchedForAnotherVersion() {
        ModelManifest manifest = publish(2);
        registry.check(manifest);
        store.delete("models/tiny/0.0.2/clip/model.safetensors");

        assertThatThrownBy(() -> registry.check(manifest))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("nothing is stored under models/tiny/0.0.2/clip/model.safetensors");
        assertThat(cached()).noneMatch(name -> name.startsWith("check"));
    }

    @Test
    void filesOfModelsThatAreNotOpenedAnyMoreAreRemoved() throws IOException {
        List<ModelManifest> manifests = List.of(publish(2), publish(3), publish(4));
        for (ModelManifest one : manifests.subList(0, 2)) registry.open(one.id());
        for (String name : List.of("fetch1.new", "a.part", "notes.txt")) Files.createFile(cache().resolve(name));
        age(Duration.ofMinutes(50));

        registry.open("tiny@0.0.4");
        assertThat(cached()).contains(weights(manifests.get(0)), "fetch1.new", "a.part");

        age(Duration.ofMinutes(70));
        registry.open("tiny@0.0.4");

        assertThat(cached())
                .contains(weights(manifests.get(1)), weights(manifests.get(2)), "notes.txt")
                .doesNotContain(weights(manifests.get(0)), "fetch1.new", "a.part");
    }

    @Test
    void theModelToBeginWithIsFetchedAgainWhereItIsGone() throws IOException {
        Files.delete(cache().resolve(weights(registry.manifest("tiny@0.0.1").orElseThrow())));

        try (var transformer = registry.open("tiny@0.0.1").openTransformer(1, 1)) {
            assertThat(transformer.freeRows()).isOne();
        }
    }

    private static String weights(ModelManifest manifest) {
        return manifest.files().get("transformer/model.safetensors").sha256();
    }

    private void age(Duration age) throws IOException {
        for (String name : cached())
            Files.setLastModifiedTime(
                    cache().resolve(name), FileTime.from(Instant.now().minus(age)));
    }

    private Path cache() {
        return folder.resolve("cache");
    }

    private ModelRegistry registry(String location) {
        return new ModelRegistry(store, new ModelProperties(location, cache(), 1));
    }

    /// All have the CLIP of the first.
    private ModelManifest publish(long seed) {
        Path bundle = folder.resolve("bundle" + seed);
        TinyModel.write(bundle, seed, 3);
        ModelManifest manifest = ModelManifest.of(bundle, null, Map.of());
        manifest.publish(bundle, store::put);
        return manifest;
    }

    private String[] cached() {
        return cache().toFile().list();
    }
}
