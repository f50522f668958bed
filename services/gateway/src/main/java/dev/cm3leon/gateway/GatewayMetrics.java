package dev.cm3leon.gateway;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.GenerationCompleted;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationEvent.PromptTokenized;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import dev.cm3leon.gateway.intake.ServedModels;
import dev.cm3leon.gateway.log.LogReader;
import dev.cm3leon.gateway.log.QueueLags;
import dev.cm3leon.gateway.problem.Refusal;
import dev.cm3leon.gateway.state.GenerationState;
import dev.cm3leon.gateway.state.PlatformState;
import dev.cm3leon.gateway.state.Recorded;
import dev.cm3leon.gateway.state.TrainingState;
import dev.cm3leon.service.Serving;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the events tell, as metrics: how long jobs take and where, how long the queues are, how training
/// goes. Brought up to date every few seconds.
final class GatewayMetrics implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(GatewayMetrics.class);
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final MeterRegistry registry;
    private final PlatformState state;
    private final ServedModels models;
    private final LogReader reader;
    private final QueueLags queues;
    private final Instant since;
    private final Set<String> counted = new HashSet<>();
    private final Gauges jobs;
    private final Gauges lags;
    private final Gauges letters;
    private final Gauges shares;
    private final Gauges losses;
    private final Gauges trainingTokens;
    private final Counter failedRuns;
    private final Gauges reachable;
    private final Thread thread = Thread.ofVirtual().name("metrics").unstarted(this::run);

    /// @param since jobs that ended before are not counted again
    GatewayMetrics(
            MeterRegistry registry,
            PlatformState state,
            ServedModels models,
            LogReader reader,
            QueueLags queues,
            Instant since) {
        this.registry = registry;
        this.state = state;
        this.models = models;
        this.reader = reader;
        this.queues = queues;
        this.since = since;
        this.jobs = gauges("cm3.jobs", "jobs that are not done, by what they wait for");
        this.lags = gauges("cm3.queue.lag", "events of a topic that a group has not handled yet");
        this.letters = gauges("cm3.dead.letters", "events that no service could handle and nobody replayed");
        this.shares = gauges("cm3.model.share", "part of the jobs that name no model");
        this.losses = gauges("cm3.training.loss", "latest of a run's stage; nats a token for the transformer");
        this.trainingTokens = gauges("cm3.training.tokens.per.second", "latest of a run's stage");
        this.failedRuns = Counter.builder("cm3.training.failed") // there from the start: a first failure is a rise
                .description("training runs that failed")
                .register(registry);
        this.reachable = gauges("cm3.index.reachable", "1 where a retriever can search it, as far as was told, else 0");
    }

    void start() {
        thread.start();
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            while (true) {
                try {
                    refresh();
                } catch (KafkaException e) { // the gauges stay as they are
                    log.debug("the broker cannot be reached: {}", e.getMessage());
                }
                Thread.sleep(EVERY);
            }
        } catch (InterruptedException e) {
            log.debug("stopped");
        }
    }

    /// Brings all up to date.
    void refresh() {
        List<GenerationState> all = state.generations.all();
        all.forEach(this::count);
        List<TrainingState> runs = state.trainingRuns.all();
        runs.forEach(this::count);
        counted.retainAll(Stream.concat(
                        all.stream().map(GenerationState::id), runs.stream().map(TrainingState::id))
                .collect(Collectors.toSet()));
        Map<GenerationState.Status, Long> waiting = state.underWay().stream()
                .map(GenerationState::status)
                .collect(Collectors.groupingBy(status -> status, Collectors.counting()));
        jobs.set(Stream.of(GenerationState.Status.values())
                .filter(status -> !status.isFinal())
                .collect(Collectors.toMap(
                        status -> Tags.of("status", status.name().toLowerCase(Locale.ROOT)),
                        status -> waiting.getOrDefault(status, 0L))));
        Serving serving = models.serving();
        shares.set(Stream.of(Optional.of(serving.stable()), Optional.ofNullable(serving.canary()))
                .flatMap(Optional::stream)
                .collect(Collectors.toMap(model -> Tags.of("model", model), serving::shareOf)));
        Map<Tags, Number> loss = new HashMap<>(), tokens = new HashMap<>();
        for (TrainingState run : state.trainingRuns.unfinished()) {
            if (run.progress().isEmpty()) continue;
            TrainingProgress progress = run.progress().get();
            Tags tags = Tags.of("run", run.id(), "stage", progress.stage());
            loss.put(tags, progress.loss());
            tokens.put(tags, progress.tokensPerSecond());
        }
        losses.set(loss);
        trainingTokens.set(tokens);
        reachable.set(Map.of(Tags.empty(), isReachable() ? 1 : 0));
        if (reader.isCaughtUp()) // or those of the past would come one by one, as if they were new
        letters.set(Map.of(Tags.empty(), state.deadLetters().size()));
        lags.set(queues.lags().entrySet().stream()
                .collect(Collectors.toMap(
                        entry -> Tags.of(
                                "topic", entry.getKey().topic(),
                                "group", entry.getKey().group()),
                        Map.Entry::getValue)));
    }

    /// Once, when a job has ended: how long each of its stages took, waiting included.
    private void count(GenerationState job) {
        if (!job.isFinal() || job.steps().getLast().at().isBefore(since) || !counted.add(job.id())) return;
        Instant start = job.startedAt().orElseThrow(), previous = start;
        for (Recorded<GenerationEvent> step : job.steps()) {
            String stage = stageThatEndsWith(step.event());
            if (stage.isEmpty()) continue;
            Timer.builder("cm3.job.stage")
                    .description("a stage of a job, from the event before it to its own, waiting included")
                    .tag("stage", stage)
                    .publishPercentileHistogram()
                    .register(registry)
                    .record(Duration.between(previous, step.at()));
            previous = step.at();
        }
        Timer.builder("cm3.job")
                .description("a job, from its request to its end")
                .tag("status", job.status().name().toLowerCase(Locale.ROOT))
                .tag("model", job.model().orElse("unknown"))
                .publishPercentileHistogram()
                .register(registry)
                .record(Duration.between(start, job.steps().getLast().at()));
    }

    private void count(TrainingState run) {
        if (run.status() != TrainingState.Status.FAILED) return;
        if (run.steps().getLast().at().isBefore(since) || !counted.add(run.id())) return;
        failedRuns.increment();
    }

    private boolean isReachable() {
        try {
            state.index.requireReachable();
            return true;
        } catch (Refusal unreachable) {
            return false;
        }
    }

    private static String stageThatEndsWith(GenerationEvent event) {
        return switch (event) {
            case EvidenceRetrieved _ -> "retrieve";
            case PromptTokenized _ -> "tokenize";
            case CandidatesGenerated _ -> "generate";
            case CandidatesDecoded _ -> "decode";
            case GenerationCompleted _ -> "rank";
            case GenerationRequested _,
                    GenerationProgress _,
                    GenerationFailed _,
                    GenerationCancelRequested _,
                    GenerationCancelled _ -> "";
        };
    }

    private Gauges gauges(String name, String description) {
        return new Gauges(MultiGauge.builder(name).description(description).register(registry));
    }

    /// Numbers under one name. A gauge stays and its number changes: one that was put in the place of another could be
    /// met twice by who reads them meanwhile, which is refused.
    private static final class Gauges {
        private final MultiGauge gauges;
        private volatile Map<Tags, ? extends Number> numbers = Map.of();

        private Gauges(MultiGauge gauges) {
            this.gauges = gauges;
        }

        void set(Map<Tags, ? extends Number> now) {
            numbers = now;
            gauges.register(
                    now.keySet().stream()
                            .<Row<?>>map(tags -> Row.of(tags, this, all -> all.number(tags)))
                            .toList(),
                    false);
        }

        private double number(Tags tags) {
            Number number = numbers.get(tags);
            return number == null ? Double.NaN : number.doubleValue();
        }
    }
}
