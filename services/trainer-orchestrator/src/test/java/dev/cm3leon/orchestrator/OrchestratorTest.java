package dev.cm3leon.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingCancelRequested;
import dev.cm3leon.events.TrainingEvent.TrainingCancelled;
import dev.cm3leon.events.TrainingEvent.TrainingCompleted;
import dev.cm3leon.events.TrainingEvent.TrainingFailed;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingStarted;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionChanged;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionRequested;
import dev.cm3leon.events.TrainingEvent.TrainingWaiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OrchestratorTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final TrainingRequested REQUEST = new TrainingRequested("r", "default", "{}", NOON);

    private final List<TrainingEvent> published = new ArrayList<>();
    private final RememberingLauncher launcher = new RememberingLauncher();
    private final Orchestrator orchestrator =
            new Orchestrator(launcher, published::add, new TrainingRun.Policy(3, List.of()), () -> NOON);

    @Test
    void aRunGoesFromRequestToCompletion() {
        orchestrator.hear(REQUEST);
        orchestrator.told("r", new TrainingCompleted("r", "demo@1", 60));
        orchestrator.ended("r", new Input.JobEnded(1, Input.Ending.FAILED, "", NOON));

        assertThat(launcher.did).containsExactly("start 1", "release r", "release r");
        assertThat(published)
                .containsExactly(
                        new TrainingStarted("r", 1, "memory", NOON, null), new TrainingCompleted("r", "demo@1", 60));
    }

    @Test
    void aRequestDeliveredTwiceStartsOneJob() {
        orchestrator.hear(REQUEST);
        orchestrator.hear(REQUEST);

        assertThat(launcher.did).containsExactly("start 1", "release r");
    }

    @Test
    void aRequestThatCouldNotBeStartedNowWaitsAndIsTriedAgain() {
        launcher.refusal = new UncheckedIOException("exceeded quota: jobs", new IOException());
        orchestrator.hear(REQUEST);
        orchestrator.retry();

        launcher.refusal = null;
        orchestrator.retry();

        assertThat(published)
                .containsExactly(
                        new TrainingWaiting("r", 1, "exceeded quota: jobs", NOON),
                        new TrainingStarted("r", 1, "memory", NOON, null),
                        new TrainingWaiting("r", 1, "", NOON));
    }

    @Test
    void aRequestThatCannotBeStartedFails() {
        launcher.refusal = new IllegalArgumentException("need a run id, got ../x");

        orchestrator.hear(REQUEST);

        assertThat(published).containsExactly(new TrainingFailed("r", "start", "need a run id, got ../x"));
    }

    @Test
    void anImpossibleRequestThatCameWhileNobodyWasThereIsToldAsFailed() {
        var impossible = new TrainingRequested("r", "default", "Demo Tiny", NOON);

        orchestrator.resume(List.of(impossible)); // read from the log
        orchestrator.hear(impossible); // and delivered
        orchestrator.hear(impossible);

        assertThat(published).singleElement().isInstanceOf(TrainingFailed.class);
    }

    @Test
    void aRestartAttachesToWhatRunsAndLeavesTheRestAlone() {
        orchestrator.resume(List.of(
                REQUEST,
                new TrainingRequested("done", "default", "{}", NOON),
                new TrainingStarted("r", 2, "memory", NOON, null),
                new TrainingStarted("done", 1, "memory", NOON, null),
                new TrainingCompleted("done", "demo@1", 60)));

        assertThat(launcher.did).containsExactlyInAnyOrder("attach 2", "release done");
        assertThat(published).isEmpty();
    }

    /// The request is in the log that it reads at its start, and is delivered after it.
    @Test
    void aRunThatWasResumedWhileNobodyWasThereIsNotShownAsSuspended() {
        var resumed = new TrainingSuspensionRequested("r", false, NOON.plusSeconds(9));
        orchestrator.resume(List.of(
                REQUEST,
                new TrainingStarted("r", 1, "memory", NOON, null),
                new TrainingSuspensionRequested("r", true, NOON),
                resumed));

        orchestrator.hear(resumed);

        assertThat(launcher.did).containsExactly("start 1", "release r");
        assertThat(published)
                .containsExactly(
                        new TrainingStarted("r", 1, "memory", NOON, null),
                        new TrainingSuspensionChanged("r", false, NOON.plusSeconds(9)));
    }

    @Test
    void aResumptionIsToldBeforeTheJobCouldBeStartedToo() {
        var resumed = new TrainingSuspensionRequested("r", false, NOON.plusSeconds(9));
        launcher.refusal = new UncheckedIOException("the cluster cannot be reached", new IOException());
        orchestrator.resume(List.of(REQUEST, new TrainingSuspensionRequested("r", true, NOON), resumed));

        orchestrator.hear(resumed);

        assertThat(published.getLast()).isEqualTo(new TrainingSuspensionChanged("r", false, NOON.plusSeconds(9)));
    }

    @Test
    void aCancellationStopsTheJob() {
        orchestrator.hear(REQUEST);
        orchestrator.hear(new TrainingCancelRequested("r", NOON));
        orchestrator.ended("r", new Input.JobEnded(1, Input.Ending.LOST, "", NOON));

        assertThat(launcher.did).containsExactly("start 1", "release r", "stop 1");
        assertThat(published.getLast()).isEqualTo(new TrainingCancelled("r"));
    }

    /// Starts nothing and remembers what it was asked.
    private static final class RememberingLauncher implements JobLauncher {
        final List<String> did = new ArrayList<>();

        @Nullable
        RuntimeException refusal;

        @Override
        public String name() {
            return "memory";
        }

        @Override
        public void start(StageJob job, Listener listener) {
            if (refusal != null) throw refusal;
            did.add("start " + job.attempt());
        }

        @Override
        public void attach(StageJob job, Listener listener) {
            did.add("attach " + job.attempt());
        }

        @Override
        public void suspend(StageJob job, Listener listener) {
            did.add("suspend " + job.attempt());
        }

        @Override
        public void stop(String run, int attempt, Listener listener) {
            did.add("stop " + attempt);
        }

        @Override
        public void release(String run, int current) {
            did.add("release " + run);
        }

        @Override
        public void close() {}
    }
}
