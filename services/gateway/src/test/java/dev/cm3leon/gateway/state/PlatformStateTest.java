package dev.cm3leon.gateway.state;

import static dev.cm3leon.gateway.Examples.START;
import static dev.cm3leon.gateway.Examples.job;
import static dev.cm3leon.gateway.Examples.recorded;
import static dev.cm3leon.gateway.Examples.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.gateway.log.DeadLetters;
import dev.cm3leon.gateway.log.Projection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class PlatformStateTest {

    /// As a gateway reads a log that has more jobs than it keeps: one topic first, then another.
    @Test
    void noJobOfThePastIsBeforeANewOneWhateverTopicIsReadFirst() {
        List<Recorded<GenerationEvent>> log = IntStream.range(0, 10)
                .mapToObj(i -> job("old-" + i))
                .flatMap(List::stream)
                .toList();
        Comparator<Recorded<GenerationEvent>> byTopic =
                Comparator.comparing(recorded -> recorded.event().type());
        for (var order : List.of(byTopic, byTopic.reversed())) {
            var state = new PlatformState(3, 3);

            log.stream().sorted(order).forEach(state::hear);
            state.hear(recorded(new GenerationRequested(request("new"), START), START.plusSeconds(1)));

            assertThat(state.ahead(state.generations.find("new").orElseThrow())).isZero();
            assertThat(state.generations.unfinished()).hasSize(1);
        }
    }

    @Test
    void aJobOfWhichAnEventIsADeadLetterIsBeforeNobodyUntilThatIsReplayed() {
        var state = new PlatformState(3, 3);
        var log = new Projection(state);
        state.hear(job("lost").getFirst());
        state.hear(recorded(new GenerationRequested(request("new"), START), START.plusSeconds(1)));
        var job = state.generations.find("new").orElseThrow();
        assertThat(state.ahead(job)).isOne();

        for (int offset = 0; offset < 2; offset++) log.accept(letter(offset, "lost"));
        log.accept(new ConsumerRecord<>(DeadLetters.TOPIC, 0, 2, null, new byte[] {'{'}));
        assertThat(state.ahead(job)).isZero();
        assertThat(state.underWay()).containsExactly(job);
        assertThat(state.deadLetters()).containsExactly(0L, 1L, 2L);

        log.accept(mark(3, "lost", 0));
        assertThat(state.ahead(job)).as("its other letter waits").isZero();
        assertThat(state.deadLetters()).containsExactly(1L, 2L);

        log.accept(mark(4, "lost", 1));
        assertThat(state.ahead(job)).isOne();
        assertThat(Projection.topics()).contains(DeadLetters.TOPIC);
    }

    private static ConsumerRecord<byte[], byte[]> letter(long offset, String subject) {
        return new ConsumerRecord<>(DeadLetters.TOPIC, 0, offset, subject.getBytes(UTF_8), new byte[] {'{'});
    }

    private static ConsumerRecord<byte[], byte[]> mark(long offset, String subject, long replayed) {
        var mark = new ConsumerRecord<>(DeadLetters.TOPIC, 0, offset, subject.getBytes(UTF_8), new byte[0]);
        mark.headers().add("cm3-replayed-offset", Long.toString(replayed).getBytes(UTF_8));
        return mark;
    }

    @Test
    void whatNobodyAskedForIsNoJobUnderWay() {
        var state = new PlatformState(3, 3);
        state.hear(recorded(new GenerationCancelRequested("nobody's", START), START));
        state.hear(recorded(new GenerationRequested(request("new"), START), START.plusSeconds(1)));
        var job = state.generations.find("new").orElseThrow();

        assertThat(state.ahead(job)).isZero();
        assertThat(state.underWay()).containsExactly(job);
    }

    @Test
    void whoseADocumentIsIsKnownHoweverManyCameAfterIt() {
        var state = new PlatformState(3, 3);
        for (int i = 0; i < 100; i++) {
            Document document = new Document("d" + i, "somebody", "a", null, null, null);
            state.hear(recorded(new DocumentAdded(document, START), START.plusSeconds(i)));
            state.hear(recorded(new DocumentIndexed("d" + i, "memory", START), START.plusSeconds(i)));
        }

        assertThat(state.documents.all()).hasSize(3);
        assertThat(state.documents.hasForgotten("d0")).isTrue();
        assertThat(state.sees("another", "d0")).isFalse();
        assertThat(state.sees("somebody", "d0")).isTrue();
    }

    @Test
    void whatIsAnotherTenantsIsHiddenAndWhatIsNobodysIsNot() {
        var state = new PlatformState(3, 3);
        state.hear(recorded(new GenerationRequested(request("job", "somebody"), START), START));
        state.hear(recorded(new TrainingRequested("run", "somebody", "{}", START), START));
        state.hear(recorded(new DocumentAdded(new Document("own", "somebody", "a", null, null, null), START), START));
        state.hear(recorded(new DocumentAdded(new Document("all", "public", "a", null, null, null), START), START));

        assertThat(List.of("job", "run", "own", "all", "nobody's"))
                .filteredOn(s -> state.isHidden("another", s))
                .containsExactly("job", "run", "own");
        assertThat(List.of("job", "run", "own", "all", "nobody's"))
                .filteredOn(s -> state.isHidden("somebody", s))
                .isEmpty();
    }
}
