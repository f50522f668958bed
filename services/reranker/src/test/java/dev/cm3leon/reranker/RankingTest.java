package dev.cm3leon.reranker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GenerationEvent.Candidate;
import dev.cm3leon.events.GenerationEvent.RankedCandidate;
import dev.cm3leon.reranker.Ranking.Judged;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RankingTest {

    @Test
    void theBestInBothOrdersIsFirstWithScoreOne() {
        List<RankedCandidate> ranked =
                Ranking.rank(List.of(judged(0, 0.1, 0.2), judged(1, 0.5, 0.9), judged(2, 0.3, 0.4)));

        assertThat(ranked).extracting(RankedCandidate::index).containsExactly(1, 2, 0);
        assertThat(ranked).extracting(RankedCandidate::rank).containsExactly(1, 2, 3);
        assertThat(ranked).extracting(RankedCandidate::score).containsExactly(1.0, 0.5, 0.0);
    }

    @Test
    void theUnitsOfContrastDoNotMatter() {
        List<Judged> nats = List.of(judged(0, 0.1, 0.3), judged(1, 0.2, 0.1), judged(2, 0.3, 0.2));
        List<Judged> thousandfold = List.of(judged(0, 100, 0.3), judged(1, 200, 0.1), judged(2, 300, 0.2));

        assertThat(Ranking.rank(nats))
                .extracting(RankedCandidate::index)
                .isEqualTo(Ranking.rank(thousandfold).stream()
                        .map(RankedCandidate::index)
                        .toList())
                .containsExactly(2, 0, 1);
    }

    @Test
    void withoutClipContrastAloneOrders() {
        List<RankedCandidate> ranked = Ranking.rank(List.of(judged(0, -0.5, null), judged(1, 0.5, null)));

        assertThat(ranked).extracting(RankedCandidate::index).containsExactly(1, 0);
        assertThat(ranked).extracting(RankedCandidate::clip).containsOnlyNulls();

        assertThat(Ranking.rank(List.of(judged(0, 0.5, null), judged(1, 0.5, null), judged(2, -0.5, null))))
                .as("equals share their places")
                .extracting(RankedCandidate::index, RankedCandidate::score)
                .containsExactly(tuple(0, 0.75), tuple(1, 0.75), tuple(2, 0.0));
    }

    @Test
    void contrastIsComparedAmongCandidatesOfOneDecoding() {
        var contrastive = new Judged(new Candidate(1, Decoding.CD_K, "text", null, 9, 0), 0.2);

        assertThat(Ranking.rank(List.of(judged(0, 0.1, 0.3), contrastive)))
                .extracting(RankedCandidate::index)
                .containsExactly(0, 1);
    }

    /// Of three candidates drawn both ways there is one of CD-K.
    @Test
    void oneThatIsAloneInItsDecodingIsNeitherFavouredNorHeldBackByContrast() {
        var contrastive = new Judged(new Candidate(2, Decoding.CD_K, "text", null, 9, 0), 0.2);

        assertThat(Ranking.rank(List.of(judged(0, 0.1, 0.1), judged(1, 0.5, 0.3), contrastive)))
                .extracting(RankedCandidate::index, RankedCandidate::score)
                .containsExactly(tuple(1, 1.0), tuple(2, 0.5), tuple(0, 0.0));
    }

    @Test
    void equalCandidatesKeepTheOrderOfTheirIndexWhateverTheyComeIn() {
        List<Judged> equal = List.of(judged(2, 0.5, 0.5), judged(0, 0.5, 0.5), judged(1, 0.5, 0.5));

        assertThat(Ranking.rank(equal)).extracting(RankedCandidate::index).containsExactly(0, 1, 2);
    }

    /// The first two have 12 of 14 places behind them, which sums of sevenths round apart.
    @Test
    void equalScoresAreOrderedByIndexHoweverTheyComeAbout() {
        List<Judged> eight = List.of(
                judged(0, 6, 6.0),
                judged(1, 5, 7.0),
                judged(2, 7, 0.0),
                judged(3, 4, 5.0),
                judged(4, 3, 4.0),
                judged(5, 2, 3.0),
                judged(6, 1, 2.0),
                judged(7, 0, 1.0));

        assertThat(Ranking.rank(eight)).extracting(RankedCandidate::index).startsWith(0, 1);
    }

    @Test
    void theOrderOfArrivalDoesNotMatter() {
        List<Judged> judged = new java.util.ArrayList<>(
                List.of(judged(0, 0.1, 0.9), judged(1, 0.7, 0.1), judged(2, 0.4, 0.5), judged(3, 0.4, 0.5)));
        List<RankedCandidate> ranked = Ranking.rank(judged);

        Collections.reverse(judged);

        assertThat(Ranking.rank(judged)).isEqualTo(ranked);
    }

    @Test
    void contrastIsWhatThePromptAdds() {
        RankedCandidate ranked = Ranking.rank(List.of(new Judged(candidate(0, -1.0, -1.75), 0.5)))
                .getFirst();

        assertThat(ranked.contrast()).isEqualTo(0.75);
        assertThat(ranked.score()).isEqualTo(1.0);
    }

    /// The two orders count alike: the best has others behind it most often in both together, and by what fits
    /// the text alone it is above the mean on average.
    @Test
    void claim32TheBestOfEightHasMostBehindItInBothOrdersTogether() {
        var random = new Random(32);
        double clipGained = 0, contrastGained = 0;
        for (int round = 0; round < 1_000; round++) {
            List<Judged> eight = IntStream.range(0, 8)
                    .mapToObj(index -> judged(index, random.nextGaussian(), random.nextGaussian()))
                    .toList();

            List<RankedCandidate> ranked = Ranking.rank(eight);

            RankedCandidate best = ranked.getFirst();
            for (RankedCandidate one : ranked) {
                assertThat(behind(one, ranked)).isLessThanOrEqualTo(behind(best, ranked));
                // seven in each order
                assertThat(one.score()).isCloseTo(behind(one, ranked) / 14.0, within(1e-12));
            }
            assertThat(ranked).noneMatch(other -> other.clip() > best.clip() && other.contrast() > best.contrast());
            clipGained += best.clip() - mean(ranked, RankedCandidate::clip);
            contrastGained += best.contrast() - mean(ranked, RankedCandidate::contrast);
        }
        assertThat(clipGained / 1_000).isGreaterThan(0.8); // in deviations: the greatest of eight alone has 1.42
        assertThat(contrastGained / 1_000).isGreaterThan(0.8);
    }

    @Test
    void claim32WhereContrastSaysNothingTheOneThatFitsTheTextBestIsFirst() {
        assertThat(Ranking.rank(List.of(judged(0, 0.5, 0.2), judged(1, 0.5, 0.3), judged(2, 0.5, 0.1))))
                .extracting(RankedCandidate::index, RankedCandidate::score)
                .containsExactly(tuple(1, 0.75), tuple(0, 0.5), tuple(2, 0.25));
    }

    /// How many have a lower cosine, and how many a lower contrast.
    private static long behind(RankedCandidate one, List<RankedCandidate> all) {
        return all.stream().filter(other -> other.clip() < one.clip()).count()
                + all.stream()
                        .filter(other -> other.contrast() < one.contrast())
                        .count();
    }

    private static double mean(List<RankedCandidate> ranked, ToDoubleFunction<RankedCandidate> of) {
        return ranked.stream().mapToDouble(of).average().orElseThrow();
    }

    private static Judged judged(int index, double contrast, @Nullable Double clip) {
        return new Judged(candidate(index, contrast, 0), clip);
    }

    private static Candidate candidate(int index, double logLikelihood, double unconditional) {
        return new Candidate(index, Decoding.TOP_P, "text", null, logLikelihood, unconditional);
    }
}
