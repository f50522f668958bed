package dev.cm3leon.gateway.log;

import dev.cm3leon.service.LogConsumer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
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

    /// The records of a partition as it is now; none when there is no such partition.
    ///
    /// @param first offset of the first
    /// @param reader of one record, which says whether the next one is wanted
    public void from(TopicPartition partition, long first, Predicate<ConsumerRecord<byte[], byte[]>> reader) {
        try (var consumer = consumer()) {
            if (!LogConsumer.partitions(consumer, List.of(partition.topic())).contains(partition)) return;
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition), PATIENCE).getOrDefault(partition, 0L);
            long begin = consumer.beginningOffsets(List.of(partition), PATIENCE).getOrDefault(partition, 0L);
            consumer.seek(partition, Math.max(first, begin));
            while (consumer.position(partition) < end) {
                for (var found : consumer.poll(Duration.ofMillis(200))) if (!reader.test(found)) return;
            }
        }
    }

    /// The record at one place, if there is one.
    public Optional<ConsumerRecord<byte[], byte[]>> at(TopicPartition partition, long offset) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        from(partition, offset, record -> {
            found.add(record);
            return false;
        });
        return found.stream().filter(record -> record.offset() == offset).findFirst();
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
