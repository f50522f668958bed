package dev.cm3leon.documents;

/// One part of a document that is to be completed. Text parts and text holes that follow each other are one text
/// segment; every image is a segment; segments are separated by `B`.
public sealed interface PromptPart {

    /// Given text. Encode with [PromptLayout#textBefore] in mind: trailing space is kept only before a hole.
    record Text(int[] ids) implements PromptPart {}

    /// A given image, its codes in raster order.
    record Image(int[] codes) implements PromptPart {}

    /// An image whose cells `from` (inclusive) to `to` (exclusive), in raster order, are to be drawn.
    record ImageGap(int[] codes, int from, int to) implements PromptPart {
        public ImageGap {
            if (from < 0 || from >= to || to > codes.length) {
                throw new IllegalArgumentException(
                        "need 0 <= from < to <= %d, got %d and %d".formatted(codes.length, from, to));
            }
        }
    }

    /// Text to be written.
    record TextHole() implements PromptPart {}

    /// An image to be drawn.
    record ImageHole() implements PromptPart {}

    /// Something that is withheld: a sentinel stands in its place and nothing is generated for it.
    record Withheld() implements PromptPart {}
}
