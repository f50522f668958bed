package dev.cm3leon.trainer.torch;

import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.replication_pad2d;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/// The few operations that several models are written in.
public final class Ops {
    private static final long[] NO_PADDING = {0, 0};
    private static final long[] DILATION = {1, 1};

    private Ops() {}

    public static Scalar scalar(double value) {
        return new Scalar(value);
    }

    /// The randomness of one step: a function of the seed, what it is for, and the step.
    public static RandomGenerator random(long seed, String what, long step) {
        long mixed = seed * 0x9E3779B97F4A7C15L + what.hashCode() * 0xBF58476D1CE4E5B9L + step * 0x94D049BB133111EBL;
        return RandomGeneratorFactory.of("L64X128MixRandom").create(mixed);
    }

    /// A convolution with bias, padded by zeros to keep the size if `padded`. The weight says how large its
    /// kernel is and how many groups the channels of `x` are in: one for each channel if it reads one channel
    /// alone.
    public static Tensor convolution(Parameters p, String name, Tensor x, long stride, boolean padded) {
        Tensor weight = p.get(name + ".weight");
        long margin = padded ? weight.size(2) / 2 : 0;
        long[] padding = margin == 0 ? NO_PADDING : new long[] {margin, margin};
        return conv2d(
                x,
                weight,
                new TensorOptional(p.get(name + ".bias")),
                new long[] {stride, stride},
                padding,
                DILATION,
                x.size(1) / weight.size(1));
    }

    /// The same, padded by repeating the border.
    public static Tensor replicated(Parameters p, String name, Tensor x) {
        long margin = p.get(name + ".weight").size(2) / 2;
        return convolution(p, name, margin == 0 ? x : replication_pad2d(x, margin, margin, margin, margin), 1, false);
    }

    public static Tensor linearWithBias(Parameters p, String name, Tensor x) {
        return linear(x, p.get(name + ".weight"), new TensorOptional(p.get(name + ".bias")));
    }

    /// Interleaved RGB bytes of `size` x `size` pictures to (B, 3, size, size) in [-1, 1].
    public static Tensor pixels(byte[][] pictures, int size) {
        int plane = size * size;
        float[] values = new float[pictures.length * 3 * plane];
        for (int b = 0; b < pictures.length; b++) {
            if (pictures[b].length != 3 * plane)
                throw new IllegalArgumentException(
                        "a " + size + "x" + size + " picture has " + 3 * plane + " bytes, got " + pictures[b].length);
            for (int i = 0; i < plane; i++)
                for (int c = 0; c < 3; c++)
                    values[(b * 3 + c) * plane + i] = (pictures[b][3 * i + c] & 255) / 127.5f - 1;
        }
        return Tensor.create(values, pictures.length, 3, size, size);
    }

    /// (B, 3, size, size) in [-1, 1] back to interleaved RGB bytes.
    public static byte[][] pictures(Tensor pixels) {
        int count = Math.toIntExact(pixels.size(0)), plane = Math.toIntExact(pixels.size(2) * pixels.size(3));
        float[] values = Parameters.toArray(pixels);
        byte[][] pictures = new byte[count][3 * plane];
        for (int b = 0; b < count; b++)
            for (int i = 0; i < plane; i++)
                for (int c = 0; c < 3; c++) {
                    float value = Math.clamp(values[(b * 3 + c) * plane + i], -1f, 1f);
                    pictures[b][3 * i + c] = (byte) Math.round((value + 1) * 127.5f);
                }
        return pictures;
    }
}
