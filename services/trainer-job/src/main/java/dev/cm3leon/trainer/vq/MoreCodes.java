package dev.cm3leon.trainer.vq;

import dev.cm3leon.model.vq.VqShape;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Weights;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/// Adds codes to a trained image tokenizer for pictures it was not trained on. Encoder and codes stay as they are, so
/// what was learned from the old codes holds. Of the new ones the first are the vectors of pictures that are to be kept
/// exactly, the others the k-means centres of those of pictures without end.
public final class MoreCodes {
    private static final int ROUNDS = 15;
    private static final int PICTURES_A_CODE = 1; // each has dozens of cells

    private MoreCodes() {}

    /// @param sizes those of the base, with more codes
    /// @param exact pictures, interleaved RGB, each of whose different cells gets a code of its own
    /// @param picture draws one picture
    public static VqModel extend(
            VqModel base, VqShape sizes, long seed, List<byte[]> exact, Function<RandomGenerator, byte[]> picture) {
        int old = base.configuration().codes(), more = sizes.codes() - old, d = sizes.codeDim();
        if (more <= 0 || d != base.configuration().codeDim())
            throw new IllegalArgumentException("need more codes of the same %d numbers, got %d of %d after %d"
                    .formatted(base.configuration().codeDim(), sizes.codes(), d, old));
        float[] kept = different(base, exact);
        int left = more - kept.length / d;
        if (left < 0)
            throw new IllegalArgumentException(
                    "need at least %d more codes for as many different cells, got %d".formatted(kept.length / d, more));
        RandomGenerator random = Ops.random(seed, "more codes", 0);
        List<byte[]> pictures = Stream.generate(() -> picture.apply(random))
                .limit((long) left * PICTURES_A_CODE)
                .toList();
        float[] centres = centres(different(base, pictures), d, left, random);
        float[] book = Arrays.copyOf(
                new Weights(base.arrays(), Map.of()).array("codebook.weight").values(), sizes.codes() * d);
        System.arraycopy(kept, 0, book, old * d, kept.length);
        System.arraycopy(centres, 0, book, old * d + kept.length, centres.length);
        var arrays = new LinkedHashMap<>(base.arrays());
        arrays.put("codebook.weight", new Weights.Array(new long[] {sizes.codes(), d}, book));
        return VqModel.of(sizes, new Weights(arrays, Map.of()));
    }

    /// The different vectors of the cells of pictures, in their order.
    private static float[] different(VqModel base, List<byte[]> pictures) {
        int d = base.configuration().codeDim();
        Set<List<Float>> seen = new HashSet<>();
        float[] all = new float[pictures.size() * base.configuration().cells() * d];
        int length = 0;
        for (int from = 0; from < pictures.size(); from += 64) {
            byte[][] some =
                    pictures.subList(from, Math.min(pictures.size(), from + 64)).toArray(byte[][]::new);
            try (var scope = new PointerScope();
                    var guard = new NoGradGuard()) {
                float[] vectors = Parameters.toArray(VqModel.rows(
                        base.encode(Ops.pixels(some, base.configuration().imageSize()))));
                for (int row = 0; row < vectors.length / d; row++) {
                    Float[] key = new Float[d];
                    for (int i = 0; i < d; i++) key[i] = vectors[row * d + i];
                    if (!seen.add(Arrays.asList(key))) continue; // plain ground
                    System.arraycopy(vectors, row * d, all, length, d);
                    length += d;
                }
            }
        }
        return Arrays.copyOf(all, length);
    }

    private static float[] centres(float[] rows, int d, int count, RandomGenerator random) {
        int n = rows.length / d;
        if (n < count) throw new IllegalArgumentException("need at least " + count + " different cells, got " + n);
        return KMeans.centres(rows, d, count, ROUNDS, random, Device.CPU);
    }
}
