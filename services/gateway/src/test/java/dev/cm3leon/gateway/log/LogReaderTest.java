package dev.cm3leon.gateway.log;

import static dev.cm3leon.gateway.Examples.START;
import static dev.cm3leon.gateway.Examples.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.gateway.GatewayBindings;
import dev.cm3leon.gateway.GatewayProperties;
import dev.cm3leon.gateway.Once;
import dev.cm3leon.gateway.state.PlatformState;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.health.contributor.Status;
import tools.jackson.databind.json.JsonMapper;

class LogReaderTest {

    @Test
    void aReaderWhoseThreadHasEndedIsNotHealthy() throws InterruptedException {
        var properties = new Binder(new MapConfigurationPropertySource(Map.of()))
                .bindOrCreate("cm3.gateway", GatewayProperties.class);
        var reader = new LogReader(new KafkaLog(Map.of())::consumer, List.of("a"), record -> {}); // no broker is named
        var health = new GatewayBindings().logHealthIndicator(properties, reader);
        assertThat(health.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);

        reader.start();
        for (int i = 0; i < 200 && !reader.isDead(); i++) Thread.sleep(50);

        assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
        assertThat(health.health().getDetails()).containsEntry("reason", "the log is not read any more");
        reader.close();
    }

    /// As one gateway knows at once what another was asked for with the same key.
    @Test
    void aKeyThatIsInTheLogIsKnownThoughItIsNotReadYet() {
        String key = "a key", id = Once.id(key, "public");
        byte[] asked = JsonMapper.shared().writeValueAsBytes(new GenerationRequested(request(id), START));
        var state = new PlatformState(3, 3);
        var partition = new TopicPartition("generation-requested.v1", 0);
        var log = new MockConsumer<byte[], byte[]>("earliest") {
            private boolean caughtUp;

            /// Whoever waits looks where the log ends: until then nothing is read.
            @Override
            public synchronized Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
                if (caughtUp) addRecord(new ConsumerRecord<>(partition.topic(), 0, 0, null, asked));
                updateEndOffsets(Map.of(partition, caughtUp ? 1L : 0L));
                caughtUp = true;
                return super.endOffsets(partitions);
            }
        };
        log.updatePartitions(partition.topic(), List.of(new PartitionInfo(partition.topic(), 0, null, null, null)));
        log.updateBeginningOffsets(Map.of(partition, 0L));
        var reader = new LogReader(() -> log, List.of(partition.topic()), new Projection(state));
        reader.start();
        while (!reader.isCaughtUp()) Thread.onSpinWait();

        assertThat(Once.before(null, id, reader, state.generations, "generation"))
                .isEmpty();
        assertThat(Once.before(key, id, reader, state.generations, "generation"))
                .hasValueSatisfying(job -> assertThat(job.request()).contains(request(id)));

        reader.close();
    }
}
