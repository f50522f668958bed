package dev.cm3leon.gateway;

import static dev.cm3leon.gateway.Examples.START;
import static dev.cm3leon.gateway.Examples.job;
import static dev.cm3leon.gateway.Examples.recorded;
import static dev.cm3leon.gateway.Examples.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
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
}
