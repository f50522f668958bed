package dev.cm3leon.gateway;

import static dev.cm3leon.gateway.Examples.START;
import static dev.cm3leon.gateway.Examples.job;
import static dev.cm3leon.gateway.Examples.recorded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.gateway.state.GenerationState;
import dev.cm3leon.gateway.state.Recorded;
import dev.cm3leon.gateway.state.States;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventStreamTest {

    private final States<GenerationState> states =
            new States<>(GenerationState::unknown, GenerationState::isFinal, GenerationState::tenant, 10, 10);
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Test
    void tellsWhatIsPastAndEndsWithTheJob() throws Exception {
        job("g").forEach(this::hear);

        run(null);

        assertThat(told).containsExactlyElementsOf(ids());
    }

    @Test
    void goesOnAfterTheEventThatWasSeenLast() throws Exception {
        job("g").forEach(this::hear);

        for (int seen = 0; seen < ids().size(); seen++) {
            told.clear();

            run(ids().get(seen));

            assertThat(told).containsExactlyElementsOf(ids().subList(seen + 1, ids().size()));
            assertThat(stream().isOver("g", ids().get(seen))).isEqualTo(seen == ids().size() - 1);
        }
        assertThat(stream().isOver("g", null)).isFalse();
    }

    @Test
    void theEndIsToldAfterWhatAnotherClockSaysCameLater() throws Exception {
        Recorded<GenerationEvent> late = recorded(new GenerationCancelRequested("g", START), START.plusSeconds(60));
        job("g").forEach(this::hear);
        hear(late);

        run(late.id());

        assertThat(told).containsExactly(ids().getLast());
        assertThat(stream().isOver("g", late.id())).isFalse();
        assertThat(stream().isOver("g", ids().getLast())).isTrue();
    }

    @Test
    void isNotOverWhileMoreMayCome() {
        hear(job("g").getFirst());

        assertThat(stream().isOver("g", ids().getFirst())).isFalse();
    }

    @Test
    void beginsAtTheBeginningWhenTheLastSeenEventIsNotKnown() throws Exception {
        job("g").forEach(this::hear);

        run("something else");

        assertThat(told).containsExactlyElementsOf(ids());
    }

    /// Each event comes when the one before it has been told.
    @Test
    void tellsEachEventOnceWhileTheyCome() throws Exception {
        hear(job("g").getFirst());
        var reader = CompletableFuture.runAsync(
                () -> {
                    try {
                        run(null);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                Thread::startVirtualThread);

        for (var event : job("g")) {
            hear(event);
            hear(event);
            assertThat(told.poll(1, TimeUnit.MINUTES)).isEqualTo(event.id());
        }
        reader.get(1, TimeUnit.MINUTES);

        assertThat(told).isEmpty();
    }

    private void hear(Recorded<GenerationEvent> event) {
        states.update("g", event.at(), state -> GenerationState.apply(state, event));
    }

    private static List<String> ids() {
        return job("g").stream().map(Recorded::id).toList();
    }

    private EventStream<GenerationState> stream() {
        return new EventStream<>(
                states,
                state -> EventStream.Item.of(
                        state.steps(), step -> GenerationState.isEnd(step.event()), Recorded::event),
                GenerationState::isFinal,
                Duration.ofSeconds(5));
    }

    private void run(@Nullable String lastSeen) throws Exception {
        stream().run("g", lastSeen, () -> false, new EventStream.Sink() {
            @Override
            public void tell(EventStream.Item item) {
                told.add(item.id());
            }

            @Override
            public void heartbeat() {}
        });
    }
}
