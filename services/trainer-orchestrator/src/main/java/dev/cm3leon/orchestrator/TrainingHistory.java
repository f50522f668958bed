package dev.cm3leon.orchestrator;

import dev.cm3leon.events.Event;
import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.LogConsumer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the topics tell of all runs, outside any consumer group: the orchestrator's only memory.
final class TrainingHistory {
    private static final Logger log = LoggerFactory.getLogger(TrainingHistory.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /// Those that move a run from one state to another.
    private static final List<String> TOPICS = Stream.of(
                    TrainingEvent.TrainingRequested.class,
                    TrainingEvent.TrainingStarted.class,
                    TrainingEvent.TrainingSuspensionRequested.class,
                    TrainingEvent.TrainingCancelRequested.class,
                    TrainingEvent.TrainingCompleted.class,
                    TrainingEvent.TrainingFailed.class,
                    TrainingEvent.TrainingCancelled.class)
            .map(Event::typeOf)
            .toList();

    private TrainingHistory() {}

    /// All events up to now, in the order of their time.
    ///
    /// @param connection `bootstrap.servers` and what else it takes to connect
    /// @throws org.apache.kafka.common.KafkaException when the broker cannot be reached
    static List<TrainingEvent> read(Map<String, Object> connection) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        LogConsumer.readAll(connection, TOPICS, PATIENCE, records::add);
        records.sort(Comparator.comparingLong(ConsumerRecord::timestamp));
        return records.stream().flatMap(TrainingHistory::event).toList();
    }

    private static Stream<TrainingEvent> event(ConsumerRecord<byte[], byte[]> record) {
        try {
            return Stream.of(EventMessages.read(record.value(), TrainingEvent.class));
        } catch (IllegalArgumentException e) { // was dead-lettered when it was new
            log.atWarn()
                    .addKeyValue("topic", record.topic())
                    .addKeyValue("reason", e.getMessage())
                    .log("not an event");
            return Stream.empty();
        }
    }
}
