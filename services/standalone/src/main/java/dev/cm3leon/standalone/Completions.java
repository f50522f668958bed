package dev.cm3leon.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import tools.jackson.databind.json.JsonMapper;

/// What the log says of the jobs that are done. The gateway cannot tell whether one was done twice: it keeps one
/// completion of each.
public final class Completions {
    private static final String TOPIC = "generation-completed.v1";

    private Completions() {}

    /// @param args the brokers, and the file to write: by job, how many different results it has
    public static void main(String[] args) throws IOException {
        Logging.onlyWarnings();
        Map<String, Integer> counts = new HashMap<>();
        read(args[0]).forEach((job, results) -> counts.put(job, results.size()));
        Files.write(Path.of(args[1]), new JsonMapper().writeValueAsBytes(counts));
    }

    /// The different results of each job: one that was delivered again is the same to the letter, and there once.
    public static Map<String, Set<String>> read(String brokers) {
        Map<String, Set<String>> results = new HashMap<>();
        Map<String, Object> settings = Map.of("bootstrap.servers", brokers);
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(TOPIC).stream()
                    .map(info -> new TopicPartition(TOPIC, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.getOrDefault(each, 0L))) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(event -> results.computeIfAbsent(event.key(), job -> new HashSet<>())
                                .add(event.value()));
            }
        }
        return results;
    }
}
