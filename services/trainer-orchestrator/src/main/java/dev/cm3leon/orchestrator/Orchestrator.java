package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingCancelRequested;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Acts on what [TrainingRun#decide] decides, one input at a time.
final class Orchestrator implements JobLauncher.Listener {
    private static final Logger log = LoggerFactory.getLogger(Orchestrator.class);

    private final JobLauncher launcher;
    private final Consumer<TrainingEvent> publish;
    private final int attempts;
    private final InstantSource clock;
    private final Map<String, TrainingRun> runs = new HashMap<>();

    /// @param attempts jobs a run may lose before it is given up
    Orchestrator(JobLauncher launcher, Consumer<TrainingEvent> publish, int attempts, InstantSource clock) {
        this.launcher = launcher;
        this.publish = publish;
        this.attempts = attempts;
        this.clock = clock;
    }

    /// Takes up every run that was not over.
    ///
    /// @param history all events of all runs, in the order of their time
    synchronized void resume(List<TrainingEvent> history) {
        history.stream().collect(Collectors.groupingBy(TrainingEvent::run)).forEach((run, events) -> {
            runs.put(run, TrainingRun.replay(run, events));
            accept(run, new Input.Resumed());
        });
    }

    /// A request or a cancellation; other events are our own.
    void hear(TrainingEvent event) {
        switch (event) {
            case TrainingRequested request -> accept(request.run(), new Input.Requested(request));
            case TrainingCancelRequested cancel -> accept(cancel.run(), new Input.CancelRequested());
            case TrainingEvent.TrainingStarted _,
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
    public void ended(String run, int attempt, @Nullable Integer exitCode, String lastLines) {
        accept(run, new Input.JobEnded(attempt, exitCode, lastLines));
    }

    synchronized TrainingRun state(String run) {
        return runs.getOrDefault(run, new TrainingRun.Unknown(run));
    }

    /// The state moves on after the commands were done, so an input that failed half-way can be given again.
    private synchronized void accept(String run, Input input) {
        TrainingRun before = state(run);
        Decision decision = TrainingRun.decide(before, input, attempts);
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
            case Command.StartJob(var request, int attempt) -> outcomes.add(start(request, attempt));
            case Command.AttachJob(var request, int attempt) -> launcher.attach(request, attempt, this);
            case Command.StopJob(String run, int attempt) -> launcher.stop(run, attempt, this);
            case Command.Publish(var event) -> publish.accept(event);
        }
    }

    private Input start(TrainingRequested request, int attempt) {
        try {
            launcher.start(request, attempt, this);
            return new Input.JobStarted(attempt, launcher.name(), clock.instant());
        } catch (UncheckedIOException mayGetBetter) {
            throw mayGetBetter;
        } catch (RuntimeException hopeless) {
            return new Input.JobRefused(String.valueOf(hopeless.getMessage()));
        }
    }
}
