package dev.cm3leon.trainer.evaluation;

import static org.bytedeco.pytorch.global.torch.constant_pad_nd;
import static org.bytedeco.pytorch.global.torch.relu6;
import static org.bytedeco.pytorch.global.torch.upsample_bilinear2d;

import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.WeightFiles;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/// Pictures as 136 numbers, for distances of sets of pictures and as a baseline of retrieval: the layer
/// `expanded_conv_12/add` of MobileNetV2Mid, its mean over 14 x 14 places. That is a MobileNetV2 of width 1.4 of
/// npm `nsfwjs` 4.3.0, fine-tuned as a filter of adult content.
///
/// A Fréchet distance of these features is no FID, whose network is another.
final class MobileNetFeatures {
    static final String RESIZE = "not resized, but for MobileNetV2Mid to 224 x 224, bilinear, half-pixel centres";

    private static final long SIDE = 224;
    private static final int BATCH = 8;
    private static final int[] STRIDES = {1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1}; // of the blocks

    private final Parameters p = Parameters.of(WeightFiles.resource("/evaluation/mobilenet-v2-mid.safetensors"));

    /// @param pictures of `size` x `size`, interleaved RGB
    float[][] of(List<byte[]> pictures, int size) {
        float[][] all = new float[pictures.size()][];
        for (int start = 0; start < all.length; start += BATCH) {
            List<byte[]> some = pictures.subList(start, Math.min(start + BATCH, all.length));
            try (var scope = new PointerScope();
                    var guard = new NoGradGuard()) {
                float[] values = Parameters.toArray(features(Ops.pixels(some.toArray(byte[][]::new), size)));
                int width = values.length / some.size();
                for (int b = 0; b < some.size(); b++)
                    all[start + b] = Arrays.copyOfRange(values, b * width, (b + 1) * width);
            }
        }
        return all;
    }

    /// (B, 3, size, size) in [-1, 1] to (B, 136).
    private Tensor features(Tensor pixels) {
        Tensor x = upsample_bilinear2d(pixels, new long[] {SIDE, SIDE}, false);
        x = relu6(halved("Conv", x)); // (B, 48, 112, 112)
        for (int i = 0; i < STRIDES.length; i++)
            x = block(i == 0 ? "expanded_conv" : "expanded_conv_" + i, STRIDES[i], x);
        return x.mean(2, 3); // of (B, 136, 14, 14)
    }

    /// An inverted residual: wide, each channel alone, narrow; added to what came in where it has that shape.
    private Tensor block(String name, int stride, Tensor x) {
        Tensor y = p.has(name + ".expand.weight") ? relu6(Ops.convolution(p, name + ".expand", x, 1, true)) : x;
        String depthwise = name + ".depthwise";
        y = relu6(stride == 1 ? Ops.convolution(p, depthwise, y, 1, true) : halved(depthwise, y));
        y = Ops.convolution(p, name + ".project", y, 1, true);
        return stride == 1 && x.size(1) == y.size(1) ? x.add(y) : y;
    }

    /// A 3 x 3 convolution of stride 2 of an even size, padded as TensorFlow does: after the last row and column alone.
    private Tensor halved(String name, Tensor x) {
        return Ops.convolution(p, name, constant_pad_nd(x, 0, 1, 0, 1), 2, false);
    }
}
