package dev.cm3leon.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.documents.Target;
import dev.cm3leon.documents.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CandidateDecoderTest {
    private final Vocabulary vocabulary = new Vocabulary(20, 8, 4); // codes 20..27, break 28, eoss 29, S0 30
    private final PromptLayout layout = PromptLayout.of(vocabulary, new Grid(2), 64);
    private final Sampling plain = Samplings.topP(1, 1, 1);

    @Test
    void anImageIsExactlyItsCodes() {
        for (int seed = 0; seed < 200; seed++) {
            var cells = new ArrayList<Integer>();
            CandidateDecoder candidate = decode(image(), Samplings.topP(1, 0.9, 3), seed, 0, cells);

            assertThat(candidate.ids()).hasSize(4);
            assertThat(IntStream.of(candidate.ids())).allMatch(vocabulary::isImage);
            assertThat(cells).containsExactly(0, 1, 2, 3);
        }
    }

    @Test
    void aTextIsTextIdsAndItsEnd() {
        Target target = caption(5);
        boolean cut = false, ended = false;
        for (int seed = 0; seed < 500; seed++) {
            int[] ids = decode(target, Samplings.cdK(1, 0.5, 10), seed, 0, new ArrayList<>())
                    .ids();

            assertThat(ids[ids.length - 1]).isEqualTo(vocabulary.eoss());
            assertThat(ids.length).isBetween(1, 6);
            assertThat(IntStream.of(ids).limit(ids.length - 1)).allMatch(vocabulary::isText);
            cut |= ids.length == 6;
            ended |= ids.length < 6;
        }
        assertThat(cut && ended).isTrue();
    }

    @Test
    void whatLeadsFromHoleToHoleIsFixedAndNotScored() {
        Target target = layout.lay(List.of(), List.of(new PromptPart.TextHole(), new PromptPart.ImageHole()), 3)
                .target();
        var cells = new ArrayList<Integer>();

        CandidateDecoder candidate = decode(target, plain, 1, 0, cells);

        int[] ids = candidate.ids();
        assertThat(ids[4]).isEqualTo(vocabulary.eos());
        assertThat(ids[5]).isEqualTo(vocabulary.sentinel(0));
        assertThat(cells.subList(0, 6)).containsExactly(0, 1, 2, 3, -1, -1);
        assertThat(target.fill(ids, vocabulary)).hasSize(2);

        var even = new CandidateDecoder(vocabulary, target, plain, 1, 0);
        while (!even.done()) even.next(new float[vocabulary.size()], new float[vocabulary.size()]);
        int drawn = Math.min(even.length() - 6, 3); // of the text: an end that it must have is not
        assertThat(even.logLikelihood())
                .isCloseTo(-(4 * Math.log(8) + drawn * Math.log(17)) / (4 + drawn), within(1e-6));
    }

    /// Text, then `S1`, then the two cells of a gap, whose neighbours stay.
    @Test
    void anImageBehindALeadHasItsCells() {
        int[] codes = {3, 0, 0, 4};
        List<PromptPart> parts = List.of(
                new PromptPart.TextHole(),
                new PromptPart.Image(codes),
                new PromptPart.ImageGap(codes, new int[] {0, 1, 3}));
        Target target = layout.lay(List.of(), parts, 2).target();
        for (int seed = 0; seed < 100; seed++) {
            var cells = new ArrayList<Integer>();
            CandidateDecoder candidate = decode(target, plain, seed, 0, cells);

            int[] ids = candidate.ids();
            int image = ids.length - 4;
            assertThat(ids[image - 1]).isEqualTo(vocabulary.sentinel(1));
            assertThat(cells.subList(0, image)).containsOnly(-1);
            assertThat(cells.subList(image, ids.length)).containsExactly(0, 1, 2, 3);
            assertThat(ids[image + 2]).isEqualTo(vocabulary.image(0));
            assertThat(candidate.nextCell()).isEqualTo(-1);
        }
    }

    @Test
    void theSameSeedGivesTheSameCandidateAndAnotherDoesNot() {
        for (Sampling sampling : List.of(plain, Samplings.topP(0.8, 0.9, 2), Samplings.cdK(1, 0.3, 4))) {
            int[] first = decode(image(), sampling, 5, 0, new ArrayList<>()).ids();
            assertThat(decode(image(), sampling, 5, 0, new ArrayList<>()).ids()).containsExactly(first);
        }
        var distinct = new ArrayList<List<Integer>>();
        for (int candidate = 0; candidate < 20; candidate++) {
            distinct.add(IntStream.of(decode(image(), plain, 5, candidate, new ArrayList<>())
                            .ids())
                    .boxed()
                    .toList());
        }
        assertThat(distinct.stream().distinct().count()).isGreaterThan(15);
    }

    @Test
    void guidanceOfOneIsTheConditionalModelAndOfZeroTheUnconditional() {
        var random = new Random(3);
        for (int seed = 0; seed < 200; seed++) {
            float[] a = logits(random), b = logits(random);

            assertThat(first(Samplings.topP(1, 0.8, 1), a, b, seed))
                    .isEqualTo(first(Samplings.topP(1, 0.8, 1), a, a, seed));
            assertThat(first(Samplings.topP(1, 0.8, 0), a, b, seed))
                    .isEqualTo(first(Samplings.topP(1, 0.8, 1), b, b, seed));
            assertThat(first(Samplings.topP(1, 0.8, 5), a, a, seed))
                    .isEqualTo(first(Samplings.topP(1, 0.8, 1), a, a, seed));
        }
    }

    /// Guidance lifts an id most where the stream without the condition is surest that it cannot be, however
    /// unlikely it is with the condition too.
    @Test
    void minPKeepsWhatGuidanceLiftsButTheConditionFindsUnlikely() {
        float[] conditional = logits(0.9, 0.001), unconditional = logits(0.9, 0.0000001);
        assertThat(first(guided(0), conditional, unconditional, 1)).isEqualTo(vocabulary.image(1));
        assertThat(first(guided(0.01), conditional, unconditional, 1)).isEqualTo(vocabulary.image(0));

        // above the bound it is guidance as ever, and an id at the bound may be drawn
        float[] likely = logits(0.6, 0.3), seldom = logits(0.6, 0.00001);
        assertThat(first(guided(0.4), likely, seldom, 1)).isEqualTo(vocabulary.image(1));
        var random = new Random(4);
        for (int seed = 0; seed < 200; seed++) {
            float[] a = logits(random), b = logits(random);
            Set<Integer> drawn = new TreeSet<>(), plausible = new TreeSet<>();
            float most = Float.NEGATIVE_INFINITY;
            for (int code = 0; code < 8; code++) most = Math.max(most, a[vocabulary.image(code)]);
            for (int code = 0; code < 8; code++)
                if (a[vocabulary.image(code)] >= most + Math.log(0.3)) plausible.add(vocabulary.image(code));
            for (int s = 0; s < 20; s++)
                drawn.add(first(new Sampling.TopP(Samplings.at(1), 0.3, Sampling.ALL, 1, 2, 2), a, b, s));
            assertThat(plausible).containsAll(drawn);
        }
    }

    private static Sampling guided(double minP) {
        return new Sampling.TopP(Samplings.at(1), minP, Sampling.ALL, 0.5, 3, 3);
    }

    /// Of two codes, and what is left in equal parts of the others.
    private float[] logits(double first, double second) {
        float[] logits = new float[vocabulary.size()];
        Arrays.fill(logits, (float) Math.log((1 - first - second) / (vocabulary.imageCodes() - 2)));
        logits[vocabulary.image(0)] = (float) Math.log(first);
        logits[vocabulary.image(1)] = (float) Math.log(second);
        return logits;
    }

    @Test
    void drawsAsOftenAsTheSoftmaxSays() {
        float[] logits = logits(new Random(4));
        double[] count = new double[8], p = new double[8];
        double sum = 0;
        for (int code = 0; code < 8; code++) sum += p[code] = Math.exp(logits[20 + code]);
        int draws = 40_000;
        for (int seed = 0; seed < draws; seed++) count[first(plain, logits, logits, seed) - 20]++;

        assertDrawn(count, p);
    }

    /// Of what the expert finds plausible, by how much more than the amateur it does, at the temperature.
    @Test
    void cdKDrawsAsOftenAsItsScoresSay() {
        float[] expert = logits(new Random(14)), amateur = logits(new Random(15));
        for (double temperature : new double[] {1, 0.5}) {
            double[] count = new double[8], p = new double[8];
            double most = IntStream.range(20, 28)
                    .mapToDouble(id -> logProbability(expert, id))
                    .max()
                    .orElseThrow();
            for (int code = 0; code < 8; code++) {
                double log = logProbability(expert, 20 + code), other = logProbability(amateur, 20 + code);
                p[code] = log < most + Math.log(0.2) ? 0 : Math.exp((log - other) / temperature);
            }
            assertThat(p).as("some are not plausible").contains(0);
            Sampling sampling = Samplings.cdK(temperature, 0.2, 1);
            for (int seed = 0; seed < 40_000; seed++) count[first(sampling, expert, amateur, seed) - 20]++;

            assertDrawn(count, p);
        }
    }

    @Test
    void onlyTheNucleusIsDrawn() {
        var random = new Random(16);
        int outside = 0;
        for (int i = 0; i < 200; i++) {
            float[] logits = logits(random);
            for (int seed = 0; seed < 20; seed++) {
                assertThat(moreProbable(logits, first(Samplings.topP(1, 0.6, 1), logits, logits, seed)))
                        .isLessThan(0.6);
                if (moreProbable(logits, first(plain, logits, logits, seed)) >= 0.6) outside++;
            }
        }

        assertThat(outside).isGreaterThan(1_000);
    }

    /// How probable the codes are together that are more probable than one.
    private static double moreProbable(float[] logits, int id) {
        return IntStream.range(20, 28)
                .filter(other -> logits[other] > logits[id])
                .mapToDouble(other -> Math.exp(logProbability(logits, other)))
                .sum();
    }

    /// @param p of each of eight codes, not normalized
    private static void assertDrawn(double[] count, double[] p) {
        double draws = Arrays.stream(count).sum(), sum = Arrays.stream(p).sum(), chiSquare = 0;
        for (int code = 0; code < 8; code++) {
            double expected = draws * p[code] / sum;
            if (expected == 0) assertThat(count[code]).isZero();
            else chiSquare += (count[code] - expected) * (count[code] - expected) / expected;
        }
        assertThat(chiSquare).isLessThan(24.3); // 0.1 % of seven degrees of freedom
    }

    @Test
    void logProbabilitiesAreThoseOfTheAllowedIds() {
        float[] conditional = logits(new Random(5)), unconditional = logits(new Random(6));
        var candidate = new CandidateDecoder(vocabulary, image(), Samplings.topP(0.5, 0.3, 4), 9, 0);

        assertThat(candidate.logLikelihood()).isZero();
        assertThat(candidate.unconditionalLogLikelihood()).isZero();
        double with = 0, without = 0;
        for (int n = 1; n <= 4; n++) {
            int id = candidate.next(conditional, unconditional);
            with += logProbability(conditional, id);
            without += logProbability(unconditional, id);

            assertThat(candidate.logLikelihood()).isCloseTo(with / n, within(1e-5));
            assertThat(candidate.unconditionalLogLikelihood()).isCloseTo(without / n, within(1e-5));
        }
    }

    @Test
    void refusesWhatTheGrammarDoesNotAllow() {
        var grammar = new Grammar(vocabulary, image());

        assertThatThrownBy(() -> grammar.accept(5)).hasMessage("id 5 is not allowed here");
        for (int i = 0; i < 4; i++) grammar.accept(21);
        assertThat(grammar.done()).isTrue();
        assertThatThrownBy(grammar::allowed).hasMessageContaining("filled");
    }

    @Test
    void refusesSettingsByName() {
        assertThatThrownBy(() -> Samplings.topP(0, 1, 1)).hasMessage("need temperature > 0, got 0.0");
        assertThatThrownBy(() -> Samplings.topP(1, 1.1, 1)).hasMessage("need 0 < topP <= 1, got 1.1");
        assertThatThrownBy(() -> guided(1.5)).hasMessage("need 0 <= minP <= 1, got 1.5");
        assertThatThrownBy(() -> Samplings.topP(1, 1, Double.NaN)).hasMessageContaining("guidanceScale");
    }

    private CandidateDecoder decode(Target target, Sampling sampling, long seed, int candidate, List<Integer> cells) {
        var decoder = new CandidateDecoder(vocabulary, target, sampling, seed, candidate);
        var random = new Random(77);
        while (!decoder.done()) {
            cells.add(decoder.nextCell());
            decoder.next(logits(random), logits(random));
        }
        return decoder;
    }

    private int first(Sampling sampling, float[] conditional, float[] unconditional, long seed) {
        return new CandidateDecoder(vocabulary, image(), sampling, seed, 0).next(conditional, unconditional);
    }

    private Target image() {
        return layout.textToImage(List.of(), new int[] {5}).target();
    }

    private Target caption(int maxTokens) {
        return layout.lay(List.of(), List.of(new PromptPart.TextHole(), new PromptPart.Image(new int[4])), maxTokens)
                .target();
    }

    private float[] logits(Random random) {
        float[] logits = new float[vocabulary.size()];
        for (int i = 0; i < logits.length; i++) logits[i] = (float) (1.5 * random.nextGaussian());
        return logits;
    }

    private static double logProbability(float[] logits, int id) {
        double sum = 0;
        for (int code = 20; code < 28; code++) sum += Math.exp(logits[code]);
        return logits[id] - Math.log(sum);
    }
}
