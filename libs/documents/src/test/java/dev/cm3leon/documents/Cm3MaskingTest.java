package dev.cm3leon.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.documents.Cm3Masking.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class Cm3MaskingTest {
    private static final int E = 2, B = 100 + 16, EOSS = B + 1, S0 = B + 2, S1 = B + 3;
    private final Vocabulary vocabulary = new Vocabulary(100, 16, 16);
    private final Cm3Masking uniform = new Cm3Masking(vocabulary, 1, 0);
    private final Cm3Masking whole = new Cm3Masking(vocabulary, 1, 1);

    /// `E t1 t2 t3 t4 B i1 i2 i3 i4 i5 i6 E`: the worked example.
    private final TokenStream example = stream(E, 11, 12, 13, 14, B, 101, 102, 103, 104, 105, 106, E);

    @Test
    void clipsToTheSegmentAndKeepsTheMovedSpanWhole() {
        List<Span> clipped = uniform.clip(example, List.of(new Span(3, 9)));

        assertThat(uniform.segments(example)).containsExactly(new Span(1, 5), new Span(6, 13));
        assertThat(clipped).containsExactly(new Span(6, 9));
        assertThat(uniform.truncate(example, clipped).ids())
                .containsExactly(E, 11, 12, 13, 14, B, S0, 104, S0, 101, 102, 103, EOSS);
    }

    @Test
    void truncatesTheEndOfWhatStays() {
        assertThat(uniform.truncate(example, List.of(new Span(1, 4))).ids())
                .containsExactly(E, S0, 14, B, 101, 102, 103, 104, S0, 11, 12, 13, EOSS);
    }

    @Test
    void asAWholeItIsThreeTokensLongerForEachSpan() {
        TokenStream moved = uniform.rotate(example, List.of(new Span(1, 3), new Span(6, 8)));

        assertThat(moved.ids())
                .containsExactly(E, S0, 13, 14, B, S1, 103, 104, 105, 106, E, S0, 11, 12, EOSS, S1, 101, 102, EOSS);
    }

    @Test
    void spanCountsArePoisson() {
        var random = new Random(7);
        int draws = 20_000;
        int[] count = new int[5];
        // more segments than spans, so that no drawn span is lost by clipping
        TokenStream block = manySegments(40);
        for (int i = 0; i < draws; i++)
            count[Math.min(4, whole.spans(block, random).size())]++;

        double[] expected = {0.3679, 0.3679, 0.1839, 0.0613, 0.0190};
        double chiSquare = 0;
        for (int n = 0; n < 5; n++) {
            chiSquare += Math.pow(count[n] - draws * expected[n], 2) / (draws * expected[n]);
        }
        assertThat(chiSquare).isLessThan(18.5); // 0.1 % of four degrees of freedom
    }

    @Test
    void aSingleRawSpanCoversAThirdOnAverage() {
        var random = new Random(8);
        TokenStream block = stream(new int[4097]);
        double covered = 0;
        int draws = 40_000;
        for (int i = 0; i < draws; i++) {
            covered += uniform.draw(block, 1, random).stream()
                            .mapToInt(Span::length)
                            .sum()
                    / 4097.0;
        }

        assertThat(covered / draws).isCloseTo(1 / 3.0, Offset.offset(1 / 300.0));
    }

    @Test
    void noSpanContainsABreakOrTheFirstTokenAndAllAreDisjoint() {
        var random = new Random(9);
        for (int i = 0; i < 100_000; i++) {
            TokenStream block = randomBlock(random);
            List<Span> spans = new Cm3Masking(vocabulary, 2, 0.3).spans(block, random);

            assertThat(uniform.segments(block)).allMatch(segment -> segment.length() > 0);
            int end = 1;
            for (Span span : spans) {
                assertThat(span.start()).isGreaterThanOrEqualTo(end);
                assertThat(span.end()).isGreaterThan(span.start()).isLessThanOrEqualTo(block.length());
                for (int t = span.start(); t < span.end(); t++)
                    assertThat(block.ids()[t]).isNotEqualTo(B);
                end = span.end();
            }
        }
    }

    @Test
    void drawsAsManySpansAsAskedForAtMostAndNoneThatIsEmpty() {
        var random = new Random(12);
        int full = 0, toTheEnd = 0;
        for (int i = 0; i < 20_000; i++) {
            TokenStream block = randomBlock(random);
            int n = 1 + random.nextInt(4);
            List<Span> spans = uniform.draw(block, n, random);

            assertThat(spans).hasSizeLessThanOrEqualTo(n).allMatch(span -> span.length() > 0 && span.start() > 0);
            if (spans.size() == n) full++;
            if (spans.stream().anyMatch(span -> span.end() == block.length())) toTheEnd++;
        }

        assertThat(full).isGreaterThan(10_000);
        assertThat(toTheEnd).isGreaterThan(500);
    }

    @Test
    void keepsOneSentinelForWhatIsWithheld() {
        var few = new Cm3Masking(new Vocabulary(100, 16, 4), 20, 1);
        var random = new Random(13);

        for (int i = 0; i < 100; i++)
            assertThat(few.spans(manySegments(40), random)).hasSize(3);
    }

    @Test
    void aSpanThatTwoSegmentsHaveEquallyStaysInTheFirst() {
        assertThat(uniform.clip(example, List.of(new Span(3, 8)))).containsExactly(new Span(3, 5));
    }

    @Test
    void masksAreInvertibleAndTruncationDropsOnlyTheSourcesEnd() {
        var random = new Random(10);
        for (int i = 0; i < 20_000; i++) {
            TokenStream block = randomBlock(random);
            List<Span> spans = uniform.spans(block, random);
            TokenStream rotated = uniform.rotate(block, spans);
            TokenStream truncated = uniform.truncate(block, spans);

            assertThat(rotated.length()).isEqualTo(block.length() + 3 * spans.size());
            assertThat(unmask(rotated, spans.size())).isEqualTo(block);
            assertThat(truncated.length()).isEqualTo(block.length());
            int moved = spans.stream().mapToInt(Span::length).sum() + 2 * spans.size();
            if (moved < block.length()) {
                assertThat(truncated.slice(block.length() - moved, block.length()))
                        .isEqualTo(rotated.slice(rotated.length() - moved, rotated.length()));
                assertThat(truncated.slice(0, block.length() - moved))
                        .isEqualTo(rotated.slice(0, block.length() - moved));
            } else {
                assertThat(truncated).isEqualTo(block);
            }
        }
    }

    @Test
    void wholeSegmentsAreMaskedWhole() {
        var random = new Random(11);
        int texts = 0, masked = 0;
        for (int i = 0; i < 20_000; i++) {
            List<Span> spans = whole.draw(example, 1, random);
            assertThat(whole.segments(example)).containsAll(spans);
            assertThat(spans).hasSize(1);
            masked++;
            if (spans.getFirst().start() == 1) texts++;
        }

        assertThat((double) texts / masked).isCloseTo(0.5, Offset.offset(0.02));
    }

    /// One segment is enough for one span; several spans need more segments than they are.
    @Test
    void wholeSegmentsAreMaskedWhereThereAreEnough() {
        var random = new Random(14);
        TokenStream one = stream(E, 11, 12, 13, 14, 15), three = stream(E, 11, 12, 13, B, 14, 15, 16, B, 17, 18, 19);
        int wholeOfTwo = 0;
        for (int i = 0; i < 1_000; i++) {
            assertThat(whole.draw(one, 1, random)).containsExactly(new Span(1, 6));
            assertThat(whole.segments(three)).containsAll(whole.draw(three, 2, random));
            if (whole.segments(example).containsAll(whole.draw(example, 2, random))) wholeOfTwo++;
        }

        assertThat(wholeOfTwo).isLessThan(100);
    }

    @Test
    void cellsTravelWithTheirIds() {
        var block = new TokenStream(example.ids(), new int[] {-1, -1, -1, -1, -1, -1, 0, 1, 2, 3, 4, 5, -1});

        TokenStream masked = uniform.truncate(block, List.of(new Span(6, 9)));

        assertThat(masked.cells()).containsExactly(-1, -1, -1, -1, -1, -1, -1, 3, -1, 0, 1, 2, -1);
    }

    @Test
    void theSameRandomnessMasksTheSame() {
        TokenStream block = manySegments(5);

        for (int seed = 0; seed < 100; seed++) {
            List<Span> spans = uniform.spans(block, new Random(seed));
            assertThat(uniform.mask(block, new Random(seed))).isEqualTo(uniform.truncate(block, spans));
            TokenStream moved = uniform.rotate(block, spans);
            assertThat(uniform.maskWhole(block, moved.length(), new Random(seed)))
                    .isEqualTo(moved);
            assertThat(uniform.maskWhole(block, moved.length() - 1, new Random(seed)))
                    .isEqualTo(block);
        }
        assertThat(uniform.spans(stream(E), new Random(3))).isEmpty();
    }

    private TokenStream unmask(TokenStream rotated, int spans) {
        List<Integer> ids = new ArrayList<>(Arrays.stream(rotated.ids()).boxed().toList());
        for (int i = spans - 1; i >= 0; i--) {
            int start = ids.lastIndexOf(vocabulary.sentinel(i));
            List<Integer> span = new ArrayList<>(ids.subList(start + 1, ids.size() - 1));
            ids = new ArrayList<>(ids.subList(0, start));
            int gap = ids.indexOf(vocabulary.sentinel(i));
            ids.remove(gap);
            ids.addAll(gap, span);
        }
        return stream(ids.stream().mapToInt(Integer::intValue).toArray());
    }

    private static TokenStream randomBlock(Random random) {
        int[] ids = random.ints(5 + random.nextInt(40), 4, 20)
                .map(id -> id == 4 ? B : id == 5 ? E : id)
                .toArray();
        return stream(ids);
    }

    private static TokenStream manySegments(int segments) {
        var stream = new TokenStream.Builder().append(E);
        for (int i = 0; i < segments; i++) stream.append(11).append(12).append(B);
        return stream.build();
    }

    private static TokenStream stream(int... ids) {
        return new TokenStream.Builder().append(ids).build();
    }
}
