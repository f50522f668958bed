package dev.cm3leon.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.events.TrainingEvent.TrainingFailed;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.service.Events;
import dev.cm3leon.standalone.EmbeddedPlatform;
import dev.cm3leon.standalone.PlatformOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The gateway and the retriever on a real broker: what is remembered, and what cannot be read.
class GatewayOnBrokerTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    @TempDir
    private static Path folder;

    private static EmbeddedPlatform platform;
    private static HttpClient http;

    @BeforeAll
    static void start() {
        TinyModel.write(folder.resolve("model"), 1);
        String model = folder.resolve("model").toUri().toString();
        platform = EmbeddedPlatform.start(
                folder.resolve("platform"),
                PlatformOptions.onPort(0)
                        .withServices(EmbeddedPlatform.SERVICES.stream()
                                .filter(service -> List.of("retriever", "gateway", "trainer-orchestrator")
                                        .contains(service.name()))
                                .toList())
                        .withProperties(Map.of("cm3.model.location", model))
                        .withoutDemoBank());
        http = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        http.close();
        platform.close();
    }

    @Test
    void aJobIsRememberedOverARestartAndItsStreamGoesOnWhereItWasBroken() throws Exception {
        String id = JSON.readTree(post("/v1/generations", "{\"prompt\": \"a person\", \"seed\": 3}")
                        .body())
                .path("id")
                .asString();
        JsonNode before = eventually("/v1/generations/" + id, "tokenizing");
        String lastSeen = json("/v1/generations/" + id + "/timeline")
                .path("steps")
                .path(0)
                .path("event_id")
                .asString();

        platform.stop("gateway");
        platform.start("gateway");

        JsonNode after = json("/v1/generations/" + id);
        assertThat(after).isEqualTo(before);
        platform.context("gateway")
                .getBean(Events.class)
                .publish(new GenerationFailed(id, "tokenize", "for the test", null));
        String rest = http.send(
                        HttpRequest.newBuilder(platform.url().resolve("/v1/generations/" + id + "/events"))
                                .header("Last-Event-ID", lastSeen)
                                .build(),
                        BodyHandlers.ofString())
                .body();
        assertThat(rest.lines().filter(line -> line.startsWith("event:")))
                .containsExactly("event:evidence-retrieved.v1", "event:generation-failed.v1");
    }

    /// As one gateway finds at once what another has just taken in.
    @Test
    void whatIsInTheLogIsFoundThoughItIsNotReadYet() throws Exception {
        for (int i = 0; i < 5; i++) {
            String id = UUID.randomUUID().toString();
            var request = new GenerationRequest(
                    id,
                    "public",
                    null,
                    List.of(new Part.Text("a person"), new Part.Hole(Modality.IMAGE)),
                    new Sampling(Decoding.TOP_P, 1.0, 0.9, 3.0, 0.5, 6, 32),
                    1,
                    0,
                    List.of(),
                    7,
                    null);
            send(
                    "generation-requested.v1",
                    id,
                    JSON.writeValueAsBytes(new GenerationRequested(request, Instant.now())));

            assertThat(json("/v1/generations/" + id).path("prompt").asString()).isEqualTo("a person");
        }
    }

    @Test
    void anEventNobodyCanReadIsADeadLetterThatCanBeReplayed() throws Exception {
        byte[] poison = "{\"type\": \"generation-requested.v1\", \"request\": 5}".getBytes(UTF_8);
        send("generation-requested.v1", "poisoned", poison);

        JsonNode letter = letterOf("poisoned", -1);

        assertThat(letter.path("original_topic").asString()).isEqualTo("generation-requested.v1");
        assertThat(letter.path("reason").asString()).isNotBlank();
        assertThat(letter.path("payload").asString()).isEqualTo(new String(poison, UTF_8));

        String place = letter.path("topic").asString() + "/"
                + letter.path("partition").asInt() + "/"
                + letter.path("offset").asLong();
        assertThat(post("/v1/dead-letters/" + place + "/replay", "").statusCode())
                .isEqualTo(202);

        JsonNode again = letterOf("poisoned", letter.path("offset").asLong());
        assertThat(again.path("original_topic").asString()).isEqualTo("generation-requested.v1");
        assertThat(json("/v1/dead-letters").path("dead_letters").findValuesAsString("offset"))
                .as("what was replayed is listed no more")
                .doesNotContain(letter.path("offset").asString());
        assertThat(post("/v1/dead-letters/dead-letters/0/999999/replay", "").statusCode())
                .isEqualTo(404);
    }

    @Test
    void theTopicsThatServicesMakeAreKeptWhateverTheBrokersDefault() throws Exception {
        post("/v1/generations", "{\"prompt\": \"a person\"}"); // makes what it writes to
        json("/v1/search?text=anything");
        json("/v1/index");
        try (var admin = Admin.create(Map.of("bootstrap.servers", platform.bootstrapServers()))) {
            List<ConfigResource> topics = admin.listTopics().names().get().stream()
                    .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                    .toList();

            assertThat(topics)
                    .extracting(ConfigResource::name)
                    .contains("generation-requested.v1", "model-promoted.v1", "document-tokenized.v1", "dead-letters")
                    .as("of jobs on a cluster, which make none themselves")
                    .contains("training-progress.v1", "checkpoint-saved.v1", "training-completed.v1")
                    .contains("training-failed.v1", "model-published.v1");
            Map<String, String> kept = new TreeMap<>(), insync = new TreeMap<>();
            admin.describeConfigs(topics).all().get().forEach((topic, config) -> {
                kept.put(topic.name(), itsOwn(config.get("retention.ms")));
                insync.put(topic.name(), itsOwn(config.get("min.insync.replicas")));
            });
            assertThat(insync)
                    .allSatisfy((topic, replicas) -> assertThat(replicas).isEqualTo("1"));
            List<String> questions = List.of(
                    "index-reachability.v1",
                    "index-status-requested.v1",
                    "index-status.v1",
                    "search-completed.v1",
                    "search-requested.v1");
            assertThat(kept).containsKeys(questions.toArray(String[]::new));
            kept.forEach((topic, retention) ->
                    assertThat(retention).as(topic).isEqualTo(questions.contains(topic) ? "86400000" : "-1"));
        }
    }

    private static String itsOwn(ConfigEntry entry) {
        return entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG ? entry.value() : "the broker's";
    }

    @Test
    void aRunThatFailedIsCountedAndAnIndexThatIsSearchedIsTold() throws Exception {
        platform.context("gateway")
                .getBean(Events.class)
                .publish(new TrainingFailed("a-run", "pretrain", "for the test"));

        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        String told = "";
        while (!told.contains("cm3_training_failed_total 1.0") && System.nanoTime() < end) {
            Thread.sleep(50);
            told = text("/actuator/prometheus");
        }
        assertThat(told).contains("cm3_training_failed_total 1.0", "cm3_index_reachable 1.0");
    }

    @Test
    void anEmptyIndexIsSearchedThroughTheRetriever() throws Exception {
        JsonNode found = json("/v1/search?text=anything");

        assertThat(found.path("documents").isArray()).isTrue();
        assertThat(found.path("index_version").asString()).contains("lucene");
    }

    private static JsonNode letterOf(String key, long after) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (System.nanoTime() < end) {
            for (JsonNode letter : json("/v1/dead-letters").path("dead_letters")) {
                if (letter.path("subject").asString("").equals(key)
                        && letter.path("offset").asLong() > after) return letter;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("no dead letter of " + key + " after " + after);
    }

    private static JsonNode eventually(String path, String status) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        JsonNode state = json(path);
        while (!state.path("status").asString().equals(status) && System.nanoTime() < end) {
            Thread.sleep(50);
            state = json(path);
        }
        assertThat(state.path("status").asString()).isEqualTo(status);
        return state;
    }

    private static void send(String topic, String key, byte[] value) throws ExecutionException, InterruptedException {
        Map<String, Object> config = Map.of("bootstrap.servers", platform.bootstrapServers());
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, key.getBytes(UTF_8), value))
                    .get();
        }
    }

    private static JsonNode json(String path) throws IOException, InterruptedException {
        return JSON.readTree(text(path));
    }

    private static String text(String path) throws IOException, InterruptedException {
        URI uri = platform.url().resolve(path);
        HttpResponse<String> answer = http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(platform.url().resolve(path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
        return http.send(request.build(), BodyHandlers.ofString());
    }
}
