package dev.cm3leon.trainer.vq;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.trainer.torch.Ops;

/// What the image tokenizer keeps, to look at: pictures that it did not learn from, and below each what its codes
/// make of it.
public final class Reconstructions {
    private static final int PICTURES = 8;

    private Reconstructions() {}

    /// A PNG of two rows.
    public static byte[] png(VqModel model, Pictures source, long seed) {
        byte[][] pictures = Pictures.some(source.scored(), Ops.random(seed, "reconstructions", 0), PICTURES);
        byte[][] decoded = model.pictures(model.codes(pictures));
        int size = model.configuration().imageSize(), row = 3 * size, width = PICTURES * row;
        byte[] sheet = new byte[2 * size * width];
        for (int i = 0; i < PICTURES; i++) {
            for (int y = 0; y < size; y++) {
                System.arraycopy(pictures[i], y * row, sheet, y * width + i * row, row);
                System.arraycopy(decoded[i], y * row, sheet, (size + y) * width + i * row, row);
            }
        }
        return Images.png(new RgbImage(PICTURES * size, 2 * size, sheet));
    }
}
