package dev.cm3leon.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Claims of the paper at the paper's own sizes: 8192 codes, 32 x 32 cells, a context of 4096 (docs/claims.md).
class ClaimsTest {
    private final Vocabulary vocabulary = new Vocabulary(56_320, 8192, 512);
    private final Grid grid = new Grid(32);
    private final DocumentLayout layout = new DocumentLayout(vocabulary, grid);
    private final Random random = new Random(2309);

    @Test
    void claim1AnImageIs1024IdsInRasterOrder() {
        int[] codes = random.ints(1024, 0, 8192).toArray();

        TokenStream stream = layout.standalone(new CaptionedImage(text(9), codes));

        int first = 1 + 9 + 1;
        for (int cell = 0; cell < 1024; cell++) {
            int id = stream.ids()[first + cell];
            assertThat(id).isBetween(vocabulary.image(0), vocabulary.image(0) + 8191);
            assertThat(vocabulary.code(id)).isEqualTo(codes[cell]);
            assertThat(grid.row(stream.cells()[first + cell])).isEqualTo(1 + cell / 32);
            assertThat(grid.column(stream.cells()[first + cell])).isEqualTo(1 + cell % 32);
        }
        for (int length : new int[] {0, 1023, 1025}) {
            assertThatThrownBy(() -> layout.standalone(new CaptionedImage(text(9), new int[length])))
                    .hasMessage("need 1024 codes, got " + length);
        }
    }

    @Test
    void claim4BlocksAre4097WideAndCutFromOneStream() {
        List<TokenStream> documents =
                IntStream.range(0, 30).mapToObj(i -> document(i % 4)).toList();
        TokenStream whole = documents.stream().reduce(TokenStream.EMPTY, TokenStream::then);

        var packing = new Packing(documents.iterator(), 4097);
        int at = 0;
        while (packing.hasNext()) {
            assertThat(packing.next()).isEqualTo(whole.slice(at, at + 4097));
            at += 4097;
        }
        assertThat(whole.length() - at).isBetween(0, 4096);
    }

    /// Spans of packed documents as in figure 9, nine words a caption, no whole segments: the figures of the authors'
    /// code.
    @Test
    void claim6MaskedShareAndKindsOfSpansAreThoseOfTheAuthorsCode() {
        var masking = new Cm3Masking(vocabulary, 1, 0);
        var packing =
                new Packing(IntStream.range(0, 3_000).mapToObj(i -> document(3)).iterator(), 4097);
        double masked = 0, single = 0;
        int draws = 0, spans = 0, imageOnly = 0, textOnly = 0;
        while (packing.hasNext()) {
            TokenStream block = packing.next();
            for (int i = 0; i < 7; i++) {
                draws++;
                single += share(masking.clip(block, masking.draw(block, 1, random)));
                List<Cm3Masking.Span> drawn = masking.spans(block, random);
                masked += share(drawn);
                for (Cm3Masking.Span span : drawn) {
                    spans++;
                    boolean image = false, other = false;
                    for (int t = span.start(); t < span.end(); t++) {
                        if (vocabulary.isImage(block.ids()[t])) image = true;
                        else other = true;
                    }
                    if (image && !other) imageOnly++;
                    if (!image) textOnly++;
                }
            }
        }

        assertThat(draws).isGreaterThan(20_000);
        assertThat(masked / draws).isCloseTo(0.14, within(0.005));
        assertThat(single / draws).isCloseTo(0.18, within(0.005));
        assertThat((double) imageOnly / spans).isCloseTo(0.838, within(0.01));
        assertThat(textOnly).isLessThanOrEqualTo(5); // 0.006 % are 1.3 of them
    }

    private static double share(List<Cm3Masking.Span> spans) {
        return spans.stream().mapToInt(Cm3Masking.Span::length).sum() / 4097.0;
    }

    @Test
    void claim10WithWholeSegmentsTextIsMaskedAsOftenAsItIsASegment() {
        var masking = new Cm3Masking(vocabulary, 1, 1);
        TokenStream block = document(3);
        int texts = 0, draws = 20_000;
        for (int i = 0; i < draws; i++) {
            List<Cm3Masking.Span> spans = masking.clip(block, masking.draw(block, 1, random));
            assertThat(spans).hasSize(1);
            assertThat(masking.segments(block)).containsAll(spans);
            if (!vocabulary.isImage(block.ids()[spans.getFirst().start()])) texts++;
        }

        assertThat((double) texts / draws).isCloseTo(0.5, within(0.02));
    }

    @Test
    void claim15QueryDropoutRemovesAFifthOnAverage() {
        var dropout = new QueryDropout(0.2);
        long tokens = 0, kept = 0;
        for (int i = 0; i < 10_000; i++) {
            int[] query = text(1 + random.nextInt(30)), left = dropout.drop(query, random);
            tokens += query.length;
            kept += left.length;
            assertThat(left).isNotEmpty();
            assertThat(isSubsequence(left, query)).isTrue();
        }

        assertThat(1 - (double) kept / tokens).isCloseTo(0.2, within(0.005));
        assertThat(dropout.drop(new int[0], random)).isEmpty();
        assertThatThrownBy(() -> new QueryDropout(1)).hasMessage("need 0 <= rate < 1, got 1.0");
    }

    private TokenStream document(int retrieved) {
        var documents = new ArrayList<CaptionedImage>();
        for (int i = 0; i <= retrieved; i++) {
            documents.add(new CaptionedImage(text(9), random.ints(1024, 0, 8192).toArray()));
        }
        return layout.retrievalAugmented(documents.subList(1, documents.size()), documents.getFirst());
    }

    private int[] text(int length) {
        return random.ints(length, 4, 56_320).toArray();
    }

    private static boolean isSubsequence(int[] part, int[] whole) {
        int at = 0;
        for (int id : whole) if (at < part.length && part[at] == id) at++;
        return at == part.length && Arrays.stream(part).allMatch(id -> id >= 4);
    }
}
