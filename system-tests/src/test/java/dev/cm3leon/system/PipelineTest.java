package dev.cm3leon.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.TinyModel;
import dev.cm3leon.standalone.EmbeddedPlatform;
import dev.cm3leon.standalone.PlatformOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What people can ask for, through every service over the real broker.
class PipelineTest {

    @TempDir
    static Path folder;

    private static EmbeddedPlatform platform;
    private static Gateway gateway;

    @BeforeAll
    static void start() {
        Path model = folder.resolve("model");
        TinyModel.write(model, 7);
        platform = EmbeddedPlatform.start(
                folder.resolve("data"),
                PlatformOptions.onPort(0)
                        .withoutDemoBank()
                        .withProperties(
                                Map.of("cm3.model.location", model.toUri().toString())));
        gateway = new Gateway(platform.url());
    }

    @AfterAll
    static void stop() {
        if (platform != null) platform.close();
    }

    @Test
    void aCharacterThatIsIngestedIsFoundByNameAndNoLongerOnceItIsRemoved() {
        String document = Gateway.accepted(gateway.post(
                "/v1/documents", Map.of("text", "Zora Quill in a red jacket", "image", Gateway.plainImage(0x3366cc))));
        gateway.await("/v1/documents/" + document, "indexed"::equals);

        JsonNode drawn = gateway.completed(gateway.submit(
                Map.of("prompt", "Zora Quill in a green shirt", "seed", 1, "retrieval", Map.of("documents", 1))));
        assertThat(drawn.path("evidence").path(0).path("document").asString()).isEqualTo(document);
        assertThat(drawn.path("unknown_words")).isEmpty();

        Gateway.accepted(gateway.delete("/v1/documents/" + document));
        gateway.await("/v1/documents/" + document, "removed"::equals);
        long deadline = System.nanoTime() + 20_000_000_000L;
        JsonNode hits;
        do {
            hits = Gateway.JSON.readTree(
                    gateway.get("/v1/search?text=Zora%20Quill&k=5").body());
        } while (hits.toString().contains(document) && System.nanoTime() < deadline);
        assertThat(hits.toString()).doesNotContain(document);
    }

    @Test
    void candidatesAreRankedAndTheirImagesCanBeFetched() {
        JsonNode job = gateway.completed(gateway.submit(Map.of(
                "prompt",
                "a person with a beard",
                "seed",
                3,
                "candidates",
                4,
                "sampling",
                Map.of("decoding", "both", "guidance_scale", 2.0),
                "retrieval",
                Map.of("documents", 0))));

        assertThat(job.path("candidates")).hasSize(4);
        assertThat(job.path("candidates").path(0).path("rank").asInt()).isEqualTo(1);
        assertThat(job.path("seed").asLong()).isEqualTo(3);
        assertThat(gateway.get(job.path("candidates")
                                .path(0)
                                .path("image")
                                .path("url")
                                .asString())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void anImageIsDescribedInText() {
        JsonNode job = gateway.completed(gateway.submit(Map.of(
                "parts",
                List.of(
                        Map.of("type", "text", "text", "Describe the given picture. "),
                        Map.of("type", "hole", "modality", "text"),
                        Map.of("type", "image", "image", Gateway.plainImage(0xcc3333))),
                "seed",
                5,
                "sampling",
                Map.of("max_text_tokens", 12))));

        assertThat(job.path("candidates").path(0).path("text").isString()).isTrue();
    }

    @Test
    void theSameRequestGivesTheSameImageWhateverElseIsInTheBatch() {
        Map<String, ?> request =
                Map.of("prompt", "a person with blue hair", "seed", 11, "retrieval", Map.of("documents", 0));
        String alone = key(gateway.completed(gateway.submit(request)));

        List<String> crowd = java.util.stream.IntStream.range(0, 12)
                .mapToObj(i -> gateway.submit(Map.of("prompt", "somebody else " + i, "seed", i)))
                .toList();
        String crowded = key(gateway.completed(gateway.submit(request)));

        crowd.forEach(gateway::completed);
        assertThat(crowded).isEqualTo(alone);
    }

    @Test
    void badInputIsRefusedByTheNameOfTheField() {
        var unknown = gateway.post("/v1/generations", Map.of("prompt", "a person", "colour", "red"));
        var steep =
                gateway.post("/v1/generations", Map.of("prompt", "a person", "sampling", Map.of("temperature", -1)));
        var missing = gateway.get("/v1/generations/no-such-job");

        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body()).contains("colour");
        assertThat(steep.statusCode()).isEqualTo(400);
        assertThat(steep.body()).contains("temperature");
        assertThat(missing.statusCode()).isEqualTo(404);
    }

    /// The example of the page, word for word: a record with a key and no headers.
    @Test
    void aJobThatIsWrittenToKafkaIsDone() throws Exception {
        String page = Files.readString(Path.of("../docs/events.md"));
        String job = page.substring(page.indexOf("{\n  \"type\": \"generation-requested.v1\""));
        job = job.substring(0, job.indexOf("```"));
        String id = Gateway.JSON.readTree(job).at("/request/generation").asString();

        Map<String, Object> broker = Map.of("bootstrap.servers", platform.bootstrapServers());
        try (var producer = new KafkaProducer<>(broker, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("generation-requested.v1", id, job))
                    .get();
        }

        JsonNode done = gateway.completed(id);
        assertThat(done.path("candidates").path(0).path("image").path("key").asString())
                .matches("images/[0-9a-f]{2}/[0-9a-f]{62}\\.png");
    }

    private static String key(JsonNode job) {
        return job.path("candidates").path(0).path("image").path("key").asString();
    }
}
