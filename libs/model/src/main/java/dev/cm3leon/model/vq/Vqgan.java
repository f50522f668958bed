package dev.cm3leon.model.vq;

import dev.cm3leon.model.Checkpoint;
import dev.cm3leon.model.Resampling;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.onnx.OnnxModule;
import dev.cm3leon.model.onnx.OnnxModule.Floats;
import dev.cm3leon.model.onnx.OnnxModule.Longs;
import java.util.Arrays;

/// The image tokenizer that the paper uses (Make-A-Scene's) and its public relative, Chameleon's: a picture to a grid
/// of codes and back.
public final class Vqgan implements AutoCloseable {
    private final int size;
    private final int side;
    private final Codebook codebook;
    private final OnnxModule encoder;
    private final OnnxModule decoder;

    private Vqgan(Checkpoint weights, int size) {
        long[] shape = weights.shape(VqganConfig.CODEBOOK);
        int levels = 0;
        while (weights.has("encoder.down.%d.downsample.conv.weight".formatted(levels))) levels++;
        if (size < 1 << levels || size % (1 << levels) != 0) {
            throw new IllegalArgumentException("need a size that %d divides, got %d".formatted(1 << levels, size));
        }
        int depth = levels;
        this.size = size;
        this.side = size >> depth;
        this.codebook = new Codebook(weights.floats(VqganConfig.CODEBOOK, shape), (int) shape[1]);
        this.encoder = OnnxModule.load("VQGAN's encoder", VqganGraph.encoder(weights, size));
        this.decoder = OnnxModule.beside(
                encoder::close, () -> OnnxModule.load("VQGAN's decoder", VqganGraph.decoder(weights, size >> depth)));
    }

    /// @param weights under the names of the original checkpoint (`encoder.conv_in.weight` and so on)
    /// @param size pixels of a side
    public static Vqgan open(Checkpoint weights, int size) {
        return new Vqgan(weights, size);
    }

    /// Codes of a picture, of which there are this many.
    public int cells() {
        return side * side;
    }

    /// The middle square of a picture, its short side made `size`, as codes in raster order.
    public int[] encode(RgbImage picture) {
        double scale = (double) size / Math.min(picture.width(), picture.height());
        long wide = (long) Math.rint(scale * picture.width()), high = (long) Math.rint(scale * picture.height());
        RgbImage square = Resampling.LANCZOS.resizeAndCrop(picture, wide, high, size, size);
        return codebook.nearest(encoder.run(new Floats(square.planes(), 1, 3, size, size))); // (1, D, side, side)
    }

    /// Fewer codes than a picture has are filled up with the first.
    public RgbImage decode(int[] codes) {
        float[] planes = planes(codes);
        byte[] rgb = new byte[3 * size * size];
        for (int i = 0; i < size * size; i++) {
            for (int c = 0; c < 3; c++) {
                float value = Math.clamp(planes[c * size * size + i], -1f, 1f);
                rgb[3 * i + c] = (byte) ((value + 1) / 2 * 255); // cut off, not rounded
            }
        }
        return new RgbImage(size, size, rgb);
    }

    /// Colour planes (3, size, size), not clamped.
    float[] planes(int[] codes) {
        if (codes.length == 0 || codes.length > cells()) {
            throw new IllegalArgumentException("need 1 to %d codes, got %d".formatted(cells(), codes.length));
        }
        int[] all = Arrays.copyOf(codes, cells());
        Arrays.fill(all, codes.length, all.length, codes[0]);
        for (int code : all) {
            if (code < 0 || code >= codebook.codes()) {
                throw new IllegalArgumentException("need 0 <= code < %d, got %d".formatted(codebook.codes(), code));
            }
        }
        return decoder.run(new Longs(Arrays.stream(all).asLongStream().toArray(), 1, cells()));
    }

    @Override
    public void close() {
        encoder.close();
        decoder.close();
    }
}
