package dev.cm3leon.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.TinyModel;
import dev.cm3leon.standalone.EmbeddedPlatform;
import dev.cm3leon.standalone.PlatformOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Nothing lost, nothing doubled, the same request gives the same image: over the real broker and all services.
class RestartTest {

    private static final int JOBS = 50;

    @TempDir
    static Path folder;

    @Test
    void jobsSurviveServicesThatStopInTheMiddle() {
        Path model = folder.resolve("model");
        TinyModel.write(model, 7);
        PlatformOptions options = PlatformOptions.onPort(0)
                .withoutDemoBank()
                .withProperties(Map.of("cm3.model.location", model.toUri().toString()));

        Map<String, String> calm = new TreeMap<>();
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(folder.resolve("calm"), options)) {
            Gateway gateway = new Gateway(platform.url());
            submitAll(gateway).forEach((prompt, id) -> calm.put(prompt, imageOf(gateway.completed(id))));
        }

        Map<String, String> disturbed = new TreeMap<>();
        Map<String, String> ids;
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(folder.resolve("disturbed"), options)) {
            Gateway gateway = new Gateway(platform.url());
            ids = submitAll(gateway);
            gateway.completed(ids.get(prompt(0)));
            for (String service : List.of("generator", "tokenizer")) {
                platform.stop(service);
                Gateway.sleep(300);
                platform.start(service);
            }
            ids.forEach((prompt, id) -> disturbed.put(prompt, imageOf(gateway.completed(id))));
            assertThat(completions(platform.bootstrapServers()))
                    .as("different completions of each job")
                    .hasSize(JOBS)
                    .allSatisfy((job, bodies) -> assertThat(bodies).hasSize(1));
        }
        assertThat(disturbed).isEqualTo(calm);

        try (EmbeddedPlatform platform = EmbeddedPlatform.start(folder.resolve("disturbed"), options)) {
            Gateway gateway = new Gateway(platform.url());
            ids.forEach((prompt, id) -> assertThat(imageOf(gateway.completed(id)))
                    .as("image of %s after a restart of everything", prompt)
                    .isEqualTo(calm.get(prompt)));
        }
    }

    private static Map<String, String> submitAll(Gateway gateway) {
        Map<String, String> ids = new TreeMap<>();
        for (int i = 0; i < JOBS; i++) {
            ids.put(
                    prompt(i),
                    gateway.submit(Map.of("prompt", prompt(i), "seed", 1000 + i, "retrieval", Map.of("documents", 0))));
        }
        return ids;
    }

    private static String prompt(int i) {
        return "person number %02d".formatted(i);
    }

    private static String imageOf(JsonNode job) {
        return job.path("candidates").path(0).path("image").path("key").asString();
    }

    /// The distinct bodies of `generation-completed.v1` by job.
    private static Map<String, Set<String>> completions(String brokers) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", brokers);
        Map<String, Set<String>> bodies = new HashMap<>();
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor("generation-completed.v1")
                    .forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(event -> bodies.computeIfAbsent(event.key(), job -> new java.util.HashSet<>())
                                .add(event.value()));
            }
        }
        return bodies;
    }
}
