package dev.cm3leon.documents;

/// One part of a document that is to be completed. Texts and text holes that follow each other are one text
/// segment; every image is a segment; segments are separated by `B`.
public sealed interface PromptPart {

    /// Given text. Encode with [PromptLayout#textBefore] in mind: trailing space is kept only before a hole.
    record Text(int[] ids) implements PromptPart {}

    /// A given image, its codes in raster order.
    record Image(int[] codes) implements PromptPart {}

    /// An image of which some cells are to be drawn; the others stay as they are.
    ///
    /// @param cells in raster order, each once
    record ImageGap(int[] codes, int[] cells) implements PromptPart {
        public ImageGap {
            if (cells.length == 0) throw new IllegalArgumentException("need at least one cell to draw, got none");
            for (int i = 0; i < cells.length; i++) {
                int least = i == 0 ? 0 : cells[i - 1] + 1;
                if (cells[i] < least || cells[i] >= codes.length) {
                    throw new IllegalArgumentException(
                            "need %d <= cell < %d, got %d".formatted(least, codes.length, cells[i]));
                }
            }
        }

        /// First cell of the span that is moved: from the first drawn cell to the last.
        int from() {
            return cells[0];
        }

        /// One after the last cell of the span.
        int to() {
            return cells[cells.length - 1] + 1;
        }
    }

    /// Text to be written.
    record TextHole() implements PromptPart {}

    /// An image to be drawn.
    record ImageHole() implements PromptPart {}

    /// A text or an image that is withheld: a sentinel stands in its place and nothing is generated for it.
    record Withheld(Target.Kind kind) implements PromptPart {}
}
