package dev.cm3leon.generator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.startsWith;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.spy;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.cm3leon.documents.Prompt;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import dev.cm3leon.events.GenerationEvent.PromptTokenized;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.SampledCandidates;
import dev.cm3leon.objectstore.LocalFileException;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.service.Draining;
import dev.cm3leon.service.Models;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class GeneratorTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String MODEL = "tiny@1", DOWN = "down@1";
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final MemoryObjectStore store = spy(new MemoryObjectStore());
    private final BlockingQueue<Event> published = new LinkedBlockingQueue<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicBoolean tooLarge = new AtomicBoolean();
    private final CountDownLatch asked = new CountDownLatch(2); // for a model that cannot be reached
    private volatile Instant now = START;
    private DecodePool pool;
    private Generator generator;

    @BeforeEach
    void open(@TempDir Path folder) {
        pool = new DecodePool(TinyTransformer.open(folder, 4), (tokens, rows, nanoseconds) -> {});
        generator = new Generator(new Models<>(this::open, 2), store, this::publish, () -> now, 3);
    }

    @AfterEach
    void close() {
        generator.close();
        pool.close();
    }

    private DecodePool open(String model) {
        if (model.equals(DOWN)) {
            asked.countDown();
            throw new UncheckedIOException(new IOException("the store is down"));
        }
        if (!model.equals(MODEL)) throw new IllegalArgumentException("there is no model " + model);
        return pool;
    }

    @Test
    void aJobIsDoneOnlyWhenItsResultIsStoredAndPublished() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        refused.set(2); // the broker is down at first

        accept(prompt(request("g", 2)), () -> {
            assertThat(published).last().isInstanceOf(CandidatesGenerated.class);
            done.countDown();
        });

        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(store.exists(((CandidatesGenerated) end()).candidates().key()))
                .isTrue();
    }

    @Test
    void aJobThatComesAgainIsPublishedAgainWithoutDecoding() {
        PromptTokenized prompt = prompt(request("g", 2));
        accept(prompt, () -> {});
        Event first = end();
        generator.awaitIdle();
        pool.close();

        accept(prompt, () -> {});

        assertThat(end()).isEqualTo(first);
    }

    /// As after a rebalance, when what is not acknowledged is delivered anew.
    @Test
    void aJobThatComesAgainWhileItIsDecodedIsDecodedOnceAndBothDeliveriesAreDone() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(2);
        PromptTokenized prompt = prompt(request("g", 3000));
        accept(prompt, done::countDown);
        awaitProgress();
        accept(prompt, done::countDown);

        generator.cancel(new GenerationCancelRequested("g", Instant.EPOCH));

        assertThat(end()).isEqualTo(new GenerationCancelled("g", "generate", MODEL));
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        generator.awaitIdle(); // no other is decoded
        assertThat(published).allMatch(GenerationProgress.class::isInstance);
    }

    /// As when another instance got its partition, and with it this job, and had rows for it sooner.
    @Test
    void aJobThatWasDoneElsewhereWhileItWaitedForRowsEndsWithThatWhenItGetsThem() throws InterruptedException {
        PromptTokenized prompt = prompt(request("waits", 4000));
        byte[] elsewhere = JSON.writeValueAsBytes(new SampledCandidates(prompt.streams(), 12.5, List.of()));
        BlockingQueue<String> looked = new LinkedBlockingQueue<>();
        doAnswer(get -> {
                    Object stored = get.callRealMethod();
                    looked.add(get.getArgument(0));
                    return stored;
                })
                .when(store)
                .get(startsWith("candidates/"));
        accept(prompt(request("long", 3000)), () -> {});
        awaitProgress(); // it has all rows
        String key = looked.remove();
        accept(prompt, () -> {});
        for (String other = key; key.equals(other); ) key = looked.take();
        store.put(key, elsewhere, "application/json");

        generator.cancel(new GenerationCancelRequested("long", Instant.EPOCH));

        assertThat(end()).isInstanceOf(GenerationCancelled.class);
        assertThat(end())
                .isEqualTo(new CandidatesGenerated(
                        prompt.request(), MODEL, new ObjectRef(key, "application/json", elsewhere.length), 12.5));
    }

    /// What a replay draws is drawn, and not what was kept.
    @Test
    void anotherJobThatAsksForTheSameIsDecodedAndGetsTheSame() {
        accept(prompt(request("g", 2)), () -> {});
        ObjectRef first = ((CandidatesGenerated) end()).candidates();

        accept(prompt(request("h", 2)), () -> {});

        ObjectRef second = ((CandidatesGenerated) end()).candidates();
        assertThat(second.key()).isNotEqualTo(first.key());
        assertThat(candidates(second)).isEqualTo(candidates(first));
    }

    private List<SampledCandidates.Sampled> candidates(ObjectRef object) {
        return JSON.readValue(store.get(object.key()).orElseThrow(), SampledCandidates.class)
                .candidates();
    }

    @Test
    void aJobWhoseEndCannotBeToldIsDoneAllTheSame() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        tooLarge.set(true);

        accept(prompt(request("g", 1)), done::countDown);

        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void moreCandidatesThanAnybodyIsAllowedFailTheJob() {
        accept(prompt(request("g", 2_000_000_000)), () -> {});

        assertThat(((GenerationFailed) end()).reason()).isEqualTo("need 1 <= candidates <= 4096, got 2000000000");
    }

    @Test
    void aDeadlineEndsTheWaitForWhatCannotBeReached() throws InterruptedException {
        PromptTokenized prompt = prompt(TinyTransformer.request("g", 1, 7, Decoding.TOP_P, START.plusSeconds(60)));
        accept(new PromptTokenized(prompt.request(), DOWN, prompt.streams(), 5, 9), () -> {});
        assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue(); // twice

        now = START.plusSeconds(61);

        assertThat(((GenerationFailed) end()).reason()).startsWith("the deadline passed while waiting: ");
    }

    @Test
    void aCancelEndsTheWaitForWhatCannotBeReached() throws InterruptedException {
        PromptTokenized prompt = prompt(request("g", 1));
        accept(new PromptTokenized(prompt.request(), DOWN, prompt.streams(), 5, 9), () -> {});
        assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();

        generator.cancel(new GenerationCancelRequested("g", Instant.EPOCH));

        assertThat(end()).isEqualTo(new GenerationCancelled("g", "generate", DOWN));
    }

    /// As when the process was killed before its end was acknowledged.
    @Test
    void aCancelledJobThatWasDrawnEndsAsItDidWhenItComesAgain() {
        PromptTokenized prompt = prompt(request("g", 2));
        accept(prompt, () -> {});
        Event first = end();
        generator.awaitIdle();
        generator.cancel(new GenerationCancelRequested("g", Instant.EPOCH));

        accept(prompt, () -> {});

        assertThat(end()).isEqualTo(first);
    }

    /// The store alone tells whether it was drawn.
    @Test
    void aCancelledJobWaitsForTheStoreAndEndsAsItTells() {
        generator.cancel(new GenerationCancelRequested("g", Instant.EPOCH));
        storeIsAway(2);

        accept(prompt(request("g", 1)), () -> {});

        assertThat(end()).isEqualTo(new GenerationCancelled("g", "generate", MODEL));
        verify(store, times(3)).get(startsWith("candidates/"));
    }

    @Test
    void aDeadlineEndsTheWaitOfACancelledJobForTheStore() {
        generator.cancel(new GenerationCancelRequested("g", Instant.EPOCH));
        storeIsAway(Integer.MAX_VALUE);

        accept(prompt(TinyTransformer.request("g", 1, 7, Decoding.TOP_P, Instant.EPOCH)), () -> {});

        assertThat(((GenerationFailed) end()).reason()).startsWith("the deadline passed while waiting: ");
    }

    /// Who asks whether a job was drawn is not answered.
    private void storeIsAway(int times) {
        AtomicInteger left = new AtomicInteger(times);
        doAnswer(get -> {
                    if (left.getAndDecrement() > 0)
                        throw new UncheckedIOException(new IOException("the store is down"));
                    return get.callRealMethod();
                })
                .when(store)
                .get(startsWith("candidates/"));
    }

    @Test
    void whatCannotBeKeptOnThisMachineIsNotWaitedFor() {
        doThrow(new LocalFileException("could not keep files of m@1 in models", new IOException("disk full")))
                .when(store)
                .get(startsWith("candidates/"));

        accept(prompt(request("g", 1)), () -> {});

        assertThat(((GenerationFailed) end()).reason())
                .isEqualTo("could not keep files of m@1 in models: java.io.IOException: disk full");
    }

    @Test
    void aLateJobThatWasDrawnEndsAsItDidWhenItComesAgain() {
        PromptTokenized prompt = prompt(TinyTransformer.request("g", 1, 7, Decoding.TOP_P, START.plusSeconds(60)));
        accept(prompt, () -> {});
        Event first = end();
        generator.awaitIdle();
        now = START.plusSeconds(61);

        accept(prompt, () -> {});

        assertThat(end()).isEqualTo(first);
    }

    @Test
    void anotherSeedIsAnotherResult() {
        accept(prompt(request("g", 2)), () -> {});
        ObjectRef first = ((CandidatesGenerated) end()).candidates();

        accept(prompt(TinyTransformer.request("g", 2, 8, Decoding.TOP_P)), () -> {});

        assertThat(((CandidatesGenerated) end()).candidates().key()).isNotEqualTo(first.key());
    }

    @Test
    void aCancelledJobIsToldAndDone() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        accept(prompt(request("g", 3000)), done::countDown);
        awaitProgress();

        generator.cancel(new GenerationCancelRequested("g", Instant.EPOCH));

        assertThat(end()).isEqualTo(new GenerationCancelled("g", "generate", MODEL));
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aJobCancelledWhileItWaitsIsToldAtOnce() throws InterruptedException {
        accept(prompt(request("long", 3000)), () -> {});
        awaitProgress(); // it has all rows
        accept(prompt(request("waits", 1)), () -> {});

        generator.cancel(new GenerationCancelRequested("waits", Instant.EPOCH));

        assertThat(end()).isEqualTo(new GenerationCancelled("waits", "generate", MODEL));
    }

    @Test
    void aDeadlineThatPassesFailsTheJob() {
        Instant soon = START.plusMillis(200); // the clock stands, so decoding begins before it
        accept(prompt(TinyTransformer.request("late", 3000, 7, Decoding.TOP_P, soon)), () -> {});

        assertThat(((GenerationFailed) end()).reason()).startsWith("the deadline passed after");

        accept(prompt(TinyTransformer.request("g", 1, 7, Decoding.TOP_P, Instant.EPOCH)), () -> {});

        assertThat(end())
                .isEqualTo(new GenerationFailed("g", "generate", "the deadline passed before decoding began", MODEL));
    }

    @Test
    void aSettingOutOfRangeFailsTheJobByName() {
        var sampling = new dev.cm3leon.events.Sampling(Decoding.TOP_P, 0, 0.9, 1, 0.5, 8, 12);
        var request = new GenerationRequest("g", "public", null, List.of(), sampling, 1, 0, List.of(), 7, null);

        accept(prompt(request), () -> {});

        assertThat(end()).isEqualTo(new GenerationFailed("g", "generate", "need temperature > 0, got 0.0", MODEL));
    }

    @Test
    void streamsThatAreGoneFailTheJob() {
        var gone = new PromptTokenized(
                request("g", 1), MODEL, new ObjectRef("prompts/gone.json", "application/json", 1), 5, 9);

        accept(gone, () -> {});

        assertThat(((GenerationFailed) end()).reason()).contains("prompts/gone.json");
    }

    @Test
    void storedStreamsThatLackOneFailTheirJobAndNoOther() {
        String whole = JSON.writeValueAsString(TinyTransformer.draw(5, 6, 7));
        byte[] json = whole.replace("\"unconditional\"", "\"other\"").getBytes(UTF_8);
        String key = store.putContent("prompts", json, ".json", "application/json");
        var lacking =
                new PromptTokenized(request("g", 1), MODEL, new ObjectRef(key, "application/json", json.length), 5, 9);

        accept(lacking, () -> {});
        assertThat(((GenerationFailed) end()).reason()).isEqualTo("cannot read the streams " + key);

        accept(prompt(request("h", 1)), () -> {});
        assertThat(end()).isInstanceOf(CandidatesGenerated.class);
    }

    @Test
    void aModelThatIsGoneFailsTheJobByItsName() {
        PromptTokenized prompt = prompt(request("g", 1));

        accept(new PromptTokenized(prompt.request(), "tiny@0", prompt.streams(), 5, 9), () -> {});

        assertThat(end()).isEqualTo(new GenerationFailed("g", "generate", "there is no model tiny@0", "tiny@0"));
    }

    @Test
    void takesNoMoreJobsThanAreAllowedInFlight() throws InterruptedException {
        for (String id : List.of("a", "b", "c")) accept(prompt(request(id, 3000)), () -> {});
        Thread fourth = Thread.ofPlatform().start(() -> accept(prompt(request("d", 1)), () -> {}));
        fourth.join(200);
        assertThat(fourth.isAlive()).isTrue();

        for (String id : List.of("a", "b", "c")) generator.cancel(new GenerationCancelRequested(id, Instant.EPOCH));

        fourth.join(30_000);
        assertThat(fourth.isAlive()).isFalse();
    }

    @Test
    void whoIsToldToStopEndsTheJobsInFlightAndBeginsNoOther() throws InterruptedException {
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        accept(prompt(request("g", 40)), () -> done.add("g"));
        awaitProgress();
        CountDownLatch stopped = new CountDownLatch(1);

        new Draining(generator::drain).stop(stopped::countDown);

        assertThat(stopped.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(end()).isInstanceOf(CandidatesGenerated.class);
        accept(prompt(request("h", 1)), () -> done.add("h"));
        generator.awaitIdle();
        assertThat(done).containsExactly("g");
        assertThat(published).isEmpty();
    }

    @Test
    void aJobThatIsNotDoneWhenTheServiceStopsStaysUndone() throws InterruptedException {
        List<String> done = new ArrayList<>();
        accept(prompt(request("g", 3000)), () -> done.add("g"));
        awaitProgress();

        generator.close();
        generator.awaitIdle();

        assertThat(done).isEmpty();
        assertThat(published).allMatch(GenerationProgress.class::isInstance);
    }

    private void accept(PromptTokenized prompt, Runnable done) {
        generator.accept(prompt, done, Runnable::run);
    }

    private PromptTokenized prompt(GenerationRequest request) {
        Prompt streams = TinyTransformer.draw(5, 6, 7);
        byte[] json = JSON.writeValueAsBytes(streams);
        String key = store.putContent("prompts", json, ".json", "application/json");
        return new PromptTokenized(
                request,
                MODEL,
                new ObjectRef(key, "application/json", json.length),
                streams.conditional().length(),
                streams.newTokens());
    }

    private static GenerationRequest request(String generation, int candidates) {
        return TinyTransformer.request(generation, candidates, 7, Decoding.TOP_P);
    }

    private void publish(Event event) {
        if (tooLarge.get()) throw new IllegalArgumentException("too large for an event");
        if (!(event instanceof GenerationProgress) && refused.getAndDecrement() > 0) {
            throw new UncheckedIOException(new IOException("the broker is down"));
        }
        published.add(event);
    }

    private void awaitProgress() throws InterruptedException {
        assertThat(published.poll(30, TimeUnit.SECONDS)).isInstanceOf(GenerationProgress.class);
    }

    /// The next event that is no progress.
    private Event end() {
        try {
            while (true) {
                Event event = published.poll(30, TimeUnit.SECONDS);
                assertThat(event).as("an event").isNotNull();
                if (!(event instanceof GenerationProgress)) return event;
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
