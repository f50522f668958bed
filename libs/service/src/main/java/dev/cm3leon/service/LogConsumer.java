package dev.cm3leon.service;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reading the log outside any consumer group: nothing is committed and no topic is made.
public final class LogConsumer {

    /// How long the broker may take to answer.
    public static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration POLL = Duration.ofMillis(200);

    private LogConsumer() {}

    /// @param connection `bootstrap.servers` and what else it takes to connect
    public static KafkaConsumer<byte[], byte[]> open(Map<String, Object> connection) {
        return open(connection, PATIENCE);
    }

    private static KafkaConsumer<byte[], byte[]> open(Map<String, Object> connection, Duration patience) {
        Map<String, Object> config = new HashMap<>(connection);
        config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) patience.toMillis());
        config.remove(ConsumerConfig.GROUP_ID_CONFIG);
        return new KafkaConsumer<>(config);
    }

    /// The partitions of those topics that exist.
    public static List<TopicPartition> partitions(
            org.apache.kafka.clients.consumer.Consumer<?, ?> consumer, Collection<String> topics) {
        Map<String, List<PartitionInfo>> known = consumer.listTopics();
        return topics.stream()
                .flatMap(topic -> known.getOrDefault(topic, List.of()).stream())
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
    }

    /// All that is in these topics now, each partition in its order.
    ///
    /// @param patience how long the broker may take to answer
    /// @throws org.apache.kafka.common.KafkaException when it takes longer
    public static void readAll(
            Map<String, Object> connection,
            Collection<String> topics,
            Duration patience,
            Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        try (var consumer = open(connection, patience)) {
            List<TopicPartition> partitions = partitions(consumer, topics);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            readToEnd(consumer, records -> records.forEach(reader));
        }
    }

    /// From where the consumer is to where the log ends now.
    public static void readToEnd(
            KafkaConsumer<byte[], byte[]> consumer, Consumer<ConsumerRecords<byte[], byte[]>> reader) {
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            reader.accept(consumer.poll(POLL));
        }
    }
}
