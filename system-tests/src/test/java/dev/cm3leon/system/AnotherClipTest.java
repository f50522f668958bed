package dev.cm3leon.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.standalone.EmbeddedPlatform;
import dev.cm3leon.standalone.PlatformOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A model with another CLIP is promoted: the bank is built anew for it, and every job finds its document all
/// the while.
class AnotherClipTest {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir
    static Path folder;

    @Test
    void theBankIsRebuiltForTheClipOfTheModelThatIsPromotedWhileItIsSearched() {
        PlatformOptions options = PlatformOptions.onPort(0)
                .withoutDemoBank()
                .withProperties(Map.of(
                        "cm3.model.location",
                        SecondModel.first(folder.resolve("first")),
                        "cm3.models.gate.loss.at-most",
                        "100"));
        String document, rebuilt;
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(folder.resolve("home"), options)) {
            Gateway gateway = new Gateway(platform.url());
            document = ingest(gateway, "Zora Quill in a red jacket");
            String before = index(gateway).path("index_version").asString();
            SecondModel.publish(platform, gateway, folder.resolve("second"), 4);

            SecondModel.promote(gateway, 1);
            Instant end = Instant.now().plus(PATIENCE);
            while (index(gateway).path("index_version").asString().equals(before)) {
                assertThat(evidence(gateway, "Zora Quill in a green shirt")).isEqualTo(document);
                assertThat(Instant.now()).isBefore(end);
                Gateway.sleep(100);
            }

            rebuilt = index(gateway).path("index_version").asString();
            assertThat(index(gateway).path("documents").asInt()).isEqualTo(1);
            assertThat(evidence(gateway, "Zora Quill in a green shirt")).isEqualTo(document);
        }

        // promotions are in the log: the bank is not rebuilt for the model to begin with
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(folder.resolve("home"), options)) {
            Gateway gateway = new Gateway(platform.url());
            assertThat(evidence(gateway, "Zora Quill in a blue coat")).isEqualTo(document);
            String second = ingest(gateway, "Mira Okafor in a grey coat");
            assertThat(evidence(gateway, "Mira Okafor in a blue coat")).isEqualTo(second);
            assertThat(index(gateway).path("outdated").isString())
                    .as(index(gateway).toString())
                    .isFalse();
            assertThat(index(gateway).path("index_version").asString()).isEqualTo(rebuilt);
        }
    }

    private static String ingest(Gateway gateway, String text) {
        String document = Gateway.accepted(
                gateway.post("/v1/documents", Map.of("text", text, "image", Gateway.plainImage(0x3366cc))));
        gateway.await("/v1/documents/" + document, "indexed"::equals);
        return document;
    }

    private static JsonNode index(Gateway gateway) {
        return Gateway.JSON.readTree(gateway.get("/v1/index").body());
    }

    /// The document that a job was conditioned on.
    private static String evidence(Gateway gateway, String prompt) {
        JsonNode job = gateway.completed(
                gateway.submit(Map.of("prompt", prompt, "seed", 1, "retrieval", Map.of("documents", 1))));
        return job.path("evidence").path(0).path("document").asString();
    }
}
