package dev.cm3leon.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.documents.PromptPart.Image;
import dev.cm3leon.documents.PromptPart.ImageGap;
import dev.cm3leon.documents.PromptPart.ImageHole;
import dev.cm3leon.documents.PromptPart.Text;
import dev.cm3leon.documents.PromptPart.TextHole;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Golden ids: text 4..9, codes 10..17, B 18, eoss 19, S0 20, S1 21, S2 22; images of 2x2 cells.
class PromptLayoutTest {
    private static final int E = 2, B = 18, EOSS = 19, S0 = 20, S1 = 21, S2 = 22;
    private final Vocabulary vocabulary = new Vocabulary(10, 8, 4);
    private final PromptLayout layout = PromptLayout.of(vocabulary, new Grid(2), 64);
    private final CaptionedImage first = new CaptionedImage(ids(7), ids(0, 1, 2, 3)); // 10 11 12 13
    private final CaptionedImage second = new CaptionedImage(ids(8, 9), ids(4, 5, 6, 7)); // 14 15 16 17

    @Test
    void drawsAnImageAfterItsText() {
        Prompt prompt = layout.textToImage(List.of(), ids(4, 5));

        assertThat(prompt.conditional().ids()).containsExactly(E, 4, 5, B);
        assertThat(prompt.unconditional().ids()).containsExactly(E, S0, B);
        assertThat(prompt.target().slots().getFirst().cells()).containsExactly(0, 1, 2, 3);
        assertThat(prompt.newTokens()).isEqualTo(4);
    }

    @Test
    void putsDocumentsInFrontAndKeepsThemWithoutTheText() {
        Prompt prompt = layout.textToImage(List.of(first, second), ids(4));

        int[] documents = {E, 7, B, 10, 11, 12, 13, B, 8, 9, B, 14, 15, 16, 17, B};
        assertThat(prompt.unconditional().ids()).containsExactly(documents);
        assertThat(prompt.conditional().ids())
                .startsWith(documents)
                .hasSize(documents.length + 2)
                .endsWith(4, B);
        assertThat(prompt.conditional().cells())
                .containsExactly(-1, -1, -1, 0, 1, 2, 3, -1, -1, -1, -1, 0, 1, 2, 3, -1, -1, -1);
    }

    @ParameterizedTest
    @EnumSource(names = {"DOCUMENTS", "ALL"})
    void dropsDocumentsFromTheUnconditionalStreamWhenToldTo(Condition condition) {
        Prompt prompt = layout.withCondition(condition).textToImage(List.of(first), ids(4));

        assertThat(prompt.unconditional().ids()).containsExactly(E, S0, B);
    }

    @Test
    void captionsByInfillingTheTextBeforeTheImage() {
        Prompt prompt = layout.lay(List.of(), List.of(new Text(ids(4, 5)), new TextHole(), image(first)), 3);

        assertThat(prompt.conditional().ids()).containsExactly(E, 4, 5, S0, B, 10, 11, 12, 13, E, S0);
        assertThat(prompt.unconditional().ids()).containsExactly(E, 4, 5, S0, B, S1, E, S0);
        assertThat(prompt.target().slots().getFirst().ends()).containsExactly(EOSS);
        assertThat(prompt.newTokens()).isEqualTo(4);
        assertThat(prompt.target().slots().getFirst().kind()).isEqualTo(Target.Kind.TEXT);
    }

    @Test
    void infillsTextBetweenTexts() {
        Prompt prompt =
                layout.lay(List.of(), List.of(new Text(ids(4)), new TextHole(), new Text(ids(5)), image(first)), 3);

        assertThat(prompt.conditional().ids()).containsExactly(E, 4, S0, 5, B, 10, 11, 12, 13, E, S0);
    }

    /// What is asked for is infilled with the condition and without it: both end with eoss.
    @Test
    void asksForTheSameWithoutTheConditionWhereNoOtherModalityIsGiven() {
        Prompt text = layout.lay(List.of(), List.of(new Text(ids(4)), new TextHole(), new Text(ids(5))), 3);
        Prompt picture = layout.lay(List.of(), List.of(new ImageHole(), image(first)), 1);

        assertThat(text.conditional().ids()).containsExactly(E, 4, S0, 5, E, S0);
        assertThat(text.unconditional().ids()).containsExactly(E, S0, E, S0);
        assertThat(picture.conditional().ids()).containsExactly(E, S0, B, 10, 11, 12, 13, E, S0);
        assertThat(picture.unconditional().ids()).containsExactly(E, S0, E, S0);
    }

    @Test
    void asksForTheSameWithoutTheLastText() {
        List<PromptPart> parts = List.of(image(first), new ImageHole(), new Text(ids(4)));

        assertThat(layout.imageOnly(List.of(), parts).ids()).containsExactly(E, 10, 11, 12, 13, B, S0, E, S0);
    }

    @Test
    void infillsAGapOfAnImage() {
        Prompt prompt = layout.lay(List.of(), List.of(new Text(ids(4)), new ImageGap(first.codes(), ids(1, 2))), 1);

        assertThat(prompt.conditional().ids()).containsExactly(E, 4, B, 10, S0, 13, E, S0);
        assertThat(prompt.conditional().cells()).containsExactly(-1, -1, -1, 0, -1, 3, -1, -1);
        assertThat(prompt.unconditional().ids()).containsExactly(E, S1, B, 10, S0, 13, E, S0);
        assertThat(prompt.target().slots().getFirst().cells()).containsExactly(1, 2);
        assertThat(prompt.target().fill(ids(17, 16), vocabulary))
                .singleElement()
                .isInstanceOfSatisfying(Image.class, i -> assertThat(i.codes()).containsExactly(0, 7, 6, 3));
    }

    @Test
    void editsWithThreeStreams() {
        List<PromptPart> parts = List.of(new Text(ids(4)), image(first), new Text(ids(5)), new ImageHole());

        Prompt prompt = layout.layEdit(List.of(), parts, 1);

        assertThat(prompt.streams())
                .extracting(TokenStream::ids)
                .containsExactly(ids(E, 4, B, 10, 11, 12, 13, B, 5, B), ids(E, S0, B), ids(E, 4, B, 10, 11, 12, 13, B));
        assertThat(prompt.newTokens()).isEqualTo(4);
        assertThatThrownBy(() -> layout.layEdit(List.of(), List.of(new Text(ids(4)), new ImageHole()), 1))
                .hasMessage("need a given image for three streams, got none");
    }

    @Test
    void writesAndDrawsWhenNothingIsGiven() {
        Prompt prompt = layout.lay(List.of(), List.of(new TextHole(), new ImageHole()), 2);

        assertThat(prompt.conditional().ids()).containsExactly(E, S0, B);
        assertThat(prompt.target().slots().get(1).lead()).containsExactly(E, S0);
        assertThat(prompt.newTokens()).isEqualTo(4 + 2 + 2 + 1);
        List<PromptPart> filled = prompt.target().fill(ids(10, 11, 12, 13, E, S0, 6, EOSS), vocabulary);
        assertThat(filled.get(0))
                .isInstanceOfSatisfying(Text.class, t -> assertThat(t.ids()).containsExactly(6));
        assertThat(filled.get(1))
                .isInstanceOfSatisfying(Image.class, i -> assertThat(i.codes()).containsExactly(0, 1, 2, 3));
    }

    @Test
    void fillsSeveralHolesInOrder() {
        List<PromptPart> parts = List.of(new ImageHole(), new Text(ids(4)), new TextHole(), image(first));

        Prompt prompt = layout.lay(List.of(), parts, 2);

        assertThat(prompt.conditional().ids()).containsExactly(E, S0, B, 4, S1, B, 10, 11, 12, 13, E, S0);
        assertThat(prompt.target().slots().get(1).lead()).containsExactly(EOSS, S1);
    }

    @Test
    void fillsGapsOfSeveralImages() {
        List<PromptPart> parts =
                List.of(new ImageGap(first.codes(), ids(1)), new ImageGap(second.codes(), ids(0, 3)), new Text(ids(4)));

        Prompt prompt = layout.lay(List.of(), parts, 1);

        assertThat(prompt.conditional().ids()).containsExactly(E, 10, S0, 12, 13, B, S1, B, 4, E, S0);
        assertThat(prompt.unconditional().ids()).containsExactly(E, 10, S0, 12, 13, B, S1, B, S2, E, S0);
        assertThat(prompt.target().slots().get(1).draws(2)).isFalse();
        int[] generated = {17, EOSS, S1, 11, 15, 16, 12};
        assertThat(prompt.target().fill(generated, vocabulary))
                .extracting(part -> ((Image) part).codes())
                .containsExactly(ids(0, 7, 2, 3), ids(1, 5, 6, 2));
        assertThatThrownBy(() -> prompt.target().fill(ids(17, EOSS, S1, 11), vocabulary))
                .hasMessage("need more than 4 generated ids, got 4");
    }

    /// Alone it may end with its segment; where another hole follows, only the end of the document leads there.
    @Test
    void aTextAtTheEndThatAHoleFollowsEndsTheDocument() {
        Prompt alone = layout.lay(List.of(), List.of(image(first), new TextHole()), 2);
        Prompt before = layout.lay(List.of(), List.of(new ImageHole(), new TextHole()), 2);

        assertThat(alone.target().slots().getFirst().ends()).containsExactly(E, B);
        assertThat(before.target().slots().getFirst().ends()).containsExactly(E);
        assertThat(before.target().slots().get(1).lead()).containsExactly(S0);
    }

    @Test
    void aTextAroundAHoleIsWithheldOnce() {
        List<PromptPart> parts = List.of(
                new ImageGap(first.codes(), ids(1)), new Text(ids(4)), new TextHole(), new Text(ids(5)), image(second));

        assertThat(layout.lay(List.of(), parts, 2).unconditional().ids())
                .containsExactly(E, 10, S0, 12, 13, B, S2, S1, B, 14, 15, 16, 17, E, S0);
    }

    @Test
    void refusesMoreHolesAndWithheldTextsThanThereAreSentinels() {
        var gap = new ImageGap(first.codes(), ids(1));
        var text = new Text(ids(4));

        assertThat(layout.lay(List.of(), List.of(gap, gap, gap, gap), 1)
                        .target()
                        .slots())
                .hasSize(4);
        assertThatThrownBy(() -> layout.lay(List.of(), List.of(gap, gap, gap, gap, gap), 1))
                .hasMessage("need at most 4 holes, got 5");
        assertThat(layout.lay(List.of(), List.of(gap, text, gap, text), 1)
                        .unconditional()
                        .ids())
                .contains(S2, S2 + 1);
        assertThatThrownBy(() -> layout.lay(List.of(), List.of(gap, text, gap, text, gap), 1))
                .hasMessage("need at most 4 holes and parts that the unconditional stream withholds, got 5");
    }

    @Test
    void drawsWithoutAnyCondition() {
        Prompt prompt = layout.lay(List.of(), List.of(new ImageHole()), 1);

        assertThat(prompt.conditional()).isEqualTo(prompt.unconditional());
        assertThat(prompt.conditional().ids()).containsExactly(E, S0, B);
    }

    @Test
    void aBlankTextIsNoCondition() {
        Prompt lone = layout.lay(List.of(), List.of(new Text(ids()), new ImageHole(), new Text(ids())), 1);
        Prompt edit =
                layout.lay(List.of(), List.of(new Text(ids(4)), image(first), new Text(ids()), new ImageHole()), 1);
        Prompt caption = layout.lay(List.of(), List.of(new Text(ids()), image(first), new TextHole()), 2);

        assertThat(lone.conditional().ids()).containsExactly(E, S0, B);
        assertThat(lone.unconditional()).isEqualTo(lone.conditional());
        assertThat(edit.conditional().ids()).containsExactly(E, 4, B, 10, 11, 12, 13, B);
        assertThat(caption.conditional().ids()).containsExactly(E, 10, 11, 12, 13, B);
    }

    @Test
    void aBlankTextIsNoneToLeaveOutOrToComplete() {
        assertThatThrownBy(() -> layout.layEdit(List.of(), List.of(image(first), new Text(ids()), new ImageHole()), 1))
                .hasMessage("need a text to leave out, got none");
        assertThatThrownBy(() -> layout.lay(List.of(), List.of(new Text(ids())), 1))
                .hasMessageContaining("hole");
    }

    @Test
    void aCompletedPromptIsTheTrainingDocument() {
        var documents = new DocumentLayout(vocabulary, new Grid(2));

        Prompt drawing = layout.textToImage(List.of(first), second.text());
        Prompt caption = layout.lay(List.of(), List.of(new TextHole(), image(second)), 4);
        Prompt between =
                layout.lay(List.of(), List.of(new Text(ids(4)), new TextHole(), new Text(ids(5)), image(second)), 4);

        assertThat(completed(drawing, image(second))).isEqualTo(documents.retrievalAugmented(List.of(first), second));
        assertThat(completed(between, new Text(ids(8, 9))))
                .isEqualTo(documents.between(List.of(), ids(4), ids(5), second.codes(), ids(8, 9)));
        var masking = new Cm3Masking(vocabulary, 1, 1);
        assertThat(completed(caption, new Text(second.text())))
                .isEqualTo(masking.rotate(documents.standalone(second), List.of(new Cm3Masking.Span(1, 3))));
    }

    @Test
    void refusesWhatDoesNotFitIntoTheContext() {
        assertThat(PromptLayout.of(vocabulary, new Grid(2), 9)
                        .textToImage(List.of(), ids(4, 5, 6))
                        .conditional()
                        .length())
                .isEqualTo(5);
        assertThatThrownBy(() -> PromptLayout.of(vocabulary, new Grid(2), 8).textToImage(List.of(), ids(4, 5, 6)))
                .isInstanceOfSatisfying(ContextOverflowException.class, e -> {
                    assertThat(e.needed()).isEqualTo(9);
                    assertThat(e.context()).isEqualTo(8);
                })
                .hasMessageContaining("9")
                .hasMessageContaining("8");
    }

    @Test
    void theLongestDocumentFitsInFrontOfAPromptAsLongAsAnImage() {
        var longest = new CaptionedImage(new int[layout.longestDocument()], first.codes());

        assertThat(layout.longestDocument()).isEqualTo(64 - 3 * 4 - 8);
        assertThat(layout.textToImage(List.of(longest), ids(4, 5, 6, 7)).newTokens())
                .isEqualTo(4);
    }

    @Test
    void aDocumentIsShortenedToTheRoomThatAPromptLeaves() {
        var longer = new CaptionedImage(new int[PromptLayout.DOCUMENT_TEXT + 1], first.codes());

        assertThat(PromptLayout.shortened(longer).text()).hasSize(PromptLayout.DOCUMENT_TEXT);
        assertThat(PromptLayout.shortened(longer).codes()).isEqualTo(first.codes());
        assertThat(PromptLayout.shortened(first)).isSameAs(first);
    }

    @Test
    void aContextOfFewImagesHasRoomForAShortDocument() {
        var grid = new Grid(8); // 64 cells

        assertThat(PromptLayout.of(vocabulary, grid, 192).longestDocument()).isEqualTo(PromptLayout.DOCUMENT_TEXT);
        assertThat(PromptLayout.of(vocabulary, grid, 150).longestDocument()).isEqualTo(14);
        assertThat(PromptLayout.of(vocabulary, grid, 100).longestDocument()).isZero();
    }

    @Test
    void refusesADocumentWithoutHolesAndImagesOfAnotherSize() {
        assertThatThrownBy(() -> layout.lay(List.of(), List.of(new Text(ids(4))), 1))
                .hasMessageContaining("hole");
        assertThatThrownBy(() -> layout.lay(List.of(), List.of(new TextHole(), new Image(ids(1, 2, 3))), 1))
                .hasMessage("need 4 codes, got 3");
    }

    @Test
    void keepsTrailingSpaceOnlyBeforeAHole() {
        assertThat(PromptLayout.textBefore("a cat \n", false)).isEqualTo("a cat");
        assertThat(PromptLayout.textBefore("Answer: ", true)).isEqualTo("Answer: ");
    }

    /// The conditional stream, its one hole filled and ended.
    private TokenStream completed(Prompt prompt, PromptPart answer) {
        var stream = new TokenStream.Builder().append(prompt.conditional());
        switch (answer) {
            case Image(int[] codes) -> {
                for (int cell = 0; cell < codes.length; cell++) stream.append(vocabulary.image(codes[cell]), cell);
                stream.append(E);
            }
            case Text(int[] text) -> stream.append(text).append(EOSS);
            default -> throw new IllegalArgumentException("not an answer: " + answer);
        }
        return stream.build();
    }

    private static Image image(CaptionedImage document) {
        return new Image(document.codes());
    }

    private static int[] ids(int... ids) {
        return ids;
    }
}
