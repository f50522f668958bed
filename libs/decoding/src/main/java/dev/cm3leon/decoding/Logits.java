package dev.cm3leon.decoding;

import java.util.Arrays;

/// Functions of the first `n` values of an array of logits; `-inf` is what cannot be drawn.
public final class Logits {
    private Logits() {}

    /// Divides by a temperature > 0.
    public static void temperature(float[] logits, int n, double temperature) {
        if (temperature == 1) return;
        for (int i = 0; i < n; i++) logits[i] = (float) (logits[i] / temperature);
    }

    /// log of the sum of exp.
    public static double logSumExp(float[] logits, int n) {
        float max = max(logits, n);
        if (max == Float.NEGATIVE_INFINITY) return max;
        double sum = 0;
        for (int i = 0; i < n; i++) if (logits[i] != Float.NEGATIVE_INFINITY) sum += Math.exp((double) logits[i] - max);
        return max + Math.log(sum);
    }

    /// Nucleus: the least probable (of equals the lower index first) are removed while together they have at most
    /// `1 - p`; one at least is kept.
    ///
    /// @param keys scratch of n at least
    public static void topP(float[] logits, int n, double p, long[] keys) {
        if (p >= 1) return;
        double logSum = logSumExp(logits, n), rest = 1 - p, removed = 0;
        // what has less than its share of the rest is removed in any case: it need not be sorted
        double share = rest / n * (1 - 1e-9);
        int candidates = 0;
        for (int i = 0; i < n; i++) {
            double probability = Math.exp(logits[i] - logSum);
            if (probability < share) {
                removed += probability;
                logits[i] = Float.NEGATIVE_INFINITY;
            } else {
                keys[candidates++] = (long) ordered(logits[i]) << 32 | i;
            }
        }
        Arrays.sort(keys, 0, candidates);
        for (int c = 0; c < candidates - 1; c++) {
            int i = (int) keys[c];
            removed += Math.exp(logits[i] - logSum);
            if (removed > rest) return;
            logits[i] = Float.NEGATIVE_INFINITY;
        }
    }

    /// Removes what has less than `share` of the largest probability among other logits of the same ids.
    ///
    /// @param judges logits that say how probable each is; 0 as `share` removes nothing
    public static void minP(float[] logits, float[] judges, int n, double share) {
        if (share == 0) return;
        double least = max(judges, n) + Math.log(share);
        for (int i = 0; i < n; i++) if (judges[i] < least) logits[i] = Float.NEGATIVE_INFINITY;
    }

    /// Keeps what is as large as the k-th largest value, equals of it included.
    ///
    /// @param scratch of n at least
    public static void topK(float[] logits, int n, int k, float[] scratch) {
        if (k >= n) return;
        float least = kthLargest(logits, n, k, scratch);
        for (int i = 0; i < n; i++) if (logits[i] < least) logits[i] = Float.NEGATIVE_INFINITY;
    }

    /// The k-th largest value (k from 1; of equals each counts).
    ///
    /// @param scratch of n at least
    public static float kthLargest(float[] values, int n, int k, float[] scratch) {
        if (k == 1) return max(values, n);
        System.arraycopy(values, 0, scratch, 0, n);
        Arrays.sort(scratch, 0, n);
        return scratch[n - Math.min(k, n)];
    }

    /// Draws an index by its softmax probability.
    ///
    /// @param uniform in [0, 1): the only randomness
    /// @throws IllegalArgumentException when the largest is not finite, or one is no number
    public static int sample(float[] logits, int n, double uniform) {
        float max = max(logits, n);
        if (!Float.isFinite(max)) {
            throw new IllegalArgumentException("need a finite logit among %d, got %s".formatted(n, max));
        }
        double sum = 0;
        for (int i = 0; i < n; i++) if (logits[i] != Float.NEGATIVE_INFINITY) sum += Math.exp((double) logits[i] - max);
        double left = uniform * sum;
        int last = 0;
        for (int i = 0; i < n; i++) {
            if (logits[i] == Float.NEGATIVE_INFINITY) continue;
            double weight = Math.exp((double) logits[i] - max);
            if (weight == 0) continue;
            last = i;
            left -= weight;
            if (left < 0) return i;
        }
        return last;
    }

    static float max(float[] logits, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) max = Math.max(max, logits[i]);
        return max;
    }

    /// Bits that compare as integers the way floats do.
    private static int ordered(float value) {
        int bits = Float.floatToIntBits(value);
        return bits < 0 ? bits ^ 0x7fffffff : bits;
    }
}
