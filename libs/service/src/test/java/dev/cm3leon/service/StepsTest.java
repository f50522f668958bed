package dev.cm3leon.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.Sampling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StepsTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private final InstantSource clock = () -> NOW;
    private final Steps steps = new Steps(new EventMessages("test", clock), clock);

    @Test
    void whatItTellsIsTheMessage() {
        var told = new GenerationCancelled("g", "judge", null);

        assertThat(endOf(NOW, () -> told)).isEqualTo(told);
    }

    @Test
    void whatWouldFailTheSameWayAgainEndsTheJob() {
        assertThat(endOf(null, () -> {
                    throw new IllegalStateException("object images/x is damaged");
                }))
                .isEqualTo(new GenerationFailed("g", "judge", "object images/x is damaged", "tiny@1"));
        assertThat(endOf(null, () -> {
                    throw new OutOfMemoryError();
                }))
                .isEqualTo(new GenerationFailed("g", "judge", "OutOfMemoryError", "tiny@1"));
    }

    @Test
    void anEventThatIsTooLargeEndsTheJob() {
        GenerationEvent end =
                endOf(null, () -> new GenerationFailed("g", "x".repeat(EventMessages.MAX_BYTES), "no", null));

        assertThat(((GenerationFailed) end).reason()).startsWith("generation-failed.v1 of g has ");
    }

    @Test
    void whatMayGoBetterLaterIsThrown() {
        assertThatThrownBy(() -> endOf(null, () -> {
                    throw new UncheckedIOException(new IOException("the store is down"));
                }))
                .isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void pastItsDeadlineAStepDoesNotBegin() {
        assertThat(endOf(NOW.minusMillis(1), () -> {
                    throw new AssertionError("began");
                }))
                .isEqualTo(new GenerationFailed("g", "judge", "the deadline passed before the step began", "tiny@1"));
    }

    private GenerationEvent endOf(@Nullable Instant deadline, Supplier<Event> work) {
        var sampling = new Sampling(Decoding.TOP_P, 1, 0.9, 2, 0.5, 8, 32);
        var request = new GenerationRequest("g", "public", null, List.of(), sampling, 1, 0, List.of(), 7, deadline);
        return EventMessages.read(steps.of(request, "judge", "tiny@1", work).getPayload(), GenerationEvent.class);
    }
}
