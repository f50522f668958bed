package dev.cm3leon.generator;

import dev.cm3leon.documents.Prompt;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import dev.cm3leon.events.GenerationEvent.PromptTokenized;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.SampledCandidates;
import dev.cm3leon.events.SampledCandidates.Sampled;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.objectstore.LocalFileException;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.Models;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Carries jobs from the topic through the pool to the store and the next topic. A job ends with an event: its
/// candidates, why it failed, or that it was cancelled; and only then is it done. An end that cannot be told is logged,
/// and the job is done all the same: nothing behind it would ever be acknowledged. A job that comes again meanwhile is
/// not decoded beside itself: both deliveries are done when the one is.
final class Generator implements AutoCloseable {

    static final String STEP = "generate";

    private static final Logger log = LoggerFactory.getLogger(Generator.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final Models<DecodePool> pools;
    private final ObjectStore store;
    private final Consumer<Event> events;
    private final InstantSource clock;
    private final int most;
    private final Semaphore inFlight;
    private final ConcurrentHashMap<String, CompletableFuture<Void>> ends = new ConcurrentHashMap<>(); // by result key
    private final ConcurrentHashMap<String, Job> running = new ConcurrentHashMap<>();
    private final CancelledJobs cancelled = new CancelledJobs();
    private volatile boolean closed;

    /// @param pools one for each model: a job is decoded by the model that its prompt was laid out for
    /// @param events publishes; returns when the broker has the event
    /// @param inFlight how many jobs are taken before the first is done
    Generator(Models<DecodePool> pools, ObjectStore store, Consumer<Event> events, InstantSource clock, int inFlight) {
        this.pools = pools;
        this.store = store;
        this.events = events;
        this.clock = clock;
        this.most = inFlight;
        this.inFlight = new Semaphore(inFlight, true);
    }

    /// Takes a job and returns; waits while too many are in flight.
    ///
    /// @param done is called when the job's end is told
    /// @param trace runs the work as a part of the job's trace
    void accept(PromptTokenized prompt, Runnable done, Executor trace) {
        String key = resultKey(prompt);
        CompletableFuture<Void> mine = new CompletableFuture<>(), first = ends.putIfAbsent(key, mine);
        (first == null ? mine : first).thenRun(done);
        if (first != null) return;
        inFlight.acquireUninterruptibly();
        Thread.ofVirtual()
                .name("generation-" + prompt.generation())
                .start(() -> trace.execute(() -> {
                    try {
                        carryToItsEnd(prompt, key);
                        mine.complete(null);
                    } catch (StoppedException e) {
                        log.atInfo()
                                .addKeyValue("generation", prompt.generation())
                                .log("left to another instance");
                    } finally {
                        ends.remove(key, mine);
                        inFlight.release();
                    }
                }));
    }

    /// Does a job and tells its end; one that cannot be told is logged.
    ///
    /// @throws StoppedException when the service stops before that
    private void carryToItsEnd(PromptTokenized prompt, String key) {
        try {
            GenerationEvent end = endOf(prompt, key);
            untilItCanBeReached(() -> {
                events.accept(end);
                return end;
            });
            log.atInfo()
                    .addKeyValue("generation", prompt.generation())
                    .addKeyValue("step", STEP)
                    .log("{}", end.type());
        } catch (StoppedException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            log.atError()
                    .addKeyValue("generation", prompt.generation())
                    .setCause(e)
                    .log("its end cannot be told");
        }
    }

    /// Stops a job within a token step, or as soon as it comes.
    void cancel(GenerationCancelRequested request) {
        cancelled.add(request.generation());
        Job job = running.get(request.generation());
        if (job != null) job.cancel();
    }

    /// Waits until no job is in flight.
    void awaitIdle() {
        inFlight.acquireUninterruptibly(most);
        inFlight.release(most);
    }

    /// Waits until the jobs in flight are done. No other begins: those that come stay undone.
    void drain() {
        inFlight.acquireUninterruptibly(most);
        closed = true;
        inFlight.release(most);
    }

    /// Jobs that are not done stay undone: they are delivered again.
    @Override
    public void close() {
        closed = true;
        pools.close();
    }

    /// @param key of its result
    private GenerationEvent endOf(PromptTokenized prompt, String key) {
        GenerationRequest request = prompt.request();
        try {
            String streams = prompt.streams().key(); // fetched while the result is looked for
            var ahead = CompletableFuture.supplyAsync(() -> store.get(streams), Thread::startVirtualThread);
            // a cancel ends no job that was drawn, nor the wait to know whether it was
            Optional<byte[]> stored = untilItCanBeReached(() -> store.get(key), e -> requireInTime(request, e));
            if (stored.isPresent()) return generated(prompt, key, stored.get());
            if (cancelled.contains(request.generation())) throw new CancellationException();
            if (request.isLate(clock.instant())) return failed(prompt, "the deadline passed before decoding began");
            byte[] result = decode(prompt, key, ahead);
            beforeTheDeadline(request, () -> {
                store.put(key, result, "application/json");
                return key;
            });
            return generated(prompt, key, result);
        } catch (CancellationException e) {
            if (closed) throw new StoppedException();
            return new GenerationCancelled(request.generation(), STEP, prompt.model());
        } catch (StoppedException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            log.atWarn()
                    .addKeyValue("generation", request.generation())
                    .setCause(e)
                    .log("failed");
            return failed(prompt, Objects.toString(e.getMessage(), e.getClass().getSimpleName()));
        }
    }

    /// Another instance that got the job too may have done it while it waited for rows here.
    private byte[] decode(PromptTokenized prompt, String key, CompletableFuture<Optional<byte[]>> ahead) {
        GenerationRequest request = prompt.request();
        Job job = new Job(request, streams(prompt, ahead), new ProgressEvents(prompt.model()));
        var elsewhere = job.begun
                .thenApplyAsync(begun -> store.get(key), Thread::startVirtualThread)
                .exceptionally(failed -> Optional.empty());
        elsewhere.thenAccept(stored -> stored.ifPresent(result -> job.cancel()));
        running.put(request.generation(), job);
        try (var pool = beforeTheDeadline(request, () -> pools.take(prompt.model()))) {
            if (cancelled.contains(request.generation())) throw new CancellationException();
            pool.model().submit(job);
            List<Sampled> candidates = await(job);
            return JSON.writeValueAsBytes(new SampledCandidates(prompt.streams(), job.decodeSeconds(), candidates));
        } catch (CancellationException e) {
            return elsewhere.getNow(Optional.empty()).orElseThrow(() -> e);
        } finally {
            running.remove(request.generation(), job);
        }
    }

    private List<Sampled> await(Job job) {
        Instant deadline = job.request.deadline();
        try {
            if (deadline == null) return job.result.get();
            long left = Duration.between(clock.instant(), deadline).toMillis();
            return job.result.get(Math.max(left, 0), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            job.cancel();
            throw new IllegalStateException("the deadline passed after " + job.tokens() + " tokens", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException reason ? reason : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            throw new StoppedException();
        }
    }

    private Prompt streams(PromptTokenized prompt, CompletableFuture<Optional<byte[]>> ahead) {
        ObjectRef streams = prompt.streams();
        byte[] json = ahead.exceptionally(failed -> Optional.empty())
                .join()
                .or(() -> beforeTheDeadline(prompt.request(), () -> store.get(streams.key())))
                .orElseThrow(() -> new IllegalStateException("the streams are gone: " + streams.key()));
        try {
            return JSON.readValue(json, Prompt.class);
        } catch (JacksonException e) {
            throw new IllegalStateException("cannot read the streams " + streams.key(), e);
        }
    }

    private CandidatesGenerated generated(PromptTokenized prompt, String key, byte[] result) {
        double seconds = JSON.readValue(result, SampledCandidates.class).decodeSeconds();
        return new CandidatesGenerated(
                prompt.request(), prompt.model(), new ObjectRef(key, "application/json", result.length), seconds);
    }

    /// Where the result of a job is kept: made of the job and everything that it depends on, so a job that comes
    /// twice is seen. Another job that asks for the same is decoded: a replay is to show that it gets the same.
    private String resultKey(PromptTokenized prompt) {
        GenerationRequest request = prompt.request();
        String inputs = JSON.writeValueAsString(List.of(
                request.generation(),
                prompt.streams().key(),
                request.sampling(),
                request.seed(),
                request.candidates(),
                prompt.model()));
        return "candidates/" + ContentKey.sha256(inputs.getBytes(StandardCharsets.UTF_8)) + ".json";
    }

    private static GenerationFailed failed(PromptTokenized prompt, String reason) {
        return new GenerationFailed(prompt.generation(), STEP, reason, prompt.model());
    }

    /// Store and broker may be down for a while; the job's end waits for them.
    private <T> T untilItCanBeReached(Supplier<T> action) {
        return untilItCanBeReached(action, e -> {});
    }

    /// The same of what comes before its end, which does not wait any longer than somebody waits for the job.
    private <T> T beforeTheDeadline(GenerationRequest request, Supplier<T> action) {
        return untilItCanBeReached(action, e -> {
            if (cancelled.contains(request.generation())) throw new CancellationException();
            requireInTime(request, e);
        });
    }

    private void requireInTime(GenerationRequest request, UncheckedIOException awaited) {
        if (request.isLate(clock.instant()))
            throw new IllegalStateException("the deadline passed while waiting: " + awaited.getMessage(), awaited);
    }

    /// @param goesOn throws where it is not to be waited for
    private <T> T untilItCanBeReached(Supplier<T> action, Consumer<UncheckedIOException> goesOn) {
        for (Duration wait = Duration.ofMillis(100); ; wait = wait.multipliedBy(2)) {
            if (closed) throw new StoppedException();
            try {
                return action.get();
            } catch (LocalFileException e) { // no store is away, and other models' jobs are not to wait behind it
                throw e;
            } catch (UncheckedIOException e) {
                goesOn.accept(e);
                log.warn("waiting: {}", e.getMessage());
                try {
                    Thread.sleep(wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT);
                } catch (InterruptedException interrupted) {
                    throw new StoppedException();
                }
            }
        }
    }

    /// Publishes the progress of one job beside the decoding; what comes while an earlier report is on its way is
    /// left out.
    private final class ProgressEvents implements Job.Progress {
        private final AtomicBoolean underWay = new AtomicBoolean();
        private final String model;

        private ProgressEvents(String model) {
            this.model = model;
        }

        @Override
        public void report(Job job, int position, double tokensPerSecond, List<Integer> codes) {
            if (!underWay.compareAndSet(false, true)) return;
            Thread.ofVirtual().start(() -> {
                try {
                    if (job.isOver()) return;
                    events.accept(new GenerationProgress(
                            job.request.generation(), position, job.prompt.newTokens(), tokensPerSecond, codes, model));
                } catch (UncheckedIOException e) {
                    log.debug("progress is not told: {}", e.getMessage());
                } finally {
                    underWay.set(false);
                }
            });
        }
    }

    /// The service stops.
    private static final class StoppedException extends RuntimeException {}
}
