package dev.cm3leon.trainer.vq;

import static dev.cm3leon.trainer.torch.Ops.convolution;
import static dev.cm3leon.trainer.torch.Ops.replicated;
import static org.bytedeco.pytorch.global.torch.pixel_shuffle;
import static org.bytedeco.pytorch.global.torch.pixel_unshuffle;
import static org.bytedeco.pytorch.global.torch.relu;

import dev.cm3leon.model.vq.VqConfig;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Parameters;
import java.util.random.RandomGenerator;
import org.bytedeco.pytorch.Tensor;

/// A few convolutions for small pictures. The encoder sees one cell at a time, so equal cells have equal codes
/// wherever they are, unless it is told to see neighbours as the decoder does.
final class SmallNetwork implements VqNetwork {
    private final Parameters p;

    SmallNetwork(VqConfig configuration, RandomGenerator random, Device device) {
        int in = configuration.encoderWidth().get(0),
                inner = configuration.encoderWidth().get(1);
        int grid = configuration.decoderWidth().get(0),
                outer = configuration.decoderWidth().get(1);
        int d = configuration.codeDim(), seen = configuration.encoderNeighbours() ? 3 : 1;
        this.p = new Parameters.Builder(random)
                .convolution("encoder.in", 0.7, in, 48, 1)
                .convolution("encoder.res1.a", 1, in, in, seen)
                .convolution("encoder.res1.b", 0.3, in, in, 1)
                .convolution("encoder.down", 1, inner, in, 2)
                .convolution("encoder.res2.a", 1, inner, inner, seen)
                .convolution("encoder.res2.b", 0.3, inner, inner, 1)
                .convolution("encoder.out", 0.7, d, inner, 1)
                .convolution("decoder.in", 0.7, grid, d, 3)
                .convolution("decoder.res1.a", 1, grid, grid, 3)
                .convolution("decoder.res1.b", 0.3, grid, grid, 1)
                .convolution("decoder.up", 1, 4L * outer, grid, 1)
                .convolution("decoder.res2.a", 1, outer, outer, 3)
                .convolution("decoder.res2.b", 0.3, outer, outer, 1)
                .convolution("decoder.out", 0.2, 48, outer, 3)
                .build(device);
    }

    @Override
    public Parameters parameters() {
        return p;
    }

    @Override
    public Tensor lastLayer() {
        return p.get("decoder.out.weight");
    }

    @Override
    public String codebook() {
        return "codebook.weight";
    }

    @Override
    public Tensor encode(Tensor pixels) {
        Tensor x = pixel_unshuffle(pixels, 4); // (B, 48, 2G, 2G)
        x = convolution(p, "encoder.in", x, 1, false);
        x = relu(residual("encoder.res1", x));
        x = convolution(p, "encoder.down", x, 2, false); // (B, C, G, G)
        x = relu(residual("encoder.res2", x));
        return convolution(p, "encoder.out", x, 1, false);
    }

    @Override
    public Tensor decode(Tensor vectors) {
        Tensor x = replicated(p, "decoder.in", vectors); // (B, C, G, G)
        x = relu(residual("decoder.res1", x));
        x = pixel_shuffle(replicated(p, "decoder.up", x), 2); // (B, C, 2G, 2G)
        x = relu(residual("decoder.res2", x));
        return pixel_shuffle(replicated(p, "decoder.out", x), 4);
    }

    private Tensor residual(String name, Tensor x) {
        return x.add(replicated(p, name + ".b", relu(replicated(p, name + ".a", relu(x)))));
    }
}
