package dev.cm3leon.retriever;

import dev.cm3leon.events.Event;
import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.events.ModelEvent.ModelRolledBack;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.LogConsumer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was promoted and rolled back before this process began. Until that is known, the model to begin with would pass
/// for the one that draws, and the bank be rebuilt for its CLIP.
final class PromotionLog {

    private static final Logger log = LoggerFactory.getLogger(PromotionLog.class);
    private static final List<String> TOPICS =
            List.of(Event.typeOf(ModelPromoted.class), Event.typeOf(ModelRolledBack.class));

    private final Map<String, Object> connection;
    private boolean read;

    /// @param connection `bootstrap.servers` and what else it takes to connect
    PromotionLog(Map<String, Object> connection) {
        this.connection = Map.copyOf(connection);
    }

    /// Reads it once.
    ///
    /// @param hear may be told of an event again
    /// @throws UncheckedIOException when the broker cannot be reached
    synchronized void read(Consumer<ModelEvent> hear) {
        if (read) return;
        try {
            LogConsumer.readAll(connection, TOPICS, LogConsumer.PATIENCE, record -> take(record, hear));
            read = true;
        } catch (KafkaException e) {
            throw new UncheckedIOException("could not read " + TOPICS + ": " + e.getMessage(), new IOException(e));
        }
    }

    static void take(ConsumerRecord<byte[], byte[]> record, Consumer<ModelEvent> hear) {
        ModelEvent event;
        try {
            event = EventMessages.read(record.value(), ModelEvent.class);
        } catch (IllegalArgumentException e) { // it promotes nothing, and must not hide what does
            log.atWarn()
                    .addKeyValue("topic", record.topic())
                    .addKeyValue("partition", record.partition())
                    .addKeyValue("offset", record.offset())
                    .log("a promotion that cannot be read: {}", e.getMessage());
            return;
        }
        hear.accept(event);
    }
}
