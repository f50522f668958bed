package dev.cm3leon.trainer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.events.Event;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import tools.jackson.databind.json.JsonMapper;

/// Tells events to Kafka as the services do: binary CloudEvents on the topic of their type, keyed by their subject.
/// Training does not wait for the broker: what cannot be told yet is told later, in order.
final class KafkaEvents implements Consumer<Event>, AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration LAST_WORDS = Duration.ofMinutes(10);
    private static final long AGAIN_MILLISECONDS = 500;

    private final Producer<byte[], byte[]> producer;
    private final InstantSource clock;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("events").daemon().factory());
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();

    /// @param properties what else the client is told, e.g. how to log in
    /// @throws KafkaException when the client cannot be made of them
    KafkaEvents(String servers, Map<String, String> properties, InstantSource clock) {
        this(producer(servers, properties), clock);
    }

    /// @param producer is closed with this
    KafkaEvents(Producer<byte[], byte[]> producer, InstantSource clock) {
        this.producer = producer;
        this.clock = clock;
    }

    private static Producer<byte[], byte[]> producer(String servers, Map<String, String> properties) {
        Map<String, Object> config = new HashMap<>(properties);
        config.putAll(Map.of(
                "bootstrap.servers", servers,
                "acks", "all",
                "enable.idempotence", true,
                "linger.ms", 0,
                "max.block.ms", 10_000,
                "delivery.timeout.ms", 30_000,
                "request.timeout.ms", 10_000));
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void accept(Event event) {
        var record = record(event);
        thread.execute(() -> send(record));
    }

    private ProducerRecord<byte[], byte[]> record(Event event) {
        var record = new ProducerRecord<>(event.type(), event.subject().getBytes(UTF_8), JSON.writeValueAsBytes(event));
        Map.of(
                        "ce_specversion",
                        "1.0",
                        "ce_id",
                        event.eventId(),
                        "ce_source",
                        "trainer-job",
                        "ce_type",
                        event.type(),
                        "ce_subject",
                        event.subject(),
                        "ce_time",
                        clock.instant().toString(),
                        "ce_datacontenttype",
                        "application/json",
                        "content-type",
                        "application/json")
                .forEach((name, value) -> record.headers().add(name, value.getBytes(UTF_8)));
        return record;
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        while (true) {
            try {
                producer.send(record).get();
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Exception e) {
                Throwable cause = e.getCause() != null ? e.getCause() : e;
                System.err.println("trainer-job: cannot tell " + record.topic() + " yet: " + cause.getMessage());
                if (!(cause instanceof RetriableException)) {
                    failures.add(record.topic() + ": " + cause.getMessage());
                    return;
                }
                try {
                    Thread.sleep(AGAIN_MILLISECONDS);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /// Waits until everything is told. What could not be told is said once, and given up.
    ///
    /// @throws KafkaException when something could not be told
    void flush() {
        try {
            thread.submit(() -> {}).get(LAST_WORDS.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            thread.shutdownNow();
            throw new KafkaException("the broker took no events for " + LAST_WORDS.toMinutes() + " minutes", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        List<String> untold = List.copyOf(failures);
        failures.clear();
        if (!untold.isEmpty()) throw new KafkaException("not told: " + untold);
    }

    /// As [#flush], unless that gave up before.
    @Override
    public void close() {
        try {
            if (!thread.isShutdown()) flush();
        } finally {
            thread.shutdownNow();
            producer.close(Duration.ofSeconds(5));
        }
    }
}
