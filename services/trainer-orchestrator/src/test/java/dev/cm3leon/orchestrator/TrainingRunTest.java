package dev.cm3leon.orchestrator;

import static dev.cm3leon.orchestrator.TrainingRun.decide;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.CheckpointSaved;
import dev.cm3leon.events.TrainingEvent.TrainingCancelRequested;
import dev.cm3leon.events.TrainingEvent.TrainingCancelled;
import dev.cm3leon.events.TrainingEvent.TrainingCompleted;
import dev.cm3leon.events.TrainingEvent.TrainingFailed;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingStarted;
import dev.cm3leon.orchestrator.Command.AttachJob;
import dev.cm3leon.orchestrator.Command.Publish;
import dev.cm3leon.orchestrator.Command.StartJob;
import dev.cm3leon.orchestrator.Command.StopJob;
import dev.cm3leon.orchestrator.TrainingRun.Cancelled;
import dev.cm3leon.orchestrator.TrainingRun.Cancelling;
import dev.cm3leon.orchestrator.TrainingRun.Completed;
import dev.cm3leon.orchestrator.TrainingRun.Failed;
import dev.cm3leon.orchestrator.TrainingRun.Requested;
import dev.cm3leon.orchestrator.TrainingRun.Running;
import dev.cm3leon.orchestrator.TrainingRun.Unknown;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrainingRunTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final TrainingRequested REQUEST = new TrainingRequested("r", "default", "{}", NOON);
    private static final TrainingProgress PROGRESS =
            new TrainingProgress("r", "pretrain", 10, 100, 3.5, 900, 60, Map.of());
    private static final TrainingCompleted DONE = new TrainingCompleted("r", "demo@1", 60);

    @Test
    void aRequestStartsTheFirstJob() {
        var decision = decide(new Unknown("r"), new Input.Requested(REQUEST), 3);

        assertThat(decision).isEqualTo(Decision.of(new Requested(REQUEST), new StartJob(REQUEST, 1)));
    }

    @Test
    void aStartedJobIsTold() {
        var decision = decide(new Requested(REQUEST), new Input.JobStarted(1, "process", NOON), 3);

        assertThat(decision)
                .isEqualTo(Decision.of(
                        new Running(REQUEST, 1, 0), new Publish(new TrainingStarted("r", 1, "process", NOON))));
    }

    @Test
    void aLostJobIsRestarted() {
        for (Integer exitCode : new Integer[] {137, 134, 3, null}) { // killed, crashed, told to stop, vanished
            var decision = decide(new Running(REQUEST, 1, 0), new Input.JobEnded(1, exitCode, ""), 3);

            assertThat(decision).isEqualTo(Decision.of(new Running(REQUEST, 2, 1), new StartJob(REQUEST, 2)));
        }
    }

    @Test
    void aJobLostTooOftenIsGivenUpWithItsLastWords() {
        var decision = decide(new Running(REQUEST, 3, 2), new Input.JobEnded(3, 137, "step 40"), 3);

        assertThat(decision)
                .isEqualTo(Decision.of(
                        new Failed("r"),
                        new Publish(
                                new TrainingFailed("r", "job", "the job was lost 3 times; its last words:\nstep 40"))));
    }

    @Test
    void aJobThatFailsByItselfIsNotTriedAgain() {
        var decision = decide(new Running(REQUEST, 1, 0), new Input.JobEnded(1, 1, "no such data set"), 3);

        assertThat(decision.next()).isEqualTo(new Failed("r"));
        assertThat(decision.commands())
                .containsExactly(new Publish(new TrainingFailed(
                        "r",
                        "job",
                        "the job ended with exit code 1 and no result; its last words:\nno such data set")));
    }

    @Test
    void theEndOfAnEarlierJobIsNotTheEndOfThisOne() {
        var running = new Running(REQUEST, 2, 1);

        assertThat(decide(running, new Input.JobEnded(1, 137, ""), 3)).isEqualTo(Decision.of(running));
    }

    @Test
    void whatAJobSaysIsPublished() {
        var running = new Running(REQUEST, 1, 0);

        assertThat(decide(running, new Input.JobTold(PROGRESS), 3))
                .isEqualTo(Decision.of(running, new Publish(PROGRESS)));
        assertThat(decide(running, new Input.JobTold(DONE), 3))
                .isEqualTo(Decision.of(new Completed("r"), new Publish(DONE)));
    }

    @Test
    void aJobCannotSpeakForTheOrchestrator() {
        var running = new Running(REQUEST, 1, 0);

        assertThat(decide(running, new Input.JobTold(new TrainingCancelled("r")), 3))
                .isEqualTo(Decision.of(running));
    }

    @Test
    void aCancelledRunIsToldWhenItsJobIsGone() {
        var stopping = decide(new Running(REQUEST, 2, 1), new Input.CancelRequested(), 3);
        var gone = decide(stopping.next(), new Input.JobEnded(2, 143, ""), 3);

        assertThat(stopping).isEqualTo(Decision.of(new Cancelling("r", 2), new StopJob("r", 2)));
        assertThat(gone).isEqualTo(Decision.of(new Cancelled("r"), new Publish(new TrainingCancelled("r"))));
    }

    @Test
    void aCancellationThatOvertakesItsRequestWins() {
        var cancelled = decide(new Unknown("r"), new Input.CancelRequested(), 3).next();

        assertThat(decide(cancelled, new Input.Requested(REQUEST), 3)).isEqualTo(Decision.of(new Cancelled("r")));
    }

    @Test
    void aRunThatIsOverStaysOver() {
        for (TrainingRun over : List.of(new Completed("r"), new Failed("r"), new Cancelled("r"))) {
            for (Input input : everyInput()) {
                assertThat(decide(over, input, 3)).isEqualTo(Decision.of(over));
            }
        }
    }

    @Test
    void aRestartedOrchestratorLooksForTheJobBeforeItStartsOne() {
        var running = TrainingRun.replay("r", List.of(REQUEST, new TrainingStarted("r", 1, "process", NOON), PROGRESS));

        assertThat(running).isEqualTo(new Running(REQUEST, 1, 0));
        assertThat(decide(running, new Input.Resumed(), 3)).isEqualTo(Decision.of(running, new AttachJob(REQUEST, 1)));
        assertThat(decide(running, new Input.JobEnded(1, null, ""), 3).commands())
                .containsExactly(new StartJob(REQUEST, 2));
    }

    @Test
    void theEventsTellTheStateAgain() { // whatever happens, an orchestrator that only read the topics agrees
        var random = new Random(7);
        for (int trial = 0; trial < 2000; trial++) {
            TrainingRun live = new Unknown("r");
            List<TrainingEvent> topics = new ArrayList<>();
            List<Input> inputs = everyInput();
            for (int step = 0; step < 12; step++) {
                Input input = inputs.get(random.nextInt(inputs.size()));
                if (input instanceof Input.Requested) topics.add(REQUEST);
                if (input instanceof Input.CancelRequested) topics.add(new TrainingCancelRequested("r", NOON));
                if (input instanceof Input.JobStarted && !(live instanceof Requested)) continue;
                Decision decision = decide(live, input, 99);
                live = decision.next();
                for (Command command : decision.commands()) {
                    if (command instanceof Publish publish) topics.add(publish.event());
                    if (command instanceof StartJob start) {
                        Decision started = decide(live, new Input.JobStarted(start.attempt(), "process", NOON), 99);
                        live = started.next();
                        started.commands().forEach(c -> topics.add(((Publish) c).event()));
                    }
                }
            }

            assertThat(withoutLosses(TrainingRun.replay("r", topics))).isEqualTo(withoutLosses(live));
        }
    }

    private static TrainingRun withoutLosses(TrainingRun run) {
        return run instanceof Running running ? new Running(running.request(), running.attempt(), 0) : run;
    }

    private static List<Input> everyInput() {
        return List.of(
                new Input.Requested(REQUEST),
                new Input.CancelRequested(),
                new Input.JobStarted(1, "process", NOON),
                new Input.JobTold(PROGRESS),
                new Input.JobTold(new CheckpointSaved("r", "pretrain", 10, "checkpoint-10")),
                new Input.JobTold(DONE),
                new Input.JobTold(new TrainingFailed("r", "pretrain", "the loss is not a number")),
                new Input.JobEnded(1, 137, ""),
                new Input.JobEnded(2, null, ""),
                new Input.JobEnded(1, 1, ""),
                new Input.Resumed());
    }
}
