package dev.cm3leon.trainer.vq;

import static dev.cm3leon.trainer.torch.Ops.convolution;
import static dev.cm3leon.trainer.torch.Ops.replicated;
import static dev.cm3leon.trainer.torch.Ops.scalar;
import static org.bytedeco.pytorch.global.torch.pixel_shuffle;
import static org.bytedeco.pytorch.global.torch.pixel_unshuffle;
import static org.bytedeco.pytorch.global.torch.relu;

import dev.cm3leon.model.vq.VqConfig;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/// Encoder, codebook and decoder. The encoder sees one cell at a time, so equal cells have equal codes wherever
/// they are, unless it is told to see neighbours as the decoder does. B batch, C channels, D numbers of a code,
/// K codes, G grid.
public final class VqModel {
    private static final long DISTANCES = 1 << 21; // at once, few enough for a processor's cache
    private static final long GPU_DISTANCES = 1 << 27; // and enough to keep a GPU busy

    private final VqConfig configuration;
    private final Parameters p;
    private final Tensor codebook; // (K, D), moved by averages and not by gradients

    /// One to be trained.
    public VqModel(VqConfig configuration, RandomGenerator random) {
        this(configuration, random, Device.training());
    }

    private VqModel(VqConfig configuration, RandomGenerator random, Device device) {
        this.configuration = configuration;
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
        this.codebook = device.tensor(new float[configuration.codes() * d], configuration.codes(), d);
    }

    /// The model of a bundle or of a finished stage; it computes on the processor, so that its codes are the shipped
    /// model's.
    public static VqModel of(VqConfig configuration, Weights weights) {
        var model = new VqModel(configuration, Ops.random(0, "vq", 0), Device.CPU);
        model.restore(weights);
        return model;
    }

    public VqConfig configuration() {
        return configuration;
    }

    Parameters parameters() {
        return p;
    }

    Device device() {
        return p.device();
    }

    /// The weight of the decoder's last convolution.
    Tensor lastLayer() {
        return p.get("decoder.out.weight");
    }

    Tensor codebook() {
        return codebook;
    }

    /// Pixels (B, 3, S, S) in [-1, 1] to vectors (B, D, G, G).
    Tensor encode(Tensor pixels) {
        Tensor x = pixel_unshuffle(pixels, 4); // (B, 48, 2G, 2G)
        x = convolution(p, "encoder.in", x, 1, false);
        x = relu(residual("encoder.res1", x));
        x = convolution(p, "encoder.down", x, 2, false); // (B, C, G, G)
        x = relu(residual("encoder.res2", x));
        return convolution(p, "encoder.out", x, 1, false);
    }

    /// Vectors (B, D, G, G) to pixels (B, 3, S, S), not clamped.
    Tensor decode(Tensor vectors) {
        Tensor x = replicated(p, "decoder.in", vectors); // (B, C, G, G)
        x = relu(residual("decoder.res1", x));
        x = pixel_shuffle(replicated(p, "decoder.up", x), 2); // (B, C, 2G, 2G)
        x = relu(residual("decoder.res2", x));
        return pixel_shuffle(replicated(p, "decoder.out", x), 4);
    }

    private Tensor residual(String name, Tensor x) {
        return x.add(replicated(p, name + ".b", relu(replicated(p, name + ".a", relu(x)))));
    }

    /// The nearest code of each row (N, D): ids (N), ties to the lowest.
    Tensor nearest(Tensor rows) {
        return nearest(rows, codebook);
    }

    static Tensor nearest(Tensor rows, Tensor codebook) {
        Tensor norms = codebook.square().sum(1), turned = codebook.t(); // (K), (D, K)
        long count = rows.size(0);
        long some = Math.max(1, (rows.is_cuda() ? GPU_DISTANCES : DISTANCES) / codebook.size(0));
        Tensor ids = rows.new_zeros(new long[] {count}, new TensorOptions(torch.ScalarType.Long)); // once: it lives on
        for (long from = 0; from < count; from += some) {
            try (var scope = new PointerScope()) {
                long here = Math.min(some, count - from);
                Tensor part = rows.narrow(0, from, here);
                Tensor distance = part.mul(scalar(-2)).mm(turned).add_(norms); // (n, K), less what all codes share
                ids.narrow(0, from, here).copy_(distance.min(1, false).get1());
            }
        }
        return ids;
    }

    /// (B, D, G, G) to one row a cell, (B G G, D).
    static Tensor rows(Tensor vectors) {
        return vectors.permute(0, 2, 3, 1).reshape(-1, vectors.size(1));
    }

    /// And back.
    Tensor grid(Tensor rows) {
        return grid(rows, configuration.grid());
    }

    /// Of pictures of so many cells a side, which may be fewer: every layer is a convolution.
    Tensor grid(Tensor rows, long side) {
        return rows.view(-1, side, side, configuration.codeDim()).permute(0, 3, 1, 2);
    }

    /// The codes of pictures, row by row: (B, G G).
    public int[][] codes(byte[][] pictures) {
        try (var scope = new PointerScope();
                var guard = new NoGradGuard()) {
            long[] ids = new long[pictures.length * configuration.cells()];
            Device.copy(nearest(rows(encode(device().place(Ops.pixels(pictures, configuration.imageSize()))))), ids, 0);
            int[][] codes = new int[pictures.length][configuration.cells()];
            for (int i = 0; i < ids.length; i++)
                codes[i / configuration.cells()][i % configuration.cells()] = Math.toIntExact(ids[i]);
            return codes;
        }
    }

    /// The pictures of codes.
    public byte[][] pictures(int[][] codes) {
        try (var scope = new PointerScope();
                var guard = new NoGradGuard()) {
            long[] ids = new long[codes.length * configuration.cells()];
            for (int i = 0; i < ids.length; i++) ids[i] = codes[i / configuration.cells()][i % configuration.cells()];
            return Ops.pictures(decode(grid(codebook.index_select(0, device().tensor(ids)))));
        }
    }

    /// Parameters and codebook, by the names of the bundle.
    public Map<String, Weights.Array> arrays() {
        var arrays = new LinkedHashMap<>(p.arrays());
        arrays.put(
                "codebook.weight",
                new Weights.Array(
                        new long[] {configuration.codes(), configuration.codeDim()}, Parameters.toArray(codebook)));
        return arrays;
    }

    public void restore(Weights weights) {
        p.restore(weights);
        Parameters.copy(weights.array("codebook.weight").values(), codebook);
    }
}
