package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.service.EventMessages;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class PromotionLogTest {

    private final List<ModelEvent> heard = new ArrayList<>();

    @Test
    void aRecordThatCannotBeReadDoesNotHideTheOthers() {
        var promoted = new ModelPromoted("new@1", 1, Instant.EPOCH);

        PromotionLog.take(record("no event".getBytes(StandardCharsets.UTF_8)), heard::add);
        PromotionLog.take(
                record(new EventMessages("test", Instant::now).of(promoted).getPayload()), heard::add);

        assertThat(heard).containsExactly(promoted);
    }

    private static ConsumerRecord<byte[], byte[]> record(byte[] value) {
        return new ConsumerRecord<>("model-promoted.v1", 0, 0, new byte[0], value);
    }
}
