package dev.cm3leon.gateway.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.events.Event;
import dev.cm3leon.gateway.state.PlatformState;
import dev.cm3leon.gateway.state.Recorded;
import dev.cm3leon.service.EventMessages;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From records of the log to what the gateway knows.
public final class Projection implements Consumer<ConsumerRecord<byte[], byte[]>> {

    private static final Logger log = LoggerFactory.getLogger(Projection.class);

    private final PlatformState state;

    public Projection(PlatformState state) {
        this.state = state;
    }

    /// The topics of all events there are, and of those that could not be handled.
    public static List<String> topics() {
        Stream<String> events = Arrays.stream(Event.class.getPermittedSubclasses())
                .flatMap(family -> Arrays.stream(family.getPermittedSubclasses()))
                .map(type -> Event.typeOf(type.asSubclass(Event.class)));
        return Stream.concat(events, Stream.of(DeadLetters.TOPIC)).toList();
    }

    @Override
    public void accept(ConsumerRecord<byte[], byte[]> record) {
        try {
            if (!record.topic().equals(DeadLetters.TOPIC)) state.hear(read(record));
            else
                DeadLetters.replayed(record)
                        .ifPresentOrElse(
                                state::hearReplay,
                                () -> state.hearDeadLetter(
                                        record.offset(), record.key() == null ? "" : new String(record.key(), UTF_8)));
        } catch (RuntimeException e) { // who has to act on it dead-letters it; there is nothing to show
            log.atWarn()
                    .addKeyValue("topic", record.topic())
                    .addKeyValue("offset", record.offset())
                    .addKeyValue("reason", e.getMessage())
                    .log("an event that cannot be read");
        }
    }

    /// A job that was put straight on its topic may come without CloudEvents attributes.
    private static Recorded<Event> read(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) throw new IllegalArgumentException("it has no value");
        Event event = EventMessages.read(record.value(), Event.class);
        if (!namesSubject(event)) throw new IllegalArgumentException("it names no subject");
        return new Recorded<>(
                attribute(record, "ce_id", event.eventId()),
                attribute(record, "ce_source", "unknown"),
                time(record),
                event);
    }

    /// The bytes `null` are JSON too, and what a record lacks is null.
    private static boolean namesSubject(@Nullable Event event) {
        try {
            return event != null && (Object) event.subject() != null;
        } catch (NullPointerException e) { // it lacks what has the subject
            return false;
        }
    }

    private static Instant time(ConsumerRecord<?, ?> record) {
        Instant written = Instant.ofEpochMilli(record.timestamp());
        try {
            return Instant.parse(attribute(record, "ce_time", written.toString()));
        } catch (DateTimeException e) {
            return written;
        }
    }

    private static String attribute(ConsumerRecord<?, ?> record, String name, String otherwise) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? otherwise : new String(header.value(), UTF_8);
    }
}
