package dev.cm3leon.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DocumentLayoutTest {
    private static final int E = 2, B = 18, S0 = 20;
    private final Vocabulary vocabulary = new Vocabulary(10, 8, 4);
    private final DocumentLayout layout = new DocumentLayout(vocabulary, new Grid(2));
    private final CaptionedImage a = new CaptionedImage(new int[] {7}, new int[] {0, 1, 2, 3});
    private final CaptionedImage b = new CaptionedImage(new int[] {8, 9}, new int[] {4, 5, 6, 7});

    @Test
    void laysOutTheDocumentsOfFigure9() {
        assertThat(layout.standalone(a).ids()).containsExactly(E, 7, B, 10, 11, 12, 13, E);
        assertThat(layout.retrievalAugmented(List.of(b), a).ids())
                .containsExactly(E, 8, 9, B, 14, 15, 16, 17, B, 7, B, 10, 11, 12, 13, E);
        int[] two = {E, 8, 9, B, 14, 15, 16, 17, B, 7, B, 10, 11, 12, 13, B, 8, 9, B, 14, 15, 16, 17, E};
        assertThat(layout.retrievalAugmented(List.of(b, a), b).ids()).containsExactly(two);
        int[] three = {
            E, 7, B, 10, 11, 12, 13, B, 8, 9, B, 14, 15, 16, 17, B, 7, B, 10, 11, 12, 13, B, 8, 9, B, 14, 15, 16, 17, E
        };
        assertThat(layout.retrievalAugmented(List.of(a, b, a), b).ids()).containsExactly(three);
        assertThat(layout.withheldText(List.of(), a.codes()).ids()).containsExactly(E, S0, B, 10, 11, 12, 13, E);
        assertThat(layout.asked(List.of(), new int[] {9}, b.codes(), a.text()).ids())
                .containsExactly(E, 9, S0, B, 14, 15, 16, 17, E, S0, 7, vocabulary.eoss());
        assertThat(layout.asked(List.of(b), new int[0], a.codes(), a.text()).ids())
                .containsExactly(E, 8, 9, B, 14, 15, 16, 17, B, S0, B, 10, 11, 12, 13, E, S0, 7, vocabulary.eoss());
    }

    @Test
    void kDocumentsHaveTwoKPlusOneBreaksAndTwoEnds() {
        for (int k = 0; k <= 3; k++) {
            TokenStream stream = layout.retrievalAugmented(List.of(a, b, a).subList(0, k), b);

            assertThat(Arrays.stream(stream.ids()).filter(id -> id == B)).hasSize(2 * k + 1);
            assertThat(Arrays.stream(stream.ids()).filter(id -> id == E)).hasSize(2);
            assertThat(stream.ids()).startsWith(E).endsWith(E);
        }
    }

    @Test
    void imageIdsStandInRasterOrderWithTheirCells() {
        TokenStream stream = layout.standalone(a);

        for (int i = 0; i < stream.length(); i++) {
            boolean image = vocabulary.isImage(stream.ids()[i]);
            assertThat(stream.cells()[i]).isEqualTo(image ? i - 3 : -1);
            if (image) assertThat(vocabulary.code(stream.ids()[i])).isEqualTo(a.codes()[i - 3]);
        }
    }

    @Test
    void theNextCellIsTheCellOfTheNextToken() {
        var grid = new Grid(2);
        TokenStream stream = layout.standalone(a);

        assertThat(stream.nextCells(-1)).containsExactly(-1, -1, 0, 1, 2, 3, -1, -1);
        assertThat(grid.nextRows(stream, -1)).containsExactly(0, 0, 1, 1, 2, 2, 0, 0);
        assertThat(grid.nextColumns(stream, -1)).containsExactly(0, 0, 1, 2, 1, 2, 0, 0);
        assertThat(grid.nextRows(stream.slice(0, 3), 0)).containsExactly(0, 0, 1);
    }

    @Test
    void namesAndCodesOfImageTokensAreABijection() {
        for (int code = 0; code < 8192; code++)
            assertThat(ImageTokens.code(ImageTokens.name(code))).isEqualTo(code);
        assertThat(ImageTokens.name(123)).isEqualTo("IMGIMGBCDZ");
        assertThatThrownBy(() -> ImageTokens.code("IMGIMGABZ")).hasMessageContaining("IMGIMGABZ");
    }

    @Test
    void idsDoNotOverlap() {
        assertThat(vocabulary.image(0)).isEqualTo(10);
        assertThat(vocabulary.breakId()).isEqualTo(18);
        assertThat(vocabulary.eoss()).isEqualTo(19);
        assertThat(vocabulary.sentinel(3)).isEqualTo(23);
        assertThat(vocabulary.size()).isEqualTo(24);
        assertThat(new Vocabulary(11, 8, 4).size()).isEqualTo(32);
        assertThatThrownBy(() -> vocabulary.image(8)).hasMessage("need 0 <= code < 8, got 8");
        assertThatThrownBy(() -> vocabulary.code(18)).hasMessageContaining("got 18");
        assertThatThrownBy(() -> vocabulary.sentinel(4)).hasMessage("need 0 <= sentinel < 4, got 4");
    }

    @Test
    void blocksJoinedAreTheStream() {
        var random = new Random(1);
        var documents = new ArrayList<TokenStream>();
        for (int i = 0; i < 50; i++)
            documents.add(random.nextBoolean() ? layout.standalone(a) : layout.retrievalAugmented(List.of(a), b));
        TokenStream whole = documents.stream().reduce(TokenStream.EMPTY, TokenStream::then);

        var packing = new Packing(documents.iterator(), 13);
        TokenStream joined = TokenStream.EMPTY;
        while (packing.hasNext()) {
            TokenStream block = packing.next();
            assertThat(block.length()).isEqualTo(13);
            joined = joined.then(block);
        }

        assertThat(joined).isEqualTo(whole.slice(0, whole.length() / 13 * 13));
        assertThatThrownBy(packing::next).isInstanceOf(NoSuchElementException.class);
        assertThatThrownBy(() -> new Packing(documents.iterator(), 1)).hasMessage("need length >= 2, got 1");
    }

    @Test
    void cellsOfARectangleAreThoseThatItHoldsHalfOf() {
        var grid = new Grid(4);

        assertThat(grid.cellsIn(0.25, 0.5, 0.5, 0.25)).containsExactly(9, 10);
        assertThat(grid.cellsIn(0.25, 0.375, 0.5, 0.25)).containsExactly(5, 6, 9, 10);
        assertThat(grid.cellsIn(0.26, 0.49, 0.5, 0.15)).containsExactly(9, 10);
        assertThatThrownBy(() -> grid.cellsIn(0.9, 0, 0.1, 1))
                .hasMessageContaining("holds half of a cell, 1/4 of the side");
    }
}
