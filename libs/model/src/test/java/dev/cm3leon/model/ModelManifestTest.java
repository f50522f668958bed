package dev.cm3leon.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelManifestTest {

    @TempDir
    private Path folder;

    private final Map<String, byte[]> objects = new HashMap<>();
    private final List<String> fetched = new ArrayList<>();
    private final ModelManifest.Get store = this::get;
    private ModelManifest manifest;

    @BeforeEach
    void publish() {
        TinyModel.write(folder.resolve("bundle"), 1);
        manifest = ModelManifest.of(folder.resolve("bundle"), "r-1", Map.of("psnr", 20.5));
        manifest.publish(folder.resolve("bundle"), this::put);
    }

    @Test
    void isReadAsItWasWritten() {
        assertThat(ModelManifest.of(manifest.json())).isEqualTo(manifest);
        assertThat(ModelManifest.of(objects.get("models/tiny/0.0.1/manifest.json")))
                .isEqualTo(manifest);
        assertThat(manifest.evaluation()).isEqualTo(Map.of("psnr", 20.5));
        assertThat(manifest.run()).isEqualTo("r-1");
    }

    @Test
    void whatIsFetchedIsTheBundle() throws IOException {
        ModelBundle bundle = manifest.fetch(store, folder.resolve("cache"));

        assertThat(bundle.id()).isEqualTo("tiny@0.0.1");
        assertThat(bundle.files())
                .isEqualTo(ModelBundle.open(folder.resolve("bundle")).files());
    }

    @Test
    void aPublishedClipIsFetchedWithAllItsFiles() throws IOException {
        TinyModel.writeWithPublishedClip(folder.resolve("other"), 2);
        ModelManifest other = ModelManifest.of(folder.resolve("other"), null, Map.of());
        other.publish(folder.resolve("other"), this::put);

        ModelBundle bundle = other.fetch(store, folder.resolve("cache"));

        try (var fetched = bundle.openClipEncoder();
                var clip = ModelBundle.open(folder.resolve("other")).openClipEncoder()) {
            assertThat(fetched.encode("a red jacket")).containsExactly(clip.encode("a red jacket"));
        }
        objects.remove("models/tiny/0.0.2/clip/preprocessor_config.json");
        assertThatThrownBy(() -> other.fetch(store, folder.resolve("another cache")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("lacks clip/preprocessor_config.json");
    }

    @Test
    void filesThatVersionsShareAreFetchedOnce() throws IOException {
        manifest.fetch(store, folder.resolve("cache"));
        TinyModel.write(folder.resolve("other"), 2, 3); // another model with the CLIP of the first
        ModelManifest other = ModelManifest.of(folder.resolve("other"), null, Map.of());
        other.publish(folder.resolve("other"), this::put);
        fetched.clear();

        ModelBundle bundle = other.fetch(store, folder.resolve("cache"));

        assertThat(bundle.clip())
                .isEqualTo(ModelBundle.open(folder.resolve("bundle")).clip());
        assertThat(fetched)
                .contains("models/tiny/0.0.2/transformer/model.safetensors")
                .doesNotContain("models/tiny/0.0.2/clip/model.safetensors", "models/tiny/0.0.2/words.txt");
    }

    @Test
    void aDamagedFileOfTheCacheIsFetchedAgain() throws IOException {
        manifest.fetch(store, folder.resolve("cache"));
        Path weights = folder.resolve("cache")
                .resolve(manifest.files().get("clip/model.safetensors").sha256());
        Files.write(weights, new byte[10]);
        fetched.clear();

        manifest.fetch(store, folder.resolve("cache"));

        assertThat(fetched).containsExactly("models/tiny/0.0.1/clip/model.safetensors");
    }

    @Test
    void aFileThatIsUsedIsAsNewAsOneThatIsFetched() throws IOException {
        manifest.fetch(store, folder.resolve("cache"));
        Path words = folder.resolve("cache")
                .resolve(manifest.files().get("words.txt").sha256());
        Files.setLastModifiedTime(words, FileTime.fromMillis(0));

        manifest.fetch(store, folder.resolve("cache"));

        assertThat(Files.getLastModifiedTime(words).toInstant())
                .isAfter(Instant.now().minusSeconds(600));
    }

    @Test
    void anObjectThatIsNotWhatTheManifestSaysIsRefusedByName() {
        objects.put("models/tiny/0.0.1/words.txt", "other words".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> manifest.fetch(store, folder.resolve("cache")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("models/tiny/0.0.1/words.txt")
                .hasMessageContaining(manifest.files().get("words.txt").sha256());

        objects.remove("models/tiny/0.0.1/words.txt");

        assertThatThrownBy(() -> manifest.fetch(store, folder.resolve("cache")))
                .hasMessageContaining("nothing is stored under models/tiny/0.0.1/words.txt");
    }

    @Test
    void aManifestOfAnotherModelThanItsFilesIsRefused() {
        var other = new ModelManifest("tiny", "0.0.9", "", null, manifest.files(), Map.of());
        other.publish(folder.resolve("bundle"), this::put);

        assertThatThrownBy(() -> other.fetch(store, folder.resolve("cache")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("need tiny@0.0.9 in model.json, got tiny@0.0.1");
    }

    @Test
    void aFetchThatFailsLeavesNothingBehind() {
        objects.put("models/tiny/0.0.1/model.json", new byte[1]);

        assertThatThrownBy(() -> manifest.fetch(store, folder.resolve("cache")))
                .isInstanceOf(ModelFormatException.class);

        assertThat(folder.resolve("cache").toFile().list()).noneMatch(name -> name.endsWith(".new"));
    }

    @Test
    void aFileThatCannotBeKeptIsNotTheStoresFault() throws IOException {
        Path noFolder = Files.createFile(folder.resolve("cache"));

        assertThatThrownBy(() -> manifest.fetch(store, noFolder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cache");
    }

    @Test
    void fieldsThatAreWrongAreNamed() {
        String json = new String(manifest.json(), StandardCharsets.UTF_8);

        refused(json.replace("0.0.1", "../1"), "version");
        refused(json.replace("words.txt", "../../words.txt"), "files");
        refused(json.replace(manifest.files().get("words.txt").sha256(), "abc"), "files.words.txt.sha256");
        refused(json.replace("20.5", "\"good\""), "evaluation.psnr");
        refused(json.replace("cm3leon-model-1", "2"), "format");
        refused("{", "not JSON");
    }

    private void put(String key, Path file, String mediaType) {
        try {
            objects.put(key, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean get(String key, Path file) {
        fetched.add(key);
        byte[] bytes = objects.get(key);
        if (bytes == null) return false;
        try {
            Files.write(file, bytes);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void refused(String json, String named) {
        assertThatThrownBy(() -> ModelManifest.of(json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(named);
    }
}
