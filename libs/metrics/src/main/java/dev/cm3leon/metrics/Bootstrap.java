package dev.cm3leon.metrics;

import java.util.Arrays;
import java.util.Random;

/// How sure a mean is: what it would be for as many values drawn from the same ones, 1,000 times.
public final class Bootstrap {
    private static final int RESAMPLES = 1_000;
    private static final long SEED = 1;

    private Bootstrap() {}

    /// Between which two means this share of the resamples lies, such as 0.95; the same each time.
    public static Share.Interval ofMean(double[] values, double confidence) {
        if (values.length == 0) throw new IllegalArgumentException("need 1 value or more, got 0");
        if (!(confidence > 0 && confidence < 1))
            throw new IllegalArgumentException("need 0 < confidence < 1, got " + confidence);
        Random random = new Random(SEED);
        double[] means = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++)
            means[i] = random.ints(values.length, 0, values.length)
                    .mapToDouble(at -> values[at])
                    .average()
                    .orElseThrow();
        Arrays.sort(means);
        int outside = (int) Math.round((1 - confidence) / 2 * RESAMPLES);
        return new Share.Interval(means[outside], means[RESAMPLES - 1 - outside]);
    }
}
