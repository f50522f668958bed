package dev.cm3leon.metrics;

import java.util.Arrays;
import java.util.Random;

/// How sure a mean is, or a share of trials that belong together: what it would be for as many values, or groups, drawn
/// from the same ones, 1,000 times.
public final class Bootstrap {
    private static final int RESAMPLES = 1_000;
    private static final long SEED = 1;

    private Bootstrap() {}

    /// Between which two means this share of the resamples lies, such as 0.95; the same each time.
    public static Share.Interval ofMean(double[] values, double confidence) {
        double[] ones = new double[values.length];
        Arrays.fill(ones, 1);
        return ofRatio(values, ones, confidence);
    }

    /// The same of the sum of some values over the sum of others, of which two of one place are drawn together.
    public static Share.Interval ofRatio(double[] values, double[] of, double confidence) {
        if (values.length == 0) throw new IllegalArgumentException("need 1 value or more, got 0");
        if (values.length != of.length)
            throw new IllegalArgumentException(
                    "need as many values as what they are of, got %d and %d".formatted(values.length, of.length));
        if (!(confidence > 0 && confidence < 1))
            throw new IllegalArgumentException("need 0 < confidence < 1, got " + confidence);
        Random random = new Random(SEED);
        double[] ratios = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            int[] drawn = random.ints(values.length, 0, values.length).toArray();
            ratios[i] = Arrays.stream(drawn).mapToDouble(at -> values[at]).sum()
                    / Arrays.stream(drawn).mapToDouble(at -> of[at]).sum();
        }
        Arrays.sort(ratios);
        int outside = (int) Math.round((1 - confidence) / 2 * RESAMPLES);
        return new Share.Interval(ratios[outside], ratios[RESAMPLES - 1 - outside]);
    }
}
