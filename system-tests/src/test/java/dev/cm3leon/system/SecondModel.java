package dev.cm3leon.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.ModelManifest;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.standalone.EmbeddedPlatform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Two models of random weights that share a CLIP, so that one can take over from the other.
final class SecondModel {

    static final String FIRST = "tiny@0.0.1";
    static final String SECOND = "tiny@0.0.2";

    private SecondModel() {}

    /// Where the first one is, for `cm3.model.location`.
    static String first(Path folder) {
        TinyModel.write(folder, 1, 3);
        return "registry:" + folder.toUri();
    }

    /// Publishes the second one, above the gate.
    static void publish(EmbeddedPlatform platform, Gateway gateway, Path folder) {
        publish(platform, gateway, folder, 3);
    }

    /// @param clip the seed of its CLIP; that of the first one is 3
    static void publish(EmbeddedPlatform platform, Gateway gateway, Path folder, long clip) {
        TinyModel.write(folder, 2, clip);
        ModelManifest manifest = ModelManifest.of(folder, "r-1", Map.of("psnr", 20.0, "loss", 1.0));
        ObjectStore store = platform.context("gateway").getBean(ObjectStore.class);
        manifest.files()
                .keySet()
                .forEach(path -> store.put(manifest.fileKey(path), bytes(folder.resolve(path)), "application/json"));
        HttpResponse<String> published =
                gateway.post("/v1/models/tiny/0.0.2", Gateway.JSON.readValue(manifest.json(), Map.class));
        assertThat(published.statusCode()).as(published.body()).isEqualTo(201);
    }

    static void promote(Gateway gateway, double share) {
        HttpResponse<String> promoted = gateway.post("/v1/models/tiny/0.0.2/promote", Map.of("share", share));
        assertThat(promoted.statusCode()).as(promoted.body()).isEqualTo(200);
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
