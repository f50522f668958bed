package dev.cm3leon.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.MessageBuilder;

class AcksInOrderTest {

    private final AcksInOrder acks = new AcksInOrder();
    private final List<String> committed = new ArrayList<>();

    @Test
    void aLaterRecordWaitsForAnEarlierOne() {
        AcksInOrder.Delivery first = acks.delivered("0", () -> committed.add("first"));
        AcksInOrder.Delivery second = acks.delivered("0", () -> committed.add("second"));

        second.done();
        assertThat(committed).isEmpty();

        first.done();
        assertThat(committed).containsExactly("second");
    }

    @Test
    void partitionsDoNotWaitForEachOther() {
        acks.delivered("0", () -> committed.add("zero"));
        AcksInOrder.Delivery other = acks.delivered("1", () -> committed.add("one"));

        other.done();

        assertThat(committed).containsExactly("one");
    }

    @Test
    void aMessageIsBehindThoseOfItsPartitionThatAreNotDone() {
        AcksInOrder.Delivery first = acks.delivered(of(0));

        assertThat(acks.isBehindOthers(of(0))).isTrue();
        assertThat(acks.isBehindOthers(of(1))).isFalse();

        first.done();
        assertThat(acks.isBehindOthers(of(0))).isFalse();
    }

    private static Message<String> of(int partition) {
        return MessageBuilder.withPayload("")
                .setHeader(KafkaHeaders.RECEIVED_PARTITION, partition)
                .build();
    }

    @Test
    void neverCommitsPastARecordThatIsNotDone() {
        List<Integer> offsets = new ArrayList<>();
        List<AcksInOrder.Delivery> deliveries = new ArrayList<>();
        for (int offset = 0; offset < 100; offset++) {
            int committedOffset = offset;
            deliveries.add(acks.delivered("0", () -> offsets.add(committedOffset)));
        }
        List<Integer> order = new ArrayList<>(IntStream.range(0, 100).boxed().toList());
        Collections.shuffle(order, new Random(7));

        boolean[] done = new boolean[100];
        for (int offset : order) {
            done[offset] = true;
            deliveries.get(offset).done();
            int committedUpTo = offsets.isEmpty() ? -1 : offsets.getLast();
            assertThat(IntStream.rangeClosed(0, committedUpTo)).allMatch(o -> done[o]);
        }

        assertThat(offsets).isSorted().endsWith(99);
    }
}
