package dev.cm3leon.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.CheckpointSaved;
import dev.cm3leon.events.TrainingEvent.TrainingCancelRequested;
import dev.cm3leon.events.TrainingEvent.TrainingCancelled;
import dev.cm3leon.events.TrainingEvent.TrainingCompleted;
import dev.cm3leon.events.TrainingEvent.TrainingFailed;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingStarted;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionChanged;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionRequested;
import dev.cm3leon.events.TrainingEvent.TrainingWaiting;
import dev.cm3leon.orchestrator.Command.AttachJob;
import dev.cm3leon.orchestrator.Command.Publish;
import dev.cm3leon.orchestrator.Command.ReleaseJobs;
import dev.cm3leon.orchestrator.Command.StartJob;
import dev.cm3leon.orchestrator.Command.StopJob;
import dev.cm3leon.orchestrator.Command.SuspendJob;
import dev.cm3leon.orchestrator.Input.Ending;
import dev.cm3leon.orchestrator.Input.JobEnded;
import dev.cm3leon.orchestrator.TrainingRun.Cancelled;
import dev.cm3leon.orchestrator.TrainingRun.Cancelling;
import dev.cm3leon.orchestrator.TrainingRun.Completed;
import dev.cm3leon.orchestrator.TrainingRun.Failed;
import dev.cm3leon.orchestrator.TrainingRun.Place;
import dev.cm3leon.orchestrator.TrainingRun.Policy;
import dev.cm3leon.orchestrator.TrainingRun.Running;
import dev.cm3leon.orchestrator.TrainingRun.Starting;
import dev.cm3leon.orchestrator.TrainingRun.Suspended;
import dev.cm3leon.orchestrator.TrainingRun.Unknown;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrainingRunTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final TrainingRequested REQUEST =
            new TrainingRequested("r", "default", "{\"job\":{\"workers\":2}}", NOON);
    private static final Policy POLICY = new Policy(3, List.of("vq", "pretrain", "export+publish"));
    private static final RunPlan PLAN = RunPlan.of(REQUEST.configuration(), POLICY.jobs());
    private static final TrainingProgress PROGRESS =
            new TrainingProgress("r", "pretrain", 10, 100, 3.5, 900, 60, Map.of());
    private static final TrainingCompleted DONE = new TrainingCompleted("r", "demo@1", 60);

    @Test
    void aSearchForHyperParametersIsOneJobWhateverTheStages() {
        String search = "{\"configuration\":{\"base\":\"demo-tiny\",\"budget_steps\":20},\"job\":{\"cpu\":\"2\"}}";

        assertThat(RunPlan.of(search, POLICY.jobs()).jobs()).containsExactly("");
    }

    @Test
    void aConfigurationIsJsonOrAName() {
        for (String no : List.of("--output", "/etc/passwd", "", "a b")) {
            assertThatThrownBy(() -> RunPlan.of(no, List.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("got " + no);
        }
    }

    private static Place place(int stage, int attempt, int losses) {
        return new Place(REQUEST, PLAN, stage, attempt, losses);
    }

    private static Decision decide(TrainingRun run, Input input) {
        return TrainingRun.decide(run, input, POLICY);
    }

    private static JobEnded ended(int attempt, Ending ending, String reason) {
        return new JobEnded(attempt, ending, reason, NOON.plusSeconds(90));
    }

    @Test
    void aRequestStartsTheFirstJob() {
        assertThat(decide(new Unknown("r", null), new Input.Requested(REQUEST)))
                .isEqualTo(Decision.of(
                        new Starting(place(0, 1, 0), null),
                        new StartJob(place(0, 1, 0).job())));
    }

    @Test
    void onlyStagesThatTrainInParallelHaveSeveralWorkers() {
        assertThat(List.of(0, 1, 2))
                .extracting(i -> place(i, 1, 0).job().workers())
                .containsExactly(1, 2, 1);
    }

    @Test
    void aRunThatAsksForTheImpossibleFailsAtOnce() {
        var request = new TrainingRequested("r", "default", "{\"job\":{\"workers\":0}}", NOON);

        assertThat(decide(new Unknown("r", null), new Input.Requested(request)))
                .isEqualTo(Decision.of(
                        new Failed("r"),
                        new Publish(new TrainingFailed(
                                "r", "configuration", "job.workers is to be a whole number from 1 to 1024, got 0")),
                        new ReleaseJobs("r", 0)));
    }

    @Test
    void aStartedJobIsToldAndThoseBeforeItAreForgotten() {
        assertThat(decide(new Starting(place(1, 2, 0), null), new Input.JobStarted(2, "kubernetes", NOON)))
                .isEqualTo(Decision.of(
                        new Running(place(1, 2, 0)),
                        new Publish(new TrainingStarted("r", 2, "kubernetes", NOON, "pretrain")),
                        new ReleaseJobs("r", 2)));
    }

    @Test
    void aReasonToWaitIsToldOnce() {
        var delayed = new Input.JobDelayed("exceeded quota", NOON);
        var first = decide(new Starting(place(0, 1, 0), null), delayed);

        assertThat(first.commands()).containsExactly(new Publish(new TrainingWaiting("r", 1, "exceeded quota", NOON)));
        assertThat(decide(first.next(), delayed)).isEqualTo(Decision.of(first.next()));
        assertThat(decide(first.next(), new Input.Retry()).commands())
                .containsExactly(new StartJob(place(0, 1, 0).job()));
    }

    @Test
    void aReasonThatIsGoneIsTakenBack() {
        var waited = new Starting(place(0, 1, 0), "exceeded quota");

        assertThat(decide(waited, new Input.JobStarted(1, "kubernetes", NOON)).commands())
                .contains(new Publish(new TrainingWaiting("r", 1, "", NOON)));
        assertThat(decide(new Running(place(0, 1, 0)), new Input.JobWaits(1, "", NOON))
                        .commands())
                .containsExactly(new Publish(new TrainingWaiting("r", 1, "", NOON)));
    }

    @Test
    void aJobThatDidItsWorkIsFollowedByTheNext() {
        assertThat(decide(new Running(place(0, 1, 2)), ended(1, Ending.COMPLETED, "")))
                .isEqualTo(Decision.of(
                        new Starting(place(1, 2, 0), null),
                        new StartJob(place(1, 2, 0).job())));
        assertThat(decide(new Running(place(2, 3, 0)), ended(3, Ending.COMPLETED, "")))
                .isEqualTo(Decision.of(
                        new Completed("r"),
                        new Publish(new TrainingCompleted("r", "runs/r", 90)),
                        new ReleaseJobs("r", 0)));
    }

    @Test
    void aLostJobIsRestarted() {
        for (Integer exitCode :
                new Integer[] {137, 134, 3, 4, 5, null}) { // killed, crashed, stopped, left alone, cut off, vanished
            assertThat(decide(new Running(place(0, 1, 0)), JobEnded.of(1, exitCode, "", NOON)))
                    .isEqualTo(Decision.of(
                            new Starting(place(0, 2, 1), null),
                            new StartJob(place(0, 2, 1).job())));
        }
    }

    @Test
    void aJobLostTooOftenIsGivenUpWithItsLastWords() {
        assertThat(decide(new Running(place(1, 3, 2)), JobEnded.of(3, 137, "step 40", NOON)))
                .isEqualTo(Decision.of(
                        new Failed("r"),
                        new Publish(
                                new TrainingFailed(
                                        "r",
                                        "pretrain",
                                        "given up after 3 lost jobs: the job was lost with exit code 137; its last words:\nstep 40")),
                        new ReleaseJobs("r", 0)));
    }

    @Test
    void aJobThatFailsByItselfIsNotTriedAgain() {
        var decision = decide(new Running(place(0, 1, 0)), JobEnded.of(1, 1, "no such data set", NOON));

        assertThat(decision.next()).isEqualTo(new Failed("r"));
        assertThat(decision.commands())
                .startsWith(new Publish(new TrainingFailed(
                        "r", "vq", "the job ended with exit code 1 and no result; its last words:\nno such data set")));
    }

    @Test
    void theEndOfAnEarlierJobIsNotTheEndOfThisOne() {
        var running = new Running(place(0, 2, 1));

        assertThat(decide(running, ended(1, Ending.LOST, ""))).isEqualTo(Decision.of(running));
    }

    @Test
    void whatAJobSaysIsPublished() {
        var running = new Running(place(0, 1, 0));

        assertThat(decide(running, new Input.JobTold(PROGRESS))).isEqualTo(Decision.of(running, new Publish(PROGRESS)));
        assertThat(decide(running, new Input.JobTold(DONE)))
                .isEqualTo(Decision.of(new Completed("r"), new Publish(DONE), new ReleaseJobs("r", 0)));
    }

    @Test
    void whatAJobSaysBeforeItsStartIsToldIsPublishedToo() {
        var starting = new Starting(place(0, 1, 0), null);
        var saved = new CheckpointSaved("r", "vq", 10, "checkpoint-10");

        assertThat(decide(starting, new Input.JobTold(PROGRESS)))
                .isEqualTo(Decision.of(starting, new Publish(PROGRESS)));
        assertThat(decide(starting, new Input.JobTold(saved))).isEqualTo(Decision.of(starting, new Publish(saved)));
        assertThat(decide(starting, new Input.JobTold(DONE))).isEqualTo(Decision.of(starting));
    }

    @Test
    void aJobCannotSpeakForTheOrchestrator() {
        var running = new Running(place(0, 1, 0));

        assertThat(decide(running, new Input.JobTold(new TrainingCancelled("r"))))
                .isEqualTo(Decision.of(running));
    }

    @Test
    void aCancelledRunIsToldWhenItsJobIsGone() {
        var stopping = decide(new Running(place(0, 2, 1)), new Input.CancelRequested());
        var gone = decide(stopping.next(), ended(2, Ending.LOST, "stopped"));

        assertThat(stopping).isEqualTo(Decision.of(new Cancelling("r", 2), new StopJob("r", 2)));
        assertThat(gone).isEqualTo(Decision.of(new Cancelled("r"), new Publish(new TrainingCancelled("r"))));
    }

    @Test
    void aCancellationThatOvertakesItsRequestWins() {
        var cancelled =
                decide(new Unknown("r", null), new Input.CancelRequested()).next();

        assertThat(decide(cancelled, new Input.Requested(REQUEST))).isEqualTo(Decision.of(new Cancelled("r")));
    }

    @Test
    void aSuspendedRunGoesOnWithTheSameJob() {
        Place at = place(1, 2, 0);
        var suspended = decide(new Running(at), new Input.SuspensionRequested(true, NOON));
        var resumed = decide(suspended.next(), new Input.SuspensionRequested(false, NOON.plusSeconds(9)));

        assertThat(suspended)
                .isEqualTo(Decision.of(
                        new Suspended(at, NOON),
                        new SuspendJob(at.job()),
                        new Publish(new TrainingSuspensionChanged("r", true, NOON))));
        assertThat(decide(suspended.next(), ended(2, Ending.LOST, ""))).isEqualTo(Decision.of(suspended.next()));
        assertThat(resumed)
                .isEqualTo(Decision.of(
                        new Starting(at, null),
                        new Publish(new TrainingSuspensionChanged("r", false, NOON.plusSeconds(9))),
                        new StartJob(at.job())));
    }

    @Test
    void aSuspensionThatOvertakesItsRequestHolds() {
        var early = decide(new Unknown("r", null), new Input.SuspensionRequested(true, NOON))
                .next();

        assertThat(decide(early, new Input.Requested(REQUEST)).next()).isEqualTo(new Suspended(place(0, 1, 0), NOON));
    }

    @Test
    void aRunThatIsOverStaysOver() {
        for (TrainingRun over : List.of(new Completed("r"), new Failed("r"), new Cancelled("r"))) {
            for (Input input : everyInput()) {
                assertThat(decide(over, input).next()).isEqualTo(over);
                assertThat(decide(over, input).commands())
                        .isEqualTo(input instanceof Input.Resumed ? List.of(new ReleaseJobs("r", 0)) : List.of());
            }
        }
    }

    @Test
    void aRestartedOrchestratorLooksForTheJobBeforeItStartsOne() {
        var running = TrainingRun.replay(
                "r", List.of(REQUEST, new TrainingStarted("r", 2, "process", NOON, "pretrain"), PROGRESS), POLICY);

        assertThat(running).isEqualTo(new Running(place(1, 2, 0)));
        assertThat(decide(running, new Input.Resumed()))
                .isEqualTo(Decision.of(running, new AttachJob(place(1, 2, 0).job())));
    }

    @Test
    void theEventsTellTheStateAgain() { // whatever happens, an orchestrator that only read the topics agrees
        var random = new Random(7);
        var patient = new Policy(99, POLICY.jobs());
        for (int trial = 0; trial < 2000; trial++) {
            TrainingRun live = new Unknown("r", null);
            List<TrainingEvent> topics = new ArrayList<>();
            List<Input> inputs = everyInput();
            for (int step = 0; step < 16; step++) {
                Input input = inputs.get(random.nextInt(inputs.size()));
                if (input instanceof Input.Requested) topics.add(REQUEST);
                if (input instanceof Input.CancelRequested) topics.add(new TrainingCancelRequested("r", NOON));
                if (input instanceof Input.SuspensionRequested(boolean suspend, Instant at)) {
                    topics.add(new TrainingSuspensionRequested("r", suspend, at));
                }
                Decision decision = TrainingRun.decide(live, input, patient);
                live = decision.next();
                for (Command command : decision.commands()) {
                    if (command instanceof Publish publish) topics.add(publish.event());
                    if (command instanceof StartJob(StageJob job)) {
                        var started =
                                TrainingRun.decide(live, new Input.JobStarted(job.attempt(), "process", NOON), patient);
                        live = started.next();
                        started.commands().forEach(c -> {
                            if (c instanceof Publish p) topics.add(p.event());
                        });
                    }
                }
            }

            assertThat(withoutLosses(TrainingRun.replay("r", topics, patient))).isEqualTo(withoutLosses(live));
        }
    }

    private static TrainingRun withoutLosses(TrainingRun run) {
        return switch (run) {
            case Running(Place at) -> new Running(place(at.stage(), at.attempt(), 0));
            case Suspended suspended ->
                new Suspended(place(suspended.at().stage(), suspended.at().attempt(), 0), suspended.since());
            default -> run;
        };
    }

    private static List<Input> everyInput() {
        return List.of(
                new Input.Requested(REQUEST),
                new Input.CancelRequested(),
                new Input.SuspensionRequested(true, NOON),
                new Input.SuspensionRequested(false, NOON),
                new Input.JobTold(PROGRESS),
                new Input.JobTold(new CheckpointSaved("r", "pretrain", 10, "checkpoint-10")),
                new Input.JobTold(DONE),
                new Input.JobTold(new TrainingFailed("r", "pretrain", "the loss is not a number")),
                new Input.JobWaits(1, "exceeded quota", NOON),
                ended(1, Ending.COMPLETED, ""),
                ended(2, Ending.COMPLETED, ""),
                ended(1, Ending.LOST, ""),
                ended(2, Ending.LOST, ""),
                ended(1, Ending.FAILED, ""),
                new Input.Retry(),
                new Input.Resumed());
    }
}
