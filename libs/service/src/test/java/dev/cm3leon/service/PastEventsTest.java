package dev.cm3leon.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class PastEventsTest {

    private static final GenerationCancelRequested CANCEL = new GenerationCancelRequested("g", Instant.EPOCH);

    private final List<GenerationCancelRequested> heard = new ArrayList<>();
    private int reads;

    @Test
    void theyAreReadOnceAndARecordThatCannotBeReadDoesNotHideTheOthers() {
        var past = past(reader -> {
            reads++;
            reader.accept(record("no event".getBytes(StandardCharsets.UTF_8)));
            reader.accept(
                    record(new EventMessages("test", Instant::now).of(CANCEL).getPayload()));
        });

        past.read(heard::add);
        past.read(heard::add);

        assertThat(reads).isEqualTo(1);
        assertThat(heard).containsExactly(CANCEL);
    }

    @Test
    void aBrokerThatCannotBeReachedIsAskedAgain() {
        var past = past(reader -> {
            if (++reads == 1) throw new TimeoutException("5000 ms have passed");
        });

        assertThatThrownBy(() -> past.read(heard::add))
                .isInstanceOf(UncheckedIOException.class) // which is tried again
                .hasMessageContaining("5000 ms have passed");
        past.read(heard::add);

        assertThat(reads).isEqualTo(2);
    }

    private PastEvents<GenerationCancelRequested> past(PastEvents.Log log) {
        return new PastEvents<>(log, GenerationCancelRequested.class);
    }

    private static ConsumerRecord<byte[], byte[]> record(byte[] value) {
        return new ConsumerRecord<>("generation-cancel-requested.v1", 0, 0, new byte[0], value);
    }
}
