package dev.cm3leon.gateway.intake;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.vq.VqTokenizer;
import java.util.Arrays;

/// An image that is still being drawn: the cells that are there as the model decodes them, the others grey.
final class PartialPicture {

    private static final byte GREY = (byte) 0xb4;

    private final VqTokenizer tokenizer;

    PartialPicture(VqTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// @param codes of the first cells, in raster order; more than there are cells are ignored
    byte[] png(int[] codes) {
        int grid = tokenizer.config().grid(), size = tokenizer.config().imageSize(), cell = size / grid;
        int known = Math.min(codes.length, grid * grid);
        RgbImage image = tokenizer.decode(Arrays.copyOf(codes, grid * grid));
        byte[] rgb = image.rgb().clone();
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                boolean there = y / cell * grid + x / cell < known;
                if (!there) Arrays.fill(rgb, 3 * (y * size + x), 3 * (y * size + x) + 3, GREY);
            }
        }
        return Images.png(new RgbImage(size, size, rgb));
    }
}
