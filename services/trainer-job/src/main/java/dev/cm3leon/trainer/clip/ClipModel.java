package dev.cm3leon.trainer.clip;

import static dev.cm3leon.trainer.torch.Ops.convolution;
import static dev.cm3leon.trainer.torch.Ops.linearWithBias;
import static dev.cm3leon.trainer.torch.Ops.scalar;
import static org.bytedeco.pytorch.global.torch.pixel_unshuffle;
import static org.bytedeco.pytorch.global.torch.relu;

import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Weights;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bytedeco.pytorch.Tensor;

/// A convolutional image tower, a projection of the frozen sentence encoder's vector, and a learned
/// temperature. B batch.
public final class ClipModel {
    /// Width of the sentence encoder's vector.
    public static final int TEXT_WIDTH = 384;

    private static final double FIRST_SCALE = Math.log(14), LARGEST_SCALE = Math.log(100);

    private final int imageSize;
    private final Parameters p;

    /// @param imageSize pixels of a side, a multiple of 16
    /// @param embedding width of the shared space
    /// @param textHidden of the projection of sentence vectors
    public ClipModel(int imageSize, int embedding, int textHidden, RandomGenerator random) {
        this.imageSize = imageSize;
        this.p = new Parameters.Builder(random)
                .convolution("image.conv1", 1, 64, 48, 3)
                .convolution("image.conv2", 1, 128, 64, 2)
                .convolution("image.conv3", 1, 128, 128, 3)
                .convolution("image.conv4", 1, 64, 128, 2)
                .linear("image.proj", embedding, 64 * (imageSize / 16) * (imageSize / 16))
                .linear("text.fc1", textHidden, TEXT_WIDTH)
                .linear("text.fc2", embedding, textHidden)
                .add("logit_scale", 0, 1)
                .build();
    }

    int imageSize() {
        return imageSize;
    }

    Parameters parameters() {
        return p;
    }

    Device device() {
        return p.device();
    }

    /// Pixels (B, 3, S, S) in [-1, 1] to unit vectors (B, E).
    Tensor image(Tensor pixels) {
        Tensor x = pixel_unshuffle(pixels, 4); // (B, 48, S/4, S/4)
        x = relu(convolution(p, "image.conv1", x, 1, true));
        x = relu(convolution(p, "image.conv2", x, 2, false)); // (B, 128, S/8, S/8)
        x = relu(convolution(p, "image.conv3", x, 1, true));
        x = relu(convolution(p, "image.conv4", x, 2, false)); // (B, 64, S/16, S/16)
        return unit(linearWithBias(p, "image.proj", x.flatten(1, -1)));
    }

    /// Sentence vectors (B, 384) to unit vectors (B, E).
    Tensor text(Tensor sentences) {
        return unit(linearWithBias(p, "text.fc2", relu(linearWithBias(p, "text.fc1", sentences))));
    }

    /// The logarithm of what cosines are multiplied with, at most that of 100.
    Tensor logitScale() {
        return p.get("logit_scale").add(scalar(FIRST_SCALE)).clamp_max(scalar(LARGEST_SCALE));
    }

    private static Tensor unit(Tensor x) {
        return x.div(x.square()
                .sum(new long[] {1}, true, new org.bytedeco.pytorch.ScalarTypeOptional())
                .add(scalar(1e-12))
                .sqrt());
    }

    /// By the names of the bundle.
    public Map<String, Weights.Array> arrays() {
        var arrays = p.arrays();
        float scale = (float)
                Math.min(LARGEST_SCALE, FIRST_SCALE + p.get("logit_scale").item_double());
        arrays.put("logit_scale", new Weights.Array(new long[] {1}, new float[] {scale}));
        return arrays;
    }
}
