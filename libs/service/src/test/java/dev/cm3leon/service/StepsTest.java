package dev.cm3leon.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Candidate;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.objectstore.LocalFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
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
    void anEventThatIsTooLargeEndsTheJobAndSaysWhatToAskLessOf() {
        List<Candidate> sixteen = IntStream.range(0, 16)
                .mapToObj(i -> new Candidate(i, Decoding.TOP_P, "x".repeat(5_000), null, -1, -2))
                .toList();

        GenerationEvent end = endOf(null, () -> new CandidatesDecoded(request(null), "tiny@1", sixteen));

        assertThat(((GenerationFailed) end).reason())
                .matches("candidates-decoded.v1 of g has 8\\d{4} bytes, more than 65536: "
                        + "ask for fewer candidates, a lower max_text_tokens or fewer documents");
    }

    @Test
    void whatMayGoBetterLaterIsThrown() {
        assertThatThrownBy(() -> endOf(null, () -> {
                    throw new UncheckedIOException(new IOException("the store is down"));
                }))
                .isInstanceOf(UncheckedIOException.class);
    }

    /// The store is there, and jobs of other models are not to wait behind it.
    @Test
    void whatCannotBeKeptOnThisMachineEndsTheJob() {
        assertThat(endOf(null, () -> {
                    throw new LocalFileException("could not keep files of m@1 in models", new IOException("disk full"));
                }))
                .isEqualTo(new GenerationFailed(
                        "g",
                        "judge",
                        "could not keep files of m@1 in models: java.io.IOException: disk full",
                        "tiny@1"));
    }

    /// As when a group's offsets are forgotten: the job may be drawn.
    @Test
    void pastItsDeadlineAStepIsDoneAgain() {
        var told = new GenerationCancelled("g", "judge", null);

        assertThat(endOf(NOW.minusMillis(1), () -> told)).isEqualTo(told);
    }

    @Test
    void pastItsDeadlineAStepWaitsForNothing() {
        assertThat(endOf(NOW.minusMillis(1), () -> {
                    throw new UncheckedIOException("the store is down", new IOException());
                }))
                .isEqualTo(new GenerationFailed(
                        "g", "judge", "the deadline passed while waiting: the store is down", "tiny@1"));
    }

    private GenerationEvent endOf(@Nullable Instant deadline, Supplier<Event> work) {
        return EventMessages.read(
                steps.of(request(deadline), "judge", "tiny@1", work).getPayload(), GenerationEvent.class);
    }

    private static GenerationRequest request(@Nullable Instant deadline) {
        var sampling = new Sampling(Decoding.TOP_P, 1, 0.9, 2, 0.5, 8, 32);
        return new GenerationRequest("g", "public", null, List.of(), sampling, 1, 0, List.of(), 7, deadline);
    }
}
