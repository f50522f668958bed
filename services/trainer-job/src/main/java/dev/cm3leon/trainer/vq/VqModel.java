package dev.cm3leon.trainer.vq;

import static dev.cm3leon.trainer.torch.Ops.scalar;

import dev.cm3leon.model.vq.VqConfig;
import dev.cm3leon.model.vq.VqShape;
import dev.cm3leon.model.vq.VqganConfig;
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

/// Encoder, codebook and decoder: the small image tokenizer or a VQGAN. B batch, C channels, D numbers of a
/// code, K codes, G grid.
public final class VqModel {
    private static final long DISTANCES = 1 << 21; // at once, few enough for a processor's cache
    private static final long GPU_DISTANCES = 1 << 27; // and enough to keep a GPU busy

    private final VqShape configuration;
    private final VqNetwork network;
    private final Tensor codebook; // (K, D), moved by averages and not by gradients

    /// One to be trained.
    public VqModel(VqShape configuration, RandomGenerator random) {
        this(configuration, random, Device.training());
    }

    private VqModel(VqShape configuration, RandomGenerator random, Device device) {
        this.configuration = configuration;
        this.network = switch (configuration) {
            case VqConfig small -> new SmallNetwork(small, random, device);
            case VqganConfig vqgan -> new VqganNetwork(vqgan, random, device);
        };
        int codes = configuration.codes(), d = configuration.codeDim();
        this.codebook = device.tensor(new float[codes * d], codes, d);
    }

    /// The model of a bundle or of a finished stage; it computes on the processor, so that its codes are the shipped
    /// model's.
    public static VqModel of(VqShape configuration, Weights weights) {
        var model = new VqModel(configuration, Ops.random(0, "vq", 0), Device.CPU);
        model.restore(weights);
        return model;
    }

    public VqShape configuration() {
        return configuration;
    }

    Parameters parameters() {
        return network.parameters();
    }

    Device device() {
        return network.parameters().device();
    }

    /// The weight of the decoder's last convolution.
    Tensor lastLayer() {
        return network.lastLayer();
    }

    Tensor codebook() {
        return codebook;
    }

    /// Pixels (B, 3, S, S) in [-1, 1] to vectors (B, D, G, G).
    Tensor encode(Tensor pixels) {
        return network.encode(pixels);
    }

    /// Vectors (B, D, G, G) to pixels (B, 3, S, S), not clamped.
    Tensor decode(Tensor vectors) {
        return network.decode(vectors);
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

    /// Of pictures of so many cells a side, which may be fewer: no layer asks how many there are.
    Tensor grid(Tensor rows, long side) {
        return rows.view(-1, side, side, configuration.codeDim()).permute(0, 3, 1, 2);
    }

    /// The codes of a picture, row by row.
    public int[] codes(byte[] picture) {
        return codes(new byte[][] {picture})[0];
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
        var arrays = new LinkedHashMap<>(network.parameters().arrays());
        arrays.put(
                network.codebook(),
                new Weights.Array(
                        new long[] {configuration.codes(), configuration.codeDim()}, Parameters.toArray(codebook)));
        return arrays;
    }

    public void restore(Weights weights) {
        network.parameters().restore(weights);
        Parameters.copy(weights.array(network.codebook()).values(), codebook);
    }
}
