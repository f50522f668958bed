package dev.cm3leon.trainer.vq;

import static dev.cm3leon.trainer.torch.Ops.scalar;

import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Ops;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/// How far a decoded picture is from the true one, some areas counting more.
final class PictureLoss {
    private static final int SCORED = 128, AT_ONCE = 16;

    private final Tensor weight; // (1, 1, S, S), mean 1
    private final double squared;
    private final long size;

    PictureLoss(ErrorCosts costs, int size, Device device) {
        float[] weights = costs.area().clone();
        double mean = 0;
        for (float cost : weights) mean += cost / weights.length;
        for (int i = 0; i < weights.length; i++) weights[i] /= (float) mean;
        this.weight = device.tensor(weights, 1, 1, size, size);
        this.squared = costs.squared();
        this.size = size;
    }

    /// L1 + `squared` L2 + half the L1 of the differences of neighbours; (B, 3, S, S) both.
    Tensor of(Tensor decoded, Tensor pixels) {
        Tensor error = decoded.sub(pixels);
        Tensor across =
                error.narrow(3, 1, size - 1).sub(error.narrow(3, 0, size - 1)).abs();
        Tensor down =
                error.narrow(2, 1, size - 1).sub(error.narrow(2, 0, size - 1)).abs();
        return error.abs()
                .add(error.square().mul(scalar(squared)))
                .mul(weight)
                .mean()
                .add(across.mul(weight.narrow(3, 1, size - 1)).mean().mul(scalar(0.5)))
                .add(down.mul(weight.narrow(2, 1, size - 1)).mean().mul(scalar(0.5)));
    }

    /// Peak signal-to-noise ratio in dB after encoding and decoding, of all errors together, and the share of codes
    /// in use. The pictures are drawn by a randomness of their own, which training has no part in.
    static Map<String, Double> score(VqModel model, Pictures source, long seed) {
        byte[][] pictures = Pictures.different(source.scored(), Ops.random(seed, "vq validation", 0), SCORED);
        int[][] codes = new int[pictures.length][];
        byte[][] decoded = new byte[pictures.length][];
        for (int from = 0; from < pictures.length; from += AT_ONCE) {
            int to = Math.min(pictures.length, from + AT_ONCE);
            int[][] some = model.codes(Arrays.copyOfRange(pictures, from, to));
            System.arraycopy(some, 0, codes, from, some.length);
            System.arraycopy(model.pictures(some), 0, decoded, from, some.length);
        }
        double squares = 0;
        for (int i = 0; i < pictures.length; i++)
            for (int j = 0; j < pictures[i].length; j++) {
                double error = (pictures[i][j] & 255) - (decoded[i][j] & 255);
                squares += error * error;
            }
        double mean = squares / pictures.length / pictures[0].length;
        long used = Arrays.stream(codes).flatMapToInt(Arrays::stream).distinct().count();
        return Map.of(
                "psnr",
                10 * Math.log10(255 * 255 / Math.max(mean, 1e-9)),
                "codes_used",
                (double) used / model.configuration().codes());
    }
}
