package dev.cm3leon.gateway.log;

import dev.cm3leon.service.LogConsumer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Direct looks into the log, outside any consumer group. Every method throws a [KafkaException] when the broker cannot
/// be reached.
public class KafkaLog {

    private static final Duration PATIENCE = LogConsumer.PATIENCE;

    private final Map<String, Object> connection;

    /// @param connection `bootstrap.servers` and what else it takes to connect
    public KafkaLog(Map<String, Object> connection) {
        this.connection = Map.copyOf(connection);
    }

    /// All records of a topic, each partition in its order; none when there is no such topic.
    public void all(String topic, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        LogConsumer.readAll(connection, List.of(topic), PATIENCE, reader);
    }

    /// The record at one place, if there is one.
    public Optional<ConsumerRecord<byte[], byte[]>> at(TopicPartition partition, long offset) {
        try (var consumer = consumer()) {
            if (!LogConsumer.partitions(consumer, List.of(partition.topic())).contains(partition))
                return Optional.empty();
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition), PATIENCE).getOrDefault(partition, 0L);
            long begin = consumer.beginningOffsets(List.of(partition), PATIENCE).getOrDefault(partition, 0L);
            if (offset < begin || offset >= end) return Optional.empty();
            consumer.seek(partition, offset);
            while (consumer.position(partition) <= offset) {
                for (var found : consumer.poll(Duration.ofMillis(200))) {
                    if (found.offset() >= offset) return Optional.of(found).filter(r -> r.offset() == offset);
                }
            }
            return Optional.empty();
        }
    }

    /// Writes records, in order; the broker has them all when this returns.
    public void write(List<ProducerRecord<byte[], byte[]>> records) {
        Map<String, Object> config = new HashMap<>(connection);
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (int) PATIENCE.toMillis());
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 2 * (int) PATIENCE.toMillis());
        try (var producer = new KafkaProducer<byte[], byte[]>(config)) {
            for (var record : records) producer.send(record).get();
        } catch (java.util.concurrent.ExecutionException e) {
            throw new KafkaException("not written: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while writing", e);
        }
    }

    /// A consumer without a group.
    public KafkaConsumer<byte[], byte[]> consumer() {
        return LogConsumer.open(connection);
    }
}
