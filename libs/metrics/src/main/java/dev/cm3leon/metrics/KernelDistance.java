package dev.cm3leon.metrics;

/// The kernel distance of two sets of feature vectors (what KID is on Inception features): the unbiased squared MMD
/// with the kernel (a.b / d + 1) cubed. It can be negative.
public final class KernelDistance {

    private KernelDistance() {}

    /// @param x rows of features, at least two
    /// @param y rows of as many features
    public static double unbiased(float[][] x, float[][] y) {
        if (x.length < 2 || y.length < 2) {
            throw new IllegalArgumentException("need 2 rows or more, got %d and %d".formatted(x.length, y.length));
        }
        if (x[0].length != y[0].length) {
            throw new IllegalArgumentException(
                    "need as many features, got %d and %d".formatted(x[0].length, y[0].length));
        }
        return within(x) + within(y) - 2 * between(x, y);
    }

    private static double within(float[][] rows) {
        double sum = 0;
        for (int i = 0; i < rows.length; i++) for (int j = 0; j < i; j++) sum += 2 * kernel(rows[i], rows[j]);
        return sum / rows.length / (rows.length - 1);
    }

    private static double between(float[][] x, float[][] y) {
        double sum = 0;
        for (float[] a : x) for (float[] b : y) sum += kernel(a, b);
        return sum / x.length / y.length;
    }

    static double kernel(float[] a, float[] b) {
        double dot = 0;
        for (int c = 0; c < a.length; c++) dot += (double) a[c] * b[c];
        double base = dot / a.length + 1;
        return base * base * base;
    }
}
