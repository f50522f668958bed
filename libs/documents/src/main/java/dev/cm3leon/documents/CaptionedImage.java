package dev.cm3leon.documents;

import java.util.Arrays;

/// One document of the memory bank, or one training pair: a caption's ids and an image's codes in raster order.
public record CaptionedImage(int[] text, int[] codes) {

    @Override
    public boolean equals(Object other) {
        return other instanceof CaptionedImage(int[] otherText, int[] otherCodes)
                && Arrays.equals(text, otherText)
                && Arrays.equals(codes, otherCodes);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(text) + Arrays.hashCode(codes);
    }
}
