package dev.cm3leon.trainer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.Event;
import dev.cm3leon.events.TrainingEvent.CheckpointSaved;
import dev.cm3leon.events.TrainingEvent.TrainingFailed;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class KafkaEventsTest {
    private static final Event SAVED = new CheckpointSaved("r1", "pretrain", 20, "pretrain/checkpoints/20");
    private static final Event FAILED = new TrainingFailed("r1", "pretrain", "the disk is full");

    private final MockProducer<byte[], byte[]> broker =
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final KafkaEvents events =
            new KafkaEvents(broker, InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z")));

    @Test
    void anEventIsABinaryCloudEventOnTheTopicOfItsTypeUnderItsSubject() throws InterruptedException {
        events.accept(SAVED);
        await(broker::completeNext);
        events.close();

        assertThat(broker.history()).singleElement().satisfies(record -> {
            assertThat(record.topic()).isEqualTo("checkpoint-saved.v1").isEqualTo(SAVED.type());
            assertThat(new String(record.key(), UTF_8)).isEqualTo("r1");
            assertThat(new JsonMapper().readValue(record.value(), Event.class)).isEqualTo(SAVED);
            assertThat(StreamSupport.stream(record.headers().spliterator(), false)
                            .map(header -> header.key() + ": " + new String(header.value(), UTF_8)))
                    .containsExactlyInAnyOrder(
                            "ce_specversion: 1.0",
                            "ce_id: " + SAVED.eventId(),
                            "ce_source: trainer-job",
                            "ce_type: checkpoint-saved.v1",
                            "ce_subject: r1",
                            "ce_time: 2026-01-01T00:00:00Z",
                            "ce_datacontenttype: application/json",
                            "content-type: application/json");
        });
        assertThat(broker.closed()).isTrue();
    }

    @Test
    void whatABrokerThatIsAwayDoesNotTakeIsToldAgainBeforeWhatCameLater() throws InterruptedException {
        events.accept(SAVED);
        events.accept(FAILED);

        await(() -> broker.errorNext(new TimeoutException("away")));
        await(broker::completeNext);
        await(broker::completeNext);
        events.close();

        assertThat(topics()).containsExactly(SAVED.type(), SAVED.type(), FAILED.type());
    }

    @Test
    void whatTheBrokerWillNeverTakeIsNamedAtTheEndAndTheRestIsTold() throws InterruptedException {
        events.accept(SAVED);
        events.accept(FAILED);

        await(() -> broker.errorNext(new RecordTooLargeException("too large")));
        await(broker::completeNext);

        assertThatThrownBy(events::close)
                .isInstanceOf(KafkaException.class)
                .hasMessageContaining("checkpoint-saved.v1: too large");
        assertThat(topics()).containsExactly(SAVED.type(), FAILED.type());
        assertThat(broker.closed()).isTrue();
    }

    @Test
    void whatTheBrokerAsksForIsReadFromTheEnvironment() {
        var environment = JobEnvironment.of(Map.of(
                "CM3_KAFKA", "kafka:9093",
                "CM3_KAFKA_PROPERTIES_SECURITY_PROTOCOL", "SASL_SSL",
                "CM3_KAFKA_PROPERTIES_SASL_JAAS_CONFIG", "a secret"));

        assertThat(environment.kafkaProperties())
                .isEqualTo(Map.of("security.protocol", "SASL_SSL", "sasl.jaas.config", "a secret"));
    }

    @Test
    void whatTheClientIsToldReachesIt() {
        assertThatThrownBy(() ->
                        new KafkaEvents("127.0.0.1:9", Map.of("security.protocol", "NONSENSE"), InstantSource.system()))
                .hasStackTraceContaining("NONSENSE");
    }

    private List<String> topics() {
        return broker.history().stream().map(ProducerRecord::topic).toList();
    }

    /// Until there is something that was sent and not answered.
    private static void await(BooleanSupplier answered) throws InterruptedException {
        while (!answered.getAsBoolean()) Thread.sleep(5);
    }
}
