package dev.cm3leon.trainer.vq;

import static dev.cm3leon.trainer.torch.Ops.convolution;
import static dev.cm3leon.trainer.torch.Ops.scalar;
import static org.bytedeco.pytorch.global.torch.leaky_relu;
import static org.bytedeco.pytorch.global.torch.relu;

import dev.cm3leon.trainer.torch.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.bytedeco.pytorch.Tensor;

/// Tells true pictures from decoded ones by their patches, as that of VQGAN (Esser et al. 2021) does, but smaller and
/// without batch norm: one score for each 8 x 8 pixels, that sees 31 x 31.
final class Discriminator {
    private static final int LAYERS = 3, WIDTH = 32;

    private final Parameters p;

    Discriminator(RandomGenerator random) {
        var builder = new Parameters.Builder(random);
        for (int i = 0; i < LAYERS; i++)
            builder.convolution("discriminator.conv" + i, 1, (long) WIDTH << i, i == 0 ? 3 : (long) WIDTH << i - 1, 3);
        this.p = builder.convolution("discriminator.out", 0.5, 1, (long) WIDTH << LAYERS - 1, 3)
                .build();
    }

    Parameters parameters() {
        return p;
    }

    /// Pixels (B, 3, S, S) to what each layer makes of them, (B, C, S / 2, S / 2) to (B, 4 C, S / 8, S / 8), and
    /// last the scores (B, 1, S / 8, S / 8): above 0 for true.
    List<Tensor> layers(Tensor pixels) {
        List<Tensor> layers = new ArrayList<>();
        Tensor x = pixels;
        for (int i = 0; i < LAYERS; i++) {
            x = leaky_relu(convolution(p, "discriminator.conv" + i, x, 2, true), scalar(0.2));
            layers.add(x);
        }
        layers.add(convolution(p, "discriminator.out", x, 1, true));
        return layers;
    }

    Tensor scores(Tensor pixels) {
        return layers(pixels).getLast();
    }

    /// What telling them apart costs: true ones are to score 1 or more, decoded ones -1 or less.
    static Tensor hinge(Tensor trueScores, Tensor decodedScores) {
        Tensor one = relu(trueScores.mul(scalar(-1)).add(scalar(1))).mean();
        return one.add(relu(decodedScores.add(scalar(1))).mean()).mul(scalar(0.5));
    }
}
