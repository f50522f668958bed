package dev.cm3leon.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.Event;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.kafka.support.KafkaNull;
import org.springframework.messaging.Message;
import org.springframework.messaging.converter.MessageConversionException;
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

    /// Its acknowledgement, which the binder gives, would be theirs too.
    @ParameterizedTest
    @ValueSource(strings = {"{", "null", "{\"type\":\"party.v1\"}", "{\"type\":\"document-tokenized.v1\"}"})
    void whatCannotBeReadWaitsForThoseBeforeIt(String unreadable) {
        AcksInOrder.Delivery first = acks.delivered(of(0, ""));

        assertThatThrownBy(() -> read(of(0, unreadable), first::done))
                .isInstanceOfAny(IllegalArgumentException.class, NullPointerException.class);
    }

    @Test
    void aTombstoneCannotBeRead() {
        AcksInOrder.Delivery first = acks.delivered(of(0, ""));

        assertThatThrownBy(() -> read(of(0, KafkaNull.INSTANCE), first::done))
                .isInstanceOf(MessageConversionException.class);
    }

    @Test
    void whereOneBeforeItStaysUndoneItComesAgain() {
        AcksInOrder.Delivery first = acks.delivered(of(0, ""));

        assertThatThrownBy(() -> read(of(0, "{"), () -> {})).isInstanceOf(UncheckedIOException.class);
        assertThatThrownBy(() -> read(of(1, "{"), () -> {})).isInstanceOf(IllegalArgumentException.class);

        first.done();
        assertThatThrownBy(() -> read(of(0, "{"), () -> {})).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatCanBeReadWaitsForNothing() {
        acks.delivered(of(0, ""));

        assertThat(read(of(0, "{\"type\":\"document-indexed.v1\",\"document\":\"d\",\"indexVersion\":\"v\"}"), () -> {
                    throw new AssertionError("waits");
                }))
                .isEqualTo(new DocumentEvent.DocumentIndexed("d", "v", null));
    }

    private Event read(Message<?> message, Runnable awaitIdle) {
        return acks.read(message, DocumentEvent.class, awaitIdle);
    }

    private static Message<?> of(int partition, Object payload) {
        return MessageBuilder.withPayload(payload instanceof String json ? json.getBytes(UTF_8) : payload)
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
