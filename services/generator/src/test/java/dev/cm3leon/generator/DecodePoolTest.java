package dev.cm3leon.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.spy;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.cm3leon.decoding.CandidateDecoder;
import dev.cm3leon.documents.ContextOverflowException;
import dev.cm3leon.documents.Prompt;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.SampledCandidates.Sampled;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.model.transformer.Transformer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DecodePoolTest {

    private static final Job.Progress SILENT = (job, position, tokensPerSecond, codes) -> {};
    private static final int CELLS = TinyTransformer.GRID.cells();

    private final List<List<Integer>> steps = new CopyOnWriteArrayList<>();
    private DecodePool pool;

    @BeforeEach
    void open(@TempDir Path folder) {
        pool = new DecodePool(TinyTransformer.open(folder, 8), (tokens, rows, nanoseconds) -> {
            steps.add(List.of(tokens, rows));
        });
    }

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void anImageHasOneCodeForEachCell() {
        List<Sampled> candidates = decode(job("g", 3, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7)));

        assertThat(candidates).extracting(Sampled::index).containsExactly(0, 1, 2);
        assertThat(candidates)
                .allSatisfy(candidate ->
                        assertThat(candidate.ids()).hasSize(CELLS).allMatch(TinyTransformer.VOCABULARY::isImage));
        assertThat(candidates).extracting(Sampled::ids).doesNotHaveDuplicates();
    }

    @Test
    void everyTokenIsCountedOnceAndToldWithTheRowsOfItsStep() {
        Job job = job("g", 3, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7));

        decode(job);
        pool.close(); // what it did last is told

        assertThat(job.tokens()).isEqualTo(3L * CELLS);
        assertThat(steps).hasSize(CELLS - 1).allMatch(step -> step.getLast() == 6);
        assertThat(steps).extracting(List::getFirst).startsWith(6, 3, 3).endsWith(3);
    }

    @Test
    void tokensOfCandidatesThatWaitedForRowsAreCountedToo() {
        Job job = job("g", 6, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7)); // four at once

        decode(job);
        pool.close();

        assertThat(job.tokens()).isEqualTo(6L * CELLS);
        assertThat(steps.stream().mapToInt(List::getFirst).sum()).isEqualTo(6 * CELLS);
    }

    @Test
    void aJobThatIsTooLongFailsAndNoOtherDoes() {
        int most = TinyTransformer.CONFIG.context() - CELLS - 2; // the document's beginning and the break
        Prompt tooLong = PromptLayout.of(TinyTransformer.VOCABULARY, TinyTransformer.GRID, 10_000)
                .textToImage(List.of(), IntStream.range(0, most + 1).map(i -> 5).toArray());
        Job longest = job(
                "longest",
                1,
                7,
                Decoding.TOP_P,
                TinyTransformer.draw(IntStream.range(0, most).map(i -> 5).toArray()));
        Job other = job("other", 2, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7));
        Job one = job("long", 1, 7, Decoding.TOP_P, tooLong);

        pool.submit(other);
        pool.submit(one);
        pool.submit(longest);

        assertThat(other.result.join()).hasSize(2);
        assertThatThrownBy(one.result::join).hasRootCauseInstanceOf(ContextOverflowException.class);
        assertThat(longest.result.join()).hasSize(1);
    }

    @Test
    void aJobThatNeedsMoreRowsThanThereAreFailsAndNoOtherDoes(@TempDir Path folder) {
        Job edit = job("edit", 1, 7, Decoding.TOP_P, TinyTransformer.edit(3));
        Job other = job("other", 1, 7, Decoding.TOP_P, TinyTransformer.draw(5));

        try (var small = new DecodePool(TinyTransformer.open(folder, 2), (tokens, rows, nanoseconds) -> {})) {
            small.submit(edit);
            small.submit(other);

            assertThat(await(other)).hasSize(1);
            assertThatThrownBy(edit.result::join).hasRootCauseMessage("need 3 rows for a candidate, got 2");
        }
    }

    @Test
    void aStepThatFailsTwiceFailsItsJobsAndNoneAfterThem(@TempDir Path folder) {
        Transformer transformer = spy(TinyTransformer.open(folder, 8));
        doThrow(new IllegalStateException("no memory"), new IllegalStateException("still none"))
                .doCallRealMethod()
                .when(transformer)
                .step(any(), any(), any(), any());
        Job job = job("g", 3, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7));

        try (var other = new DecodePool(transformer, (tokens, rows, nanoseconds) -> {})) {
            other.submit(job);
            assertThatThrownBy(() -> await(job)).hasRootCauseMessage("still none");

            Job next = job("next", 3, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7));
            other.submit(next);
            assertThat(await(next)).hasSize(3);
        }
    }

    @Test
    void aStepThatFailsOnceFailsNoJob(@TempDir Path folder) {
        Transformer transformer = spy(TinyTransformer.open(folder, 8));
        doThrow(new IllegalStateException("no memory"))
                .doCallRealMethod()
                .when(transformer)
                .step(any(), any(), any(), any());
        Job job = job("g", 3, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7));

        try (var other = new DecodePool(transformer, (tokens, rows, nanoseconds) -> {})) {
            other.submit(job);

            assertThat(await(job)).isEqualTo(decode(job("g", 3, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7))));
        }
    }

    @Test
    void whoListensFailsNoJob(@TempDir Path folder) {
        Job job = job("g", 3, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7));

        try (var other = new DecodePool(TinyTransformer.open(folder, 8), (tokens, rows, nanoseconds) -> {
            throw new IllegalStateException("does not count");
        })) {
            other.submit(job);

            assertThat(await(job)).hasSize(3);
        }
    }

    @Test
    void aTextEndsWithTheEndOfItsInfill() {
        Prompt prompt = TinyTransformer.caption(1);

        for (Sampled candidate : decode(job("g", 4, 7, Decoding.TOP_P, prompt))) {
            List<Integer> text = candidate.ids().subList(0, candidate.ids().size() - 1);
            assertThat(candidate.ids())
                    .endsWith(TinyTransformer.VOCABULARY.eoss())
                    .hasSizeLessThanOrEqualTo(13);
            assertThat(text).allMatch(TinyTransformer.VOCABULARY::isText);
        }
    }

    @Test
    void textAndImageAreFilledOneAfterTheOther() {
        Prompt prompt = PromptLayout.of(
                        TinyTransformer.VOCABULARY, TinyTransformer.GRID, TinyTransformer.CONFIG.context())
                .lay(List.of(), List.of(new PromptPart.TextHole(), new PromptPart.ImageHole()), 5);

        Sampled candidate = decode(job("g", 1, 7, Decoding.TOP_P, prompt)).getFirst();

        List<PromptPart> parts =
                prompt.target().fill(candidate.ids().stream().mapToInt(i -> i).toArray(), TinyTransformer.VOCABULARY);
        assertThat(parts.get(0)).isInstanceOf(PromptPart.Text.class);
        assertThat(((PromptPart.Image) parts.get(1)).codes()).hasSize(CELLS);
    }

    /// The loop of [CandidateDecoder], a candidate at a time.
    @Test
    void drawsWhatAPlainLoopOverTheModelDraws(@TempDir Path folder) {
        try (Transformer transformer = TinyTransformer.open(folder, 3)) {
            for (Prompt prompt : List.of(
                    TinyTransformer.draw(5, 6, 7),
                    TinyTransformer.caption(1),
                    TinyTransformer.edit(2),
                    TinyTransformer.region(3))) {
                Job job = job("g", 3, 7, Decoding.BOTH, prompt);

                assertThat(decode(job))
                        .extracting(Sampled::ids)
                        .containsExactly(
                                looped(transformer, job, 0), looped(transformer, job, 1), looped(transformer, job, 2));
            }
        }
    }

    private static List<Integer> looped(Transformer transformer, Job job, int index) {
        var decoder = new CandidateDecoder(
                TinyTransformer.VOCABULARY, job.prompt.target(), job.sampling(index), job.request.seed(), index);
        int streams = job.prompt.streams().size();
        int[] rows = new int[streams], ids = new int[streams], cells = new int[streams];
        float[][] logits = new float[streams][TinyTransformer.VOCABULARY.size()];
        for (int s = 0; s < streams; s++)
            rows[s] = transformer.admit(job.prompt.streams().get(s), decoder.nextCell(), logits[s]);
        while (true) {
            Arrays.fill(ids, decoder.next(logits[0], logits[1], streams == 3 ? logits[2] : null));
            if (decoder.done()) break;
            Arrays.fill(cells, decoder.nextCell());
            transformer.step(rows, ids, cells, logits);
        }
        for (int row : rows) transformer.release(row);
        return IntStream.of(decoder.ids()).boxed().toList();
    }

    @Test
    void theResultIsTheSameWhateverElseIsDecodedWithIt() {
        List<Job> alone = manyJobs();
        List<List<Sampled>> expected = new ArrayList<>();
        for (Job job : alone) expected.add(decode(job));

        List<Job> together = manyJobs(); // 25 candidates for 4 places, or fewer of three streams
        together.forEach(pool::submit);

        assertThat(together.stream().map(DecodePoolTest::await).toList()).isEqualTo(expected);
    }

    @Test
    void theResultIsTheSameWithMoreThreadsAndPlaces(@TempDir Path folder) {
        List<List<Sampled>> expected = new ArrayList<>();
        for (Job job : manyJobs()) expected.add(decode(job));

        try (var other = new DecodePool(TinyTransformer.open(folder, 30, 2), (tokens, rows, nanoseconds) -> {})) {
            List<Job> together = manyJobs();
            together.reversed().forEach(other::submit);

            assertThat(together.stream().map(DecodePoolTest::await).toList()).isEqualTo(expected);
        }
    }

    /// One after the other in the same rows, and when others leave theirs at different times: as all at once.
    @Test
    void aPromptIsReadOnceHoweverItsCandidatesComeIn(@TempDir Path folder) {
        for (Prompt prompt : List.of(TinyTransformer.draw(5, 6, 7), TinyTransformer.caption(1))) {
            try (var whole = new DecodePool(TinyTransformer.open(folder, 12), (tokens, rows, nanoseconds) -> {})) {
                Job together = job("g", 6, 7, Decoding.BOTH, prompt);
                whole.submit(together);
                for (int rows : new int[] {2, 4, 6}) {
                    Transformer transformer = spy(TinyTransformer.open(folder, rows));
                    try (var small = new DecodePool(transformer, (tokens, used, nanoseconds) -> {})) {
                        Job late = job("g", 6, 7, Decoding.BOTH, prompt);
                        small.submit(late);

                        assertThat(await(late)).isEqualTo(await(together));
                        verify(transformer, times(2)).admit(any(), anyInt(), any());
                    }
                }
            }
        }
    }

    @Test
    void aLateCandidateTakesThePromptFromOneThatIsStillDecoded(@TempDir Path folder) {
        Transformer transformer = spy(TinyTransformer.open(folder, 6));
        try (var small = new DecodePool(transformer, (tokens, rows, nanoseconds) -> {})) {
            Job first = job("first", 1, 3, Decoding.TOP_P, TinyTransformer.caption(2)); // ends sooner than an image
            Job late = job("late", 3, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7));
            small.submit(first);
            small.submit(late);

            assertThat(await(late)).isEqualTo(decode(job("late", 3, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7))));
            await(first);
            verify(transformer, times(4)).admit(any(), anyInt(), any());
        }
    }

    /// The streams agree but for the text: with one scale for both, three streams draw what two do.
    @Test
    void editsTakeThreeRows() {
        int[] codes = new int[CELLS];
        List<PromptPart> parts = List.of(
                new PromptPart.Text(new int[] {5}),
                new PromptPart.Image(codes),
                new PromptPart.Text(new int[] {6, 7}),
                new PromptPart.ImageHole());
        PromptLayout layout =
                PromptLayout.of(TinyTransformer.VOCABULARY, TinyTransformer.GRID, TinyTransformer.CONFIG.context());

        List<Sampled> three = decode(job("g", 3, 7, Decoding.TOP_P, layout.layEdit(List.of(), parts, 1)));

        assertThat(three).isEqualTo(decode(job("g", 3, 7, Decoding.TOP_P, layout.lay(List.of(), parts, 1))));
    }

    /// Claim 25, of two streams and of three. Each is guided by another scale, so a wrong token in any of
    /// them would draw something else.
    @Test
    void claim25AllStreamsOfACandidateGetTheSameToken(@TempDir Path folder) {
        for (Prompt prompt :
                List.of(TinyTransformer.draw(5, 6, 7), TinyTransformer.caption(1), TinyTransformer.edit(3))) {
            int streams = prompt.streams().size();
            List<int[]> steps = new ArrayList<>();
            Transformer transformer = spy(TinyTransformer.open(folder, 3 * streams));
            doAnswer(step -> {
                        steps.add(step.<int[]>getArgument(1).clone());
                        return step.callRealMethod();
                    })
                    .when(transformer)
                    .step(any(), any(), any(), any());
            try (var other = new DecodePool(transformer, (tokens, rows, nanoseconds) -> {})) {
                Job job = guided(1.2, 3, prompt);
                other.submit(job);
                List<List<Integer>> drawn =
                        await(job).stream().map(Sampled::ids).toList();

                for (int t = 0; t < steps.size(); t++) {
                    List<Integer> expected = new ArrayList<>(); // of candidates that go on, in their order
                    for (List<Integer> ids : drawn)
                        if (t < ids.size() - 1) expected.addAll(Collections.nCopies(streams, ids.get(t)));
                    assertThat(steps.get(t)).as("step %d", t).containsExactly(toArray(expected));
                }
                assertThat(steps)
                        .hasSize(drawn.stream().mapToInt(List::size).max().orElseThrow() - 1);
            }
        }
    }

    @Test
    void theScaleOfAPictureDrawsAnotherOne() {
        Prompt edit = TinyTransformer.edit(3);

        assertThat(decode(guided(1.2, 1, edit))).isNotEqualTo(decode(guided(1.5, 1, edit)));
    }

    /// By 1.5 on the text.
    private static Job guided(double onImage, int candidates, Prompt prompt) {
        var sampling =
                new Sampling(Decoding.TOP_P, 1, 0.95, 1.5, 0.5, 4, 12, null, null, onImage, null, 0.02, null, null);
        return new Job(TinyTransformer.request("g", candidates, 7, sampling, null), prompt, SILENT);
    }

    private static int[] toArray(List<Integer> ids) {
        return ids.stream().mapToInt(i -> i).toArray();
    }

    @Test
    void cellsOutsideARegionStayWhateverIsDrawn() {
        int[] codes = IntStream.range(0, CELLS).map(c -> c % 3).toArray();
        int[] cells = TinyTransformer.GRID.cellsIn(0.5, 0.5, 0.5, 0.5);
        Prompt prompt = PromptLayout.of(
                        TinyTransformer.VOCABULARY, TinyTransformer.GRID, TinyTransformer.CONFIG.context())
                .lay(List.of(), List.of(new PromptPart.Text(new int[] {5}), new PromptPart.ImageGap(codes, cells)), 1);

        for (Sampled candidate : decode(job("g", 4, 7, Decoding.TOP_P, prompt))) {
            int[] ids = candidate.ids().stream().mapToInt(i -> i).toArray();
            int[] drawn = ((PromptPart.Image) prompt.target()
                            .fill(ids, TinyTransformer.VOCABULARY)
                            .getFirst())
                    .codes();
            for (int cell = 0; cell < CELLS; cell++) {
                if (Arrays.binarySearch(cells, cell) < 0)
                    assertThat(drawn[cell]).isEqualTo(codes[cell]);
            }
        }
    }

    @Test
    void anotherSeedGivesAnotherImage() {
        Prompt prompt = TinyTransformer.draw(5, 6, 7);

        assertThat(decode(job("g", 1, 1, Decoding.TOP_P, prompt)).getFirst().ids())
                .isNotEqualTo(decode(job("g", 1, 2, Decoding.TOP_P, prompt))
                        .getFirst()
                        .ids());
    }

    @Test
    void ofBothTheFirstHalfIsTopPAndTheSecondCdK() {
        Prompt prompt = TinyTransformer.draw(5, 6, 7);

        List<Sampled> both = decode(job("g", 4, 7, Decoding.BOTH, prompt));

        List<Sampled> topP = decode(job("g", 4, 7, Decoding.TOP_P, prompt));
        List<Sampled> cdK = decode(job("g", 4, 7, Decoding.CD_K, prompt));
        assertThat(both)
                .extracting(Sampled::decoding)
                .containsExactly(Decoding.TOP_P, Decoding.TOP_P, Decoding.CD_K, Decoding.CD_K);
        assertThat(both).containsExactly(topP.get(0), topP.get(1), cdK.get(2), cdK.get(3));
    }

    @Test
    void likelihoodsAreThoseOfTheStreams() {
        Sampled candidate = decode(job("g", 1, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7)))
                .getFirst();

        assertThat(candidate.logLikelihood()).isNegative();
        assertThat(candidate.logLikelihood()).isNotEqualTo(candidate.unconditionalLogLikelihood());
    }

    @Test
    void aCancelledJobStopsWithinOneTokenStepAndFreesItsRows() {
        Job job = job("g", 400, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7));
        pool.submit(job);
        while (job.tokens() < 20) Thread.onSpinWait();

        job.cancel();
        long tokens = job.tokens();

        assertThatThrownBy(() -> job.result.get(5, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
        assertThat(decode(job("next", 4, 1, Decoding.TOP_P, TinyTransformer.draw(5))))
                .hasSize(4);
        assertThat(job.tokens()).isLessThanOrEqualTo(tokens + 2 * 4);
    }

    @Test
    void aJobThatFailsLeavesTheOthersAlone() {
        Prompt tooLarge = PromptLayout.of(TinyTransformer.VOCABULARY, TinyTransformer.GRID, 1000)
                .textToImage(List.of(), new int[130]);
        Job bad = job("bad", 2, 7, Decoding.TOP_P, tooLarge);
        Job good = job("good", 2, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7));

        pool.submit(bad);
        pool.submit(good);

        assertThat(await(good)).hasSize(2);
        assertThatThrownBy(() -> bad.result.get(5, TimeUnit.SECONDS)).hasMessageContaining("context");
        assertThat(decode(job("next", 4, 7, Decoding.TOP_P, TinyTransformer.draw(5))))
                .hasSize(4);
    }

    @Test
    void tellsHowFarItIsAndShowsTheFirstCandidate() {
        List<Integer> positions = new ArrayList<>();
        List<List<Integer>> shown = new ArrayList<>();
        Job job = new Job(
                TinyTransformer.request("g", 2, 7, Decoding.TOP_P),
                TinyTransformer.draw(5, 6, 7),
                (of, position, tokensPerSecond, codes) -> {
                    positions.add(position);
                    shown.add(codes);
                });

        List<Integer> first = decode(job).getFirst().ids().stream()
                .map(TinyTransformer.VOCABULARY::code)
                .toList();

        assertThat(positions).containsExactly(8, 16, 24, 32);
        assertThat(shown).allSatisfy(codes -> assertThat(first).startsWith(codes.toArray(Integer[]::new)));
        assertThat(shown).extracting(List::size).containsExactly(8, 16, 24, 32);
    }

    @Test
    void closingCancelsWhatIsNotDone() {
        Job job = job("g", 4000, 7, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7));
        pool.submit(job);

        pool.close();

        assertThat(job.result).isCompletedExceptionally();
    }

    private List<Job> manyJobs() {
        return List.of(
                job("a", 3, 1, Decoding.TOP_P, TinyTransformer.draw(5, 6, 7)),
                job("b", 6, 2, Decoding.CD_K, TinyTransformer.draw(8)),
                job("c", 1, 3, Decoding.TOP_P, TinyTransformer.caption(1)),
                job("d", 4, 4, Decoding.BOTH, TinyTransformer.draw(9, 10, 11, 12, 13, 14, 15)),
                job("e", 5, 5, Decoding.CD_K, TinyTransformer.caption(2)),
                job("f", 4, 6, Decoding.BOTH, TinyTransformer.edit(3)),
                job("g", 2, 7, Decoding.TOP_P, TinyTransformer.region(4)));
    }

    private static Job job(String generation, int candidates, long seed, Decoding decoding, Prompt prompt) {
        return new Job(TinyTransformer.request(generation, candidates, seed, decoding), prompt, SILENT);
    }

    private List<Sampled> decode(Job job) {
        pool.submit(job);
        return await(job);
    }

    private static List<Sampled> await(Job job) {
        return job.result.orTimeout(30, TimeUnit.SECONDS).join();
    }
}
