package dev.cm3leon.trainer.vq;

import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Ops;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Cells of pictures of training, each of the different ones counted. Where there are more than are kept, those that
/// are kept are drawn by chance.
public final class Patches {
    public static final int OF_A_PICTURE = 64, MOST = 200_000, ROUNDS = 8;
    private static final int MOST_VALUES = 1 << 28; // a gigabyte

    private final int size;
    private final int cell;
    private final long seed;
    private final int most;
    private final RandomGenerator random;
    private final RandomGenerator places;
    private final List<ByteBuffer> kept = new ArrayList<>();
    private long seen;

    /// @param size of the pictures, in pixels of a side
    /// @param cell of one code
    public Patches(int size, int cell, long seed) {
        this(size, cell, seed, MOST);
    }

    /// @param most of how many cells the different ones are counted
    Patches(int size, int cell, long seed, int most) {
        this.size = size;
        this.cell = cell;
        this.seed = seed;
        this.most = Math.min(most, MOST_VALUES / (3 * cell * cell));
        this.random = Ops.random(seed, "patches", 0);
        this.places = Ops.random(seed, "patches kept", 0);
    }

    /// Takes 64 of a picture's cells, by chance; all of them where it has no more.
    public void add(byte[] rgb) {
        byte[] cells = PatchCodes.cut(rgb, size, cell);
        int length = 3 * cell * cell, count = cells.length / length;
        random.ints(0, count)
                .distinct()
                .limit(Math.min(OF_A_PICTURE, count))
                .forEach(at -> keep(ByteBuffer.wrap(Arrays.copyOfRange(cells, at * length, (at + 1) * length))));
    }

    /// Each of all that were seen is kept with the same chance.
    private void keep(ByteBuffer patch) {
        seen++;
        if (kept.size() < most) {
            kept.add(patch);
            return;
        }
        long place = places.nextLong(seen);
        if (place < most) kept.set((int) place, patch);
    }

    private Map<ByteBuffer, Integer> times() {
        Map<ByteBuffer, Integer> times = new LinkedHashMap<>();
        for (ByteBuffer patch : kept) times.merge(patch, 1, Integer::sum);
        return times;
    }

    /// How many are kept at the most.
    public int most() {
        return most;
    }

    /// How many different ones there are.
    public int different() {
        return times().size();
    }

    /// The k-means centres, from different patches on, 8 rounds; no more of them than there are patches.
    public PatchCodes centres(int codes) {
        Map<ByteBuffer, Integer> times = times();
        int d = 3 * cell * cell, n = times.size();
        float[] rows = new float[n * d];
        int[] counts = new int[n];
        int row = 0;
        for (var patch : times.entrySet()) {
            for (int i = 0; i < d; i++)
                rows[row * d + i] = PatchCodes.value(patch.getKey().get(i));
            counts[row++] = patch.getValue();
        }
        RandomGenerator chosen = Ops.random(seed, "patch codes", codes);
        int[] first = chosen.ints(0, n).distinct().limit(Math.min(codes, n)).toArray();
        float[] centres = new float[first.length * d];
        for (int code = 0; code < first.length; code++) System.arraycopy(rows, first[code] * d, centres, code * d, d);
        KMeans.move(rows, counts, centres, ROUNDS, chosen, Device.CPU);
        return new PatchCodes(size, cell, centres);
    }
}
