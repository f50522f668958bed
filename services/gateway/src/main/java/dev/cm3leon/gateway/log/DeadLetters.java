package dev.cm3leon.gateway.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.Tenant;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.PlatformState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/// Events that a service could not handle, with the reason. A log cannot be taken back, so a replay leaves a
/// mark in the dead-letter topic, and marked letters are not shown again.
public final class DeadLetters {

    /// Where all services put what they cannot handle.
    public static final String TOPIC = "dead-letters";

    private static final String REPLAYED = "cm3-replayed-offset";
    private static final int SHOWN = 2000;

    /// Where events say whose they are, those of searches all whose documents they look through.
    private static final Pattern TENANT = Pattern.compile("(/request|/document|/content)?/tenant|/tenants/\\d+");

    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0); // it has one: dlq-partitions

    private final KafkaLog log;
    private final PlatformState state;

    public DeadLetters(KafkaLog log, PlatformState state) {
        this.log = log;
        this.state = state;
    }

    /// @param originalTopic where it was when it could not be handled
    /// @param reason the exception's message
    /// @param payload the beginning of the event
    /// @param tenants whose it is, as far as the event says so and is not everybody's
    public record Letter(
            String topic,
            int partition,
            long offset,
            @JsonProperty("original_topic") String originalTopic,
            @Nullable String subject,
            String reason,
            Instant at,
            String payload,
            @JsonIgnore Set<String> tenants) {}

    /// The offset of the letter that was replayed, where a record of the topic says so.
    static Optional<Long> replayed(ConsumerRecord<?, ?> record) {
        return Optional.ofNullable(record.headers().lastHeader(REPLAYED))
                .map(mark -> Long.valueOf(new String(mark.value(), UTF_8)));
    }

    /// Letters that were not replayed, oldest first.
    ///
    /// @param after offset that they lie behind
    /// @param shown the letters that there are for who asks
    public List<Letter> list(long after, int limit, Predicate<Letter> shown) {
        NavigableSet<Long> waiting = state.deadLetters();
        Long first = waiting.higher(after);
        List<Letter> letters = new ArrayList<>();
        if (first == null) return letters;
        log.from(PARTITION, first, record -> {
            if (waiting.contains(record.offset())) {
                Letter letter = letter(record);
                if (shown.test(letter)) letters.add(letter);
            }
            return letters.size() < limit && waiting.higher(record.offset()) != null;
        });
        return letters;
    }

    /// Puts a letter back on the topic it came from.
    ///
    /// @param shown the letters that there are for who asks
    /// @throws Refusal 404 when there is no such letter
    public Letter replay(String topic, int partition, long offset, Predicate<Letter> shown) {
        String place = topic + "/" + partition + "/" + offset;
        if (!topic.equals(TOPIC)) throw Refusal.unknown("dead letter", place);
        var record = log.at(new TopicPartition(topic, partition), offset)
                .filter(found -> replayed(found).isEmpty())
                .orElseThrow(() -> Refusal.unknown("dead letter", place));
        Letter letter = letter(record);
        if (!shown.test(letter)) throw Refusal.unknown("dead letter", place);
        List<Header> headers = new ArrayList<>();
        for (Header header : record.headers()) if (!header.key().startsWith("x-")) headers.add(header);
        var again = new ProducerRecord<>(letter.originalTopic(), null, record.key(), record.value(), headers);
        var mark = new ProducerRecord<>(TOPIC, partition, record.key(), new byte[0]);
        mark.headers().add(REPLAYED, Long.toString(offset).getBytes(UTF_8));
        log.write(List.of(again, mark));
        state.hearReplay(offset);
        return letter;
    }

    private static Letter letter(ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value() == null ? new byte[0] : record.value();
        String payload = new String(value, 0, Math.min(value.length, SHOWN), UTF_8);
        return new Letter(
                record.topic(),
                record.partition(),
                record.offset(),
                text(record, "x-original-topic", "unknown"),
                record.key() == null ? null : new String(record.key(), UTF_8),
                text(record, "x-exception-message", "no reason was told"),
                Instant.ofEpochMilli(record.timestamp()),
                payload,
                tenants(value));
    }

    /// Of an event that perhaps cannot be read, or only up to a place.
    private static Set<String> tenants(byte[] event) {
        Set<String> tenants = new TreeSet<>();
        boolean isDocument = false;
        try (JsonParser json = JsonMapper.shared().createParser(event)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token != JsonToken.VALUE_STRING) continue;
                String place = json.streamReadContext().pathAsPointer().toString();
                if (!TENANT.matcher(place).matches()) continue;
                isDocument |= place.startsWith("/content") || place.startsWith("/document");
                tenants.add(json.getString());
            }
        } catch (JacksonException e) {
            // what stands before that counts
        }
        if (isDocument || tenants.size() > 1) tenants.remove(Tenant.PUBLIC);
        return tenants;
    }

    private static String text(ConsumerRecord<byte[], byte[]> record, String name, String otherwise) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? otherwise : new String(header.value(), UTF_8);
    }
}
