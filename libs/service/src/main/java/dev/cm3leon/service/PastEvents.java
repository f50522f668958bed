package dev.cm3leon.service;

import dev.cm3leon.events.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was told before this process began: read once, before what depends on it. A binding hears the same events, but
/// beside those of other bindings and in no order with them.
///
/// @param <E> the family, or one type
public final class PastEvents<E extends Event> {

    private static final Logger log = LoggerFactory.getLogger(PastEvents.class);

    /// Reads topics to their end.
    @FunctionalInterface
    interface Log {
        void readAll(Consumer<ConsumerRecord<byte[], byte[]>> reader);
    }

    private final Log past;
    private final Class<E> family;
    private boolean read;

    /// @param connection `bootstrap.servers` and what else it takes to connect
    public PastEvents(Map<String, Object> connection, List<String> topics, Class<E> family) {
        this(reader -> LogConsumer.readAll(connection, topics, LogConsumer.PATIENCE, reader), family);
    }

    PastEvents(Log past, Class<E> family) {
        this.past = past;
        this.family = family;
    }

    /// Reads them, the first time.
    ///
    /// @param hear may be told of an event again
    /// @throws UncheckedIOException when the broker cannot be reached; the next call tries again
    public synchronized void read(Consumer<? super E> hear) {
        if (read) return;
        try {
            past.readAll(record -> take(record, hear));
            read = true;
        } catch (KafkaException e) {
            throw new UncheckedIOException(
                    "could not read what was told before: " + e.getMessage(), new IOException(e));
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record, Consumer<? super E> hear) {
        E event;
        try {
            event = EventMessages.read(record.value(), family);
        } catch (IllegalArgumentException e) { // it must not hide the others
            log.atWarn()
                    .addKeyValue("topic", record.topic())
                    .addKeyValue("partition", record.partition())
                    .addKeyValue("offset", record.offset())
                    .log("a past event that cannot be read: {}", e.getMessage());
            return;
        }
        hear.accept(event);
    }
}
