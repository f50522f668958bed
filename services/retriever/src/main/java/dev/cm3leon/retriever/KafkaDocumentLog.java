package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.Event;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.LogConsumer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The topic `document-tokenized.v1`, read outside any consumer group.
final class KafkaDocumentLog implements DocumentLog {

    private static final Logger log = LoggerFactory.getLogger(KafkaDocumentLog.class);
    private static final String TOPIC = Event.typeOf(DocumentTokenized.class);
    private static final int TOGETHER = 64;

    private final Map<String, Object> connection;

    /// @param connection `bootstrap.servers` and what else it takes to connect
    KafkaDocumentLog(Map<String, Object> connection) {
        this.connection = Map.copyOf(connection);
    }

    @Override
    public long count(Place from) {
        return consuming(from, consumer -> {
            Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment(), LogConsumer.PATIENCE);
            return ends.entrySet().stream()
                    .mapToLong(
                            end -> Math.max(0, end.getValue() - consumer.position(end.getKey(), LogConsumer.PATIENCE)))
                    .sum();
        });
    }

    @Override
    public Place read(Place from, Consumer<List<DocumentTokenized>> documents) {
        return consuming(from, consumer -> {
            LogConsumer.readToEnd(consumer, records -> {
                List<DocumentTokenized> together = new ArrayList<>();
                for (var record : records) {
                    read(record, together);
                    if (together.size() < TOGETHER) continue;
                    documents.accept(together);
                    together = new ArrayList<>();
                }
                if (!together.isEmpty()) documents.accept(together);
            });
            Map<Integer, Long> offsets = new HashMap<>();
            consumer.assignment().forEach(part -> offsets.put(part.partition(), consumer.position(part)));
            return new Place(offsets);
        });
    }

    static void read(ConsumerRecord<byte[], byte[]> record, List<DocumentTokenized> into) {
        try {
            into.add(EventMessages.read(record.value(), DocumentTokenized.class));
        } catch (IllegalArgumentException e) { // it is a dead letter, as it was when it came first
            log.atWarn()
                    .addKeyValue("partition", record.partition())
                    .addKeyValue("offset", record.offset())
                    .log("a document that cannot be read");
        }
    }

    private <T> T consuming(Place from, Function<KafkaConsumer<byte[], byte[]>, T> use) {
        try (var consumer = LogConsumer.open(connection)) {
            List<TopicPartition> parts = LogConsumer.partitions(consumer, List.of(TOPIC));
            consumer.assign(parts);
            consumer.seekToBeginning(parts);
            for (TopicPartition part : parts) {
                Long offset = from.offsets().get(part.partition());
                if (offset != null) consumer.seek(part, offset);
            }
            return use.apply(consumer);
        } catch (KafkaException e) {
            throw new UncheckedIOException("could not read " + TOPIC + ": " + e.getMessage(), new IOException(e));
        }
    }
}
