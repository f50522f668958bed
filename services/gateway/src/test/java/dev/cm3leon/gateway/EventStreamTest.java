package dev.cm3leon.gateway;

import static dev.cm3leon.gateway.Examples.job;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.GenerationEvent;
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
        }
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

    private void run(@Nullable String lastSeen) throws Exception {
        new EventStream<>(
                        states,
                        state -> state.steps().stream()
                                .map(step -> new EventStream.Item(
                                        step.id(), step.event().type(), step::event))
                                .toList(),
                        GenerationState::isFinal,
                        Duration.ofSeconds(5))
                .run("g", lastSeen, () -> false, new EventStream.Sink() {
                    @Override
                    public void tell(EventStream.Item item) {
                        told.add(item.id());
                    }

                    @Override
                    public void heartbeat() {}
                });
    }
}
