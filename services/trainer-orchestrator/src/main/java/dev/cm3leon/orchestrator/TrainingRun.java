package dev.cm3leon.orchestrator;

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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The state of one training run.
sealed interface TrainingRun {

    String run();

    /// What holds for all runs.
    ///
    /// @param attempts jobs a stage may lose before its run is given up
    /// @param jobs of a run, as of [RunPlan]
    record Policy(int attempts, List<String> jobs) {
        public Policy {
            jobs = List.copyOf(jobs);
        }
    }

    /// Where a run is.
    ///
    /// @param stage index of the job in the plan
    /// @param attempt counts the jobs of this run from 1
    /// @param losses jobs of this stage that were lost under this orchestrator
    record Place(TrainingRequested request, RunPlan plan, int stage, int attempt, int losses) {
        String run() {
            return request.run();
        }

        StageJob job() {
            return plan.job(request.run(), stage, attempt);
        }

        boolean isLast() {
            return stage == plan.jobs().size() - 1;
        }

        Place next() {
            return new Place(request, plan, stage + 1, attempt + 1, 0);
        }

        Place again() {
            return new Place(request, plan, stage, attempt + 1, losses + 1);
        }

        Place started(TrainingStarted started) {
            return started.attempt() < attempt
                    ? this
                    : new Place(request, plan, plan.indexOf(started.stage()), started.attempt(), 0);
        }
    }

    /// Nothing was heard of it yet, but perhaps that it is to be suspended.
    record Unknown(String run, @Nullable Instant suspended) implements TrainingRun {}

    /// Wanted; its job is being started.
    ///
    /// @param waits why it could not be started so far
    record Starting(Place at, @Nullable String waits) implements TrainingRun {
        @Override
        public String run() {
            return at.run();
        }
    }

    /// Its job runs.
    record Running(Place at) implements TrainingRun {
        @Override
        public String run() {
            return at.run();
        }
    }

    /// Its job was told to leave its machines.
    ///
    /// @param since when that was asked for
    record Suspended(Place at, Instant since) implements TrainingRun {
        @Override
        public String run() {
            return at.run();
        }
    }

    /// Its job was told to stop and is not gone yet.
    record Cancelling(String run, int attempt) implements TrainingRun {}

    record Completed(String run) implements TrainingRun {}

    record Failed(String run) implements TrainingRun {}

    record Cancelled(String run) implements TrainingRun {}

    /// What comes next; touches no clock, broker or cluster.
    static Decision decide(TrainingRun run, Input input, Policy policy) {
        return switch (run) {
            case Unknown unknown -> decide(unknown, input, policy);
            case Starting starting -> decide(starting, input);
            case Running running -> decide(running, input, policy.attempts);
            case Suspended suspended -> decide(suspended, input);
            case Cancelling cancelling -> decide(cancelling, input);
            case Completed _, Failed _, Cancelled _
            when input instanceof Input.Resumed ->
                Decision.of(run, new ReleaseJobs(run.run(), 0)); // perhaps killed before it said so
            case Completed _, Failed _, Cancelled _ -> Decision.of(run); // a second delivery, or a late word of the job
        };
    }

    private static Decision decide(Unknown unknown, Input input, Policy policy) {
        return switch (input) {
            case Input.Requested(var request) -> begin(unknown, request, policy.jobs);
            case Input.CancelRequested() -> // overtook the request, which is on another topic
                Decision.of(new Cancelled(unknown.run), new Publish(new TrainingCancelled(unknown.run)));
            case Input.SuspensionRequested(boolean suspend, Instant at) ->
                Decision.of(new Unknown(unknown.run, suspend ? at : null));
            case Input.JobStarted _,
                    Input.JobDelayed _,
                    Input.JobRefused _,
                    Input.JobTold _,
                    Input.JobWaits _,
                    Input.JobEnded _,
                    Input.Retry _,
                    Input.Resumed _ -> Decision.of(unknown);
        };
    }

    private static Decision begin(Unknown unknown, TrainingRequested request, List<String> jobs) {
        RunPlan plan;
        try {
            plan = RunPlan.of(request.configuration(), jobs);
        } catch (IllegalArgumentException impossible) {
            return fail(unknown, "configuration", String.valueOf(impossible.getMessage()));
        }
        var first = new Place(request, plan, 0, 1, 0);
        if (unknown.suspended == null) return start(first);
        var suspended = new Suspended(first, unknown.suspended);
        return Decision.of(suspended, suspended(suspended));
    }

    private static Decision decide(Starting starting, Input input) {
        Place at = starting.at;
        return switch (input) {
            case Input.JobStarted started
            when starting.waits == null ->
                Decision.of(new Running(at), tell(at, started), new ReleaseJobs(at.run(), at.attempt));
            case Input.JobStarted started -> // that it started may have been told before it was suspended
                Decision.of(
                        new Running(at),
                        tell(at, started),
                        waits(at, "", started.at()),
                        new ReleaseJobs(at.run(), at.attempt));
            case Input.JobDelayed delayed when delayed.reason().equals(starting.waits) -> Decision.of(starting);
            case Input.JobDelayed(var reason, Instant now) ->
                Decision.of(new Starting(at, reason), waits(at, reason, now));
            case Input.JobRefused(var reason) -> fail(starting, "start", reason);
            case Input.CancelRequested() ->
                Decision.of(new Cancelling(at.run(), at.attempt), new StopJob(at.run(), at.attempt));
            case Input.SuspensionRequested(boolean suspend, Instant since) ->
                suspend ? suspend(at, since) : Decision.of(starting, goesOn(at, since));
            case Input.Requested _, Input.Resumed _, Input.Retry _ ->
                Decision.of(starting, new StartJob(at.job())); // or attach
            case Input.JobTold(TrainingProgress told) -> Decision.of(starting, new Publish(told));
            case Input.JobTold(CheckpointSaved told) -> Decision.of(starting, new Publish(told));
            case Input.JobTold _, // an end is told again by the job that is being started
                    Input.JobWaits _,
                    Input.JobEnded _ -> Decision.of(starting);
        };
    }

    private static Decision decide(Running running, Input input, int attempts) {
        Place at = running.at;
        return switch (input) {
            case Input.JobStarted started -> Decision.of(running, tell(at, started));
            case Input.JobRefused(var reason) -> fail(running, "start", reason);
            case Input.JobTold(var event) -> decide(running, event);
            case Input.JobWaits waits when waits.attempt() != at.attempt -> Decision.of(running);
            case Input.JobWaits waits -> Decision.of(running, waits(at, waits.reason(), waits.at()));
            case Input.JobEnded ended when ended.attempt() != at.attempt -> Decision.of(running);
            case Input.JobEnded ended ->
                switch (ended.ending()) {
                    case COMPLETED -> at.isLast() ? complete(at, ended.at()) : start(at.next());
                    case LOST ->
                        at.losses + 1 < attempts
                                ? start(at.again())
                                : fail(
                                        running,
                                        stageOf(at),
                                        "given up after %d lost jobs: %s".formatted(at.losses + 1, ended.reason()));
                    case FAILED -> fail(running, stageOf(at), ended.reason());
                };
            case Input.SuspensionRequested(boolean suspend, Instant since) ->
                suspend ? suspend(at, since) : Decision.of(running, goesOn(at, since));
            case Input.CancelRequested() ->
                Decision.of(new Cancelling(at.run(), at.attempt), new StopJob(at.run(), at.attempt));
            case Input.Resumed() -> Decision.of(running, new AttachJob(at.job()));
            case Input.Requested _, Input.JobDelayed _, Input.Retry _ -> Decision.of(running);
        };
    }

    private static Decision decide(Running running, TrainingEvent event) {
        String run = running.run();
        return switch (event) {
            case TrainingProgress _, CheckpointSaved _ -> Decision.of(running, new Publish(event));
            case TrainingCompleted _ -> Decision.of(new Completed(run), new Publish(event), new ReleaseJobs(run, 0));
            case TrainingFailed _ -> Decision.of(new Failed(run), new Publish(event), new ReleaseJobs(run, 0));
            case TrainingRequested _,
                    TrainingStarted _,
                    TrainingWaiting _,
                    TrainingSuspensionRequested _,
                    TrainingSuspensionChanged _,
                    TrainingCancelRequested _,
                    TrainingCancelled _ -> Decision.of(running); // not a job's to say
        };
    }

    private static Decision decide(Suspended suspended, Input input) {
        Place at = suspended.at;
        return switch (input) {
            case Input.SuspensionRequested(boolean suspend, Instant since) ->
                suspend
                        ? Decision.of(suspended, new Publish(new TrainingSuspensionChanged(at.run(), true, since)))
                        : Decision.of(new Starting(at, null), goesOn(at, since), new StartJob(at.job()));
            case Input.CancelRequested() ->
                Decision.of(new Cancelling(at.run(), at.attempt), new StopJob(at.run(), at.attempt));
            case Input.Resumed() -> Decision.of(suspended, new SuspendJob(at.job()), suspended(suspended));
            case Input.JobTold(TrainingCompleted done) -> // too late
                Decision.of(new Completed(at.run()), new Publish(done), new ReleaseJobs(at.run(), 0));
            case Input.JobTold(CheckpointSaved saved) -> Decision.of(suspended, new Publish(saved)); // on its way out
            case Input.JobTold _,
                    Input.JobEnded _,
                    Input.JobStarted _,
                    Input.JobDelayed _,
                    Input.JobRefused _,
                    Input.JobWaits _,
                    Input.Requested _,
                    Input.Retry _ -> Decision.of(suspended);
        };
    }

    private static Decision decide(Cancelling cancelling, Input input) {
        String run = cancelling.run;
        return switch (input) {
            case Input.JobEnded _, Input.JobRefused _ ->
                Decision.of(new Cancelled(run), new Publish(new TrainingCancelled(run)));
            case Input.JobTold(TrainingCompleted done) ->
                Decision.of(new Completed(run), new Publish(done), new ReleaseJobs(run, 0)); // too late
            case Input.Resumed() -> Decision.of(cancelling, new StopJob(run, cancelling.attempt));
            case Input.JobStarted _,
                    Input.JobDelayed _,
                    Input.JobTold _,
                    Input.JobWaits _,
                    Input.SuspensionRequested _,
                    Input.Requested _,
                    Input.Retry _,
                    Input.CancelRequested _ -> Decision.of(cancelling);
        };
    }

    private static Decision start(Place next) {
        return Decision.of(new Starting(next, null), new StartJob(next.job()));
    }

    private static Decision suspend(Place at, Instant since) {
        var suspended = new Suspended(at, since);
        return Decision.of(suspended, new SuspendJob(at.job()), suspended(suspended));
    }

    private static Decision complete(Place at, Instant now) {
        double seconds = Duration.between(at.request.at(), now).toMillis() / 1000.0;
        return Decision.of(
                new Completed(at.run()),
                new Publish(new TrainingCompleted(at.run(), "runs/" + at.run(), seconds)),
                new ReleaseJobs(at.run(), 0));
    }

    private static Decision fail(TrainingRun run, String stage, String reason) {
        return Decision.of(
                new Failed(run.run()),
                new Publish(new TrainingFailed(run.run(), stage, reason)),
                new ReleaseJobs(run.run(), 0));
    }

    private static Publish tell(Place at, Input.JobStarted started) {
        return new Publish(new TrainingStarted(
                at.run(),
                started.attempt(),
                started.launcher(),
                started.at(),
                at.job().stage()));
    }

    private static Publish waits(Place at, String reason, Instant now) {
        return new Publish(new TrainingWaiting(at.run(), at.attempt, reason, now));
    }

    /// Also where it does already: who took it up again from the topics did not say so.
    private static Publish goesOn(Place at, Instant since) {
        return new Publish(new TrainingSuspensionChanged(at.run(), false, since));
    }

    private static Publish suspended(Suspended suspended) {
        return new Publish(new TrainingSuspensionChanged(suspended.run(), true, suspended.since));
    }

    private static String stageOf(Place at) {
        String stage = at.job().stage();
        return stage == null ? "job" : stage;
    }

    /// The state told by events alone, in the order of their time: what a restarted orchestrator begins with.
    static TrainingRun replay(String run, List<TrainingEvent> events, Policy policy) {
        TrainingRun state = new Unknown(run, null);
        for (TrainingEvent event : events) state = after(state, event, policy);
        return state;
    }

    private static TrainingRun after(TrainingRun state, TrainingEvent event, Policy policy) {
        return switch (event) {
            case TrainingRequested request
            when state instanceof Unknown unknown -> {
                TrainingRun begun = begin(unknown, request, policy.jobs).next();
                yield begun instanceof Failed ? unknown : begun; // it is delivered again where that was not told yet
            }
            case TrainingStarted started ->
                switch (state) {
                    case Starting starting
                    when started.attempt() >= starting.at.attempt -> new Running(starting.at.started(started));
                    case Running(Place at) -> new Running(at.started(started));
                    case Suspended(Place at, Instant since) -> new Suspended(at.started(started), since);
                    case Starting _, Unknown _, Cancelling _, Completed _, Failed _, Cancelled _ -> state;
                };
            case TrainingSuspensionRequested asked ->
                switch (state) {
                    case Unknown _ -> new Unknown(state.run(), asked.suspend() ? asked.at() : null);
                    case Starting starting when asked.suspend() -> new Suspended(starting.at, asked.at());
                    case Running running when asked.suspend() -> new Suspended(running.at, asked.at());
                    case Suspended suspended when !asked.suspend() -> new Starting(suspended.at, null);
                    case Starting _, Running _, Suspended _, Cancelling _, Completed _, Failed _, Cancelled _ -> state;
                };
            case TrainingCancelRequested _ ->
                switch (state) {
                    case Starting starting -> new Cancelling(state.run(), starting.at.attempt);
                    case Running(Place at) -> new Cancelling(state.run(), at.attempt);
                    case Suspended suspended -> new Cancelling(state.run(), suspended.at.attempt);
                    case Unknown _, Cancelling _, Completed _, Failed _, Cancelled _ -> state;
                };
            case TrainingCompleted _ -> new Completed(state.run());
            case TrainingFailed _ -> new Failed(state.run());
            case TrainingCancelled _ -> new Cancelled(state.run());
            case TrainingWaiting waiting
            when state instanceof Starting starting ->
                new Starting(starting.at, waiting.reason().isEmpty() ? null : waiting.reason());
            case TrainingRequested _,
                    TrainingWaiting _,
                    TrainingSuspensionChanged _,
                    TrainingProgress _,
                    CheckpointSaved _ -> state;
        };
    }
}
