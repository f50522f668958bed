package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingCancelRequested;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionRequested;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Acts on what [TrainingRun#decide] decides, one input at a time.
final class Orchestrator implements JobLauncher.Listener {
    private static final Logger log = LoggerFactory.getLogger(Orchestrator.class);

    private final JobLauncher launcher;
    private final Consumer<TrainingEvent> publish;
    private final TrainingRun.Policy policy;
    private final InstantSource clock;
    private final Map<String, TrainingRun> runs = new HashMap<>();

    Orchestrator(
            JobLauncher launcher, Consumer<TrainingEvent> publish, TrainingRun.Policy policy, InstantSource clock) {
        this.launcher = launcher;
        this.publish = publish;
        this.policy = policy;
        this.clock = clock;
    }

    /// Takes up every run that was not over.
    ///
    /// @param history all events of all runs, in the order of their time
    synchronized void resume(List<TrainingEvent> history) {
        history.stream().collect(Collectors.groupingBy(TrainingEvent::run)).forEach((run, events) -> {
            runs.put(run, TrainingRun.replay(run, events, policy));
            accept(run, new Input.Resumed());
        });
    }

    /// Starts what could not be started before.
    synchronized void retry() {
        List.copyOf(runs.keySet()).forEach(run -> accept(run, new Input.Retry()));
    }

    /// What somebody wants; other events are our own.
    void hear(TrainingEvent event) {
        switch (event) {
            case TrainingRequested request -> accept(request.run(), new Input.Requested(request));
            case TrainingCancelRequested cancel -> accept(cancel.run(), new Input.CancelRequested());
            case TrainingSuspensionRequested(String run, boolean suspend, Instant at) ->
                accept(run, new Input.SuspensionRequested(suspend, at));
            case TrainingEvent.TrainingStarted _,
                    TrainingEvent.TrainingWaiting _,
                    TrainingEvent.TrainingSuspensionChanged _,
                    TrainingEvent.TrainingProgress _,
                    TrainingEvent.CheckpointSaved _,
                    TrainingEvent.TrainingCompleted _,
                    TrainingEvent.TrainingFailed _,
                    TrainingEvent.TrainingCancelled _ -> {}
        }
    }

    @Override
    public void told(String run, TrainingEvent event) {
        accept(run, new Input.JobTold(event));
    }

    @Override
    public void waits(String run, int attempt, String reason, Instant at) {
        accept(run, new Input.JobWaits(attempt, reason, at));
    }

    @Override
    public void ended(String run, Input.JobEnded end) {
        accept(run, end);
    }

    synchronized TrainingRun state(String run) {
        return runs.getOrDefault(run, new TrainingRun.Unknown(run, null));
    }

    /// The state moves on after the commands were done, so an input that failed half-way can be given again.
    private synchronized void accept(String run, Input input) {
        TrainingRun before = state(run);
        Decision decision = TrainingRun.decide(before, input, policy);
        List<Input> outcomes = new ArrayList<>();
        for (Command command : decision.commands()) act(command, outcomes);
        runs.put(run, decision.next());
        if (before.getClass() != decision.next().getClass()) {
            log.atInfo()
                    .addKeyValue("run", run)
                    .addKeyValue("input", input.getClass().getSimpleName())
                    .addKeyValue("state", decision.next().getClass().getSimpleName())
                    .log("training run moved on");
        }
        for (Input outcome : outcomes) accept(run, outcome);
    }

    private void act(Command command, List<Input> outcomes) {
        switch (command) {
            case Command.StartJob(var job) -> outcomes.add(start(job));
            case Command.AttachJob(var job) -> launcher.attach(job, this);
            case Command.SuspendJob(var job) -> launcher.suspend(job, this);
            case Command.StopJob(String run, int attempt) -> launcher.stop(run, attempt, this);
            case Command.ReleaseJobs(String run, int current) -> launcher.release(run, current);
            case Command.Publish(var event) -> publish.accept(event);
        }
    }

    private Input start(StageJob job) {
        try {
            launcher.start(job, this);
            return new Input.JobStarted(job.attempt(), launcher.name(), clock.instant());
        } catch (UncheckedIOException mayGetBetter) {
            return new Input.JobDelayed(String.valueOf(mayGetBetter.getMessage()), clock.instant());
        } catch (RuntimeException hopeless) {
            return new Input.JobRefused(String.valueOf(hopeless.getMessage()));
        }
    }
}
