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
import dev.cm3leon.orchestrator.Command.AttachJob;
import dev.cm3leon.orchestrator.Command.Publish;
import dev.cm3leon.orchestrator.Command.StartJob;
import dev.cm3leon.orchestrator.Command.StopJob;
import java.util.List;

/// The state of one training run.
sealed interface TrainingRun {

    String run();

    /// Nothing was heard of it yet.
    record Unknown(String run) implements TrainingRun {}

    /// Wanted; its first job is being started.
    record Requested(TrainingRequested request) implements TrainingRun {
        @Override
        public String run() {
            return request.run();
        }
    }

    /// Its job runs.
    ///
    /// @param attempt counts the jobs of this run from 1
    /// @param losses jobs that were lost under this orchestrator
    record Running(TrainingRequested request, int attempt, int losses) implements TrainingRun {
        @Override
        public String run() {
            return request.run();
        }
    }

    /// Its job was told to stop and is not gone yet.
    record Cancelling(String run, int attempt) implements TrainingRun {}

    record Completed(String run) implements TrainingRun {}

    record Failed(String run) implements TrainingRun {}

    record Cancelled(String run) implements TrainingRun {}

    /// What comes next; touches no clock, broker or process.
    ///
    /// @param attempts jobs a run may lose before it is given up
    static Decision decide(TrainingRun run, Input input, int attempts) {
        return switch (run) {
            case Unknown unknown -> decide(unknown, input);
            case Requested requested -> decide(requested, input);
            case Running running -> decide(running, input, attempts);
            case Cancelling cancelling -> decide(cancelling, input);
            case Completed _, Failed _, Cancelled _ -> Decision.of(run); // a second delivery, or a late word of the job
        };
    }

    private static Decision decide(Unknown unknown, Input input) {
        return switch (input) {
            case Input.Requested(var request) -> Decision.of(new Requested(request), new StartJob(request, 1));
            case Input.CancelRequested() -> // overtook the request, which is on another topic
                Decision.of(new Cancelled(unknown.run), new Publish(new TrainingCancelled(unknown.run)));
            case Input.JobStarted _, Input.JobRefused _, Input.JobTold _, Input.JobEnded _, Input.Resumed _ ->
                Decision.of(unknown);
        };
    }

    private static Decision decide(Requested requested, Input input) {
        var request = requested.request;
        return switch (input) {
            case Input.JobStarted started ->
                Decision.of(new Running(request, started.attempt(), 0), tell(request, started));
            case Input.JobRefused(var reason) -> fail(requested, "start", reason);
            case Input.CancelRequested() ->
                Decision.of(new Cancelling(request.run(), 1), new StopJob(request.run(), 1));
            case Input.Requested _, Input.Resumed _ -> Decision.of(requested, new StartJob(request, 1)); // or attach
            case Input.JobTold _, Input.JobEnded _ -> Decision.of(requested);
        };
    }

    private static Decision decide(Running running, Input input, int attempts) {
        var request = running.request;
        return switch (input) {
            case Input.JobStarted started -> Decision.of(running, tell(request, started));
            case Input.JobRefused(var reason) -> fail(running, "start", reason);
            case Input.JobTold(var event) -> decide(running, event);
            case Input.JobEnded ended when ended.attempt() != running.attempt -> Decision.of(running);
            case Input.JobEnded ended
            when ended.lost() && running.losses + 1 < attempts -> {
                int next = running.attempt + 1;
                yield Decision.of(new Running(request, next, running.losses + 1), new StartJob(request, next));
            }
            case Input.JobEnded ended -> fail(running, "job", reason(running, ended));
            case Input.CancelRequested() ->
                Decision.of(
                        new Cancelling(running.run(), running.attempt), new StopJob(running.run(), running.attempt));
            case Input.Resumed() -> Decision.of(running, new AttachJob(request, running.attempt));
            case Input.Requested _ -> Decision.of(running);
        };
    }

    private static Decision decide(Running running, TrainingEvent event) {
        return switch (event) {
            case TrainingProgress _, CheckpointSaved _ -> Decision.of(running, new Publish(event));
            case TrainingCompleted _ -> Decision.of(new Completed(running.run()), new Publish(event));
            case TrainingFailed _ -> Decision.of(new Failed(running.run()), new Publish(event));
            case TrainingRequested _, TrainingStarted _, TrainingCancelRequested _, TrainingCancelled _ ->
                Decision.of(running); // not a job's to say
        };
    }

    private static Decision decide(Cancelling cancelling, Input input) {
        String run = cancelling.run;
        return switch (input) {
            case Input.JobEnded _, Input.JobRefused _ ->
                Decision.of(new Cancelled(run), new Publish(new TrainingCancelled(run)));
            case Input.JobTold(TrainingCompleted done) ->
                Decision.of(new Completed(run), new Publish(done)); // too late
            case Input.Resumed() -> Decision.of(cancelling, new StopJob(run, cancelling.attempt));
            case Input.JobStarted _, Input.JobTold _, Input.Requested _, Input.CancelRequested _ ->
                Decision.of(cancelling);
        };
    }

    private static Publish tell(TrainingRequested request, Input.JobStarted started) {
        return new Publish(new TrainingStarted(request.run(), started.attempt(), started.launcher(), started.at()));
    }

    private static Decision fail(TrainingRun run, String stage, String reason) {
        return Decision.of(new Failed(run.run()), new Publish(new TrainingFailed(run.run(), stage, reason)));
    }

    private static String reason(Running running, Input.JobEnded ended) {
        String what = ended.lost()
                ? "the job was lost %d times".formatted(running.losses + 1)
                : "the job ended with exit code %d and no result".formatted(ended.exitCode());
        return ended.lastLines().isBlank() ? what : what + "; its last words:\n" + ended.lastLines();
    }

    /// The state told by events alone, in the order of their time: what a restarted orchestrator begins with.
    static TrainingRun replay(String run, List<TrainingEvent> events) {
        TrainingRun state = new Unknown(run);
        for (TrainingEvent event : events) state = after(state, event);
        return state;
    }

    private static TrainingRun after(TrainingRun state, TrainingEvent event) {
        return switch (event) {
            case TrainingRequested request when state instanceof Unknown -> new Requested(request);
            case TrainingStarted started ->
                switch (state) {
                    case Requested(var request) -> new Running(request, started.attempt(), 0);
                    case Running running ->
                        new Running(running.request, Math.max(running.attempt, started.attempt()), 0);
                    case Unknown _, Cancelling _, Completed _, Failed _, Cancelled _ -> state;
                };
            case TrainingCancelRequested _ ->
                switch (state) {
                    case Requested _ -> new Cancelling(state.run(), 1);
                    case Running running -> new Cancelling(state.run(), running.attempt);
                    case Unknown _, Cancelling _, Completed _, Failed _, Cancelled _ -> state;
                };
            case TrainingCompleted _ -> new Completed(state.run());
            case TrainingFailed _ -> new Failed(state.run());
            case TrainingCancelled _ -> new Cancelled(state.run());
            case TrainingRequested _, TrainingProgress _, CheckpointSaved _ -> state;
        };
    }
}
