package dev.cm3leon.trainer.vq;

import dev.cm3leon.trainer.torch.Device;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/// Lloyd's k-means. N rows, K centres, D numbers each.
final class KMeans {
    private static final int AT_ONCE = 8192;

    private KMeans() {}

    /// So many centres, which start at some of the rows (N, D); each row counts once.
    static float[] centres(float[] rows, int d, int count, int rounds, RandomGenerator random, Device device) {
        int n = rows.length / d;
        float[] centres = new float[count * d];
        for (int code = 0; code < count; code++) System.arraycopy(rows, random.nextInt(n) * d, centres, code * d, d);
        int[] once = new int[n];
        Arrays.fill(once, 1);
        move(rows, once, centres, rounds, random, device);
        return centres;
    }

    /// Moves centres to the means of the rows that are nearest to them, so many times. A centre without rows becomes
    /// one of them.
    ///
    /// @param rows (N, D)
    /// @param times how often each row counts
    /// @param centres (K, D), from where they start
    static void move(float[] rows, int[] times, float[] centres, int rounds, RandomGenerator random, Device device) {
        int n = times.length, d = rows.length / n, count = centres.length / d;
        for (int round = 0; round < rounds; round++) {
            int[] ids = nearest(rows, centres, d, device);
            double[] sum = new double[count * d];
            long[] size = new long[count];
            for (int row = 0; row < n; row++) {
                size[ids[row]] += times[row];
                for (int i = 0; i < d; i++) sum[ids[row] * d + i] += (double) times[row] * rows[row * d + i];
            }
            for (int code = 0; code < count; code++) {
                int fresh = random.nextInt(n);
                for (int i = 0; i < d; i++)
                    centres[code * d + i] =
                            size[code] > 0 ? (float) (sum[code * d + i] / size[code]) : rows[fresh * d + i];
            }
        }
    }

    /// The nearest centre of each row, ties to the lowest.
    static int[] nearest(float[] rows, float[] centres, int d, Device device) {
        int n = rows.length / d;
        long[] ids = new long[n];
        try (var scope = new PointerScope();
                var guard = new NoGradGuard()) {
            Tensor all = device.tensor(centres, centres.length / d, d);
            for (int from = 0; from < n; from += AT_ONCE) {
                int some = Math.min(AT_ONCE, n - from);
                Tensor part = device.tensor(Arrays.copyOfRange(rows, from * d, (from + some) * d), some, d);
                Device.copy(VqModel.nearest(part, all), ids, from);
            }
        }
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }
}
