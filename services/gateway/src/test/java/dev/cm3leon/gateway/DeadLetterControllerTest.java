package dev.cm3leon.gateway;

import static dev.cm3leon.gateway.Examples.START;
import static dev.cm3leon.gateway.Examples.recorded;
import static dev.cm3leon.gateway.Examples.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.gateway.log.DeadLetters;
import dev.cm3leon.gateway.log.KafkaLog;
import dev.cm3leon.gateway.log.Projection;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.PlatformState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Two gateways of two tenants over one log.
class DeadLetterControllerTest {

    private static final String LONG = "a".repeat(3000);

    private final PlatformState state = new PlatformState(3, 3);
    private final Log log = new Log(new Projection(state));

    @Test
    void whatAnEventSaysItselfHidesItFromOthersThoughItsSubjectIsUnknown() {
        log.put("search", "{'type':'search-requested.v1','text':'%s','tenants':['public','one']}".formatted(LONG));
        log.put("everybody's search", "{'tenants':['public']}");
        log.put("lacking", "{'request':{'text':'%s','tenant':'one'}}".formatted(LONG));
        log.put("cut off", "{'request':{'tenant':'one','parts':[{'text':'a sec");
        log.put("run", "{'type':'training-requested.v1','tenant':'one'}");
        log.put("document", "{'type':'document-added.v1','content':{'tenant':'one'}}");
        log.put("everybody's document", "{'content':{'tenant':'public'}}");
        log.put(null, "{'document':{'tenant':'one'}}");
        log.put("nobody's", "{'request':{'parts':[{'tenant':'one'}]}}");
        log.put("no JSON", "tenant one");
        log.put("empty", "");

        assertThat(shownTo("one")).containsExactly(0, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(shownTo("two")).containsExactly(6, 8, 9, 10);
        assertThat(shownTo("public")).containsExactly(1, 6, 8, 9, 10);
    }

    @Test
    void anEventThatDoesNotSayWhoseItIsIsItsSubjects() {
        state.hear(recorded(new GenerationRequested(request("job", "one"), START), START));
        log.put("job", "{'type':'generation-progress.v1'}");

        assertThat(shownTo("one")).containsExactly(0);
        assertThat(shownTo("two")).isEmpty();
    }

    @Test
    void anothersIsNotReplayed() {
        log.put("search", "{'tenants':['public','one']}");

        assertThatThrownBy(() -> gateway("two").replay(DeadLetters.TOPIC, 0, 0))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.status()).isEqualTo(404));
        assertThat(log.written).isEmpty();
        assertThat(gateway("one").replay(DeadLetters.TOPIC, 0, 0).subject()).isEqualTo("search");
        assertThat(log.written).hasSize(2);
    }

    @Test
    void noAnswerHasTheTenantsThatItWasHiddenBy() {
        log.put("search", "{'tenants':['public','one']}");

        JsonNode letters = JsonMapper.shared().valueToTree(gateway("one").list(1, -1));
        assertThat(letters.at("/dead_letters/0").propertyNames())
                .contains("subject", "payload")
                .doesNotContain("tenants");
    }

    @Test
    void whatIsReplayedIsNotListedAndThereAreNoMoreThanAskedFor() {
        for (int i = 0; i < 3; i++) {
            log.put("one's", "{'tenant':'one'}");
            log.put("two's", "{'tenant':'two'}");
        }
        gateway("one").replay(DeadLetters.TOPIC, 0, 0);

        assertThat(shownTo("one")).containsExactly(2, 4);
        assertThat(offsets(gateway("one").list(1, -1))).containsExactly(2);
        assertThat(offsets(gateway("one").list(1, 2))).containsExactly(4);
        assertThat(offsets(gateway("one").list(1, 4))).isEmpty();
        assertThat(state.deadLetters()).hasSize(5);
        assertThatThrownBy(() -> gateway("one").list(201, -1))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.field()).isEqualTo("limit"));
    }

    private List<Integer> shownTo(String tenant) {
        return offsets(gateway(tenant).list(200, -1));
    }

    private static List<Integer> offsets(DeadLetterController.Listed listed) {
        return listed.deadLetters().stream()
                .map(letter -> (int) letter.offset())
                .toList();
    }

    private DeadLetterController gateway(String tenant) {
        var properties = new Binder(new MapConfigurationPropertySource(Map.of("cm3.gateway.tenant", tenant)))
                .bindOrCreate("cm3.gateway", GatewayProperties.class);
        return new DeadLetterController(new DeadLetters(log, state), state, properties);
    }

    /// One partition of dead letters, without a broker.
    private static final class Log extends KafkaLog {
        private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        private final List<ProducerRecord<byte[], byte[]>> written = new ArrayList<>();
        private final Projection projection;

        Log(Projection projection) {
            super(Map.of());
            this.projection = projection;
        }

        void put(@Nullable String subject, String json) {
            byte[] key = subject == null ? null : subject.getBytes(UTF_8);
            byte[] value = json.replace('\'', '"').getBytes(UTF_8);
            records.add(new ConsumerRecord<>(DeadLetters.TOPIC, 0, records.size(), key, value));
            projection.accept(records.getLast());
        }

        @Override
        public void from(TopicPartition partition, long first, Predicate<ConsumerRecord<byte[], byte[]>> reader) {
            for (var record : records.subList((int) first, records.size())) if (!reader.test(record)) return;
        }

        @Override
        public void write(List<ProducerRecord<byte[], byte[]>> all) {
            written.addAll(all);
        }
    }
}
