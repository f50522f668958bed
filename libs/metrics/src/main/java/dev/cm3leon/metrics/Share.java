package dev.cm3leon.metrics;

import java.util.Locale;
import org.apache.commons.math3.special.Erf;

/// `hits` of `of`, and how sure that is.
public record Share(long hits, long of) {

    public Share {
        if (of < 1 || hits < 0 || hits > of) {
            throw new IllegalArgumentException("need 0 <= hits <= of and of >= 1, got %d of %d".formatted(hits, of));
        }
    }

    public record Interval(double low, double high) {}

    public double value() {
        return (double) hits / of;
    }

    /// The Wilson interval that holds the true share with this confidence, such as 0.95.
    public Interval wilson(double confidence) {
        if (!(confidence > 0 && confidence < 1)) {
            throw new IllegalArgumentException("need 0 < confidence < 1, got " + confidence);
        }
        double n = of, p = hits / n, z = Math.sqrt(2) * Erf.erfInv(confidence);
        double centre = p + z * z / (2 * n), half = z * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n));
        double low = hits == 0 ? 0 : (centre - half) / (1 + z * z / n);
        double high = hits == of ? 1 : (centre + half) / (1 + z * z / n);
        return new Interval(low, high);
    }

    /// `87.5 % [80.1, 92.4]`, at 95 %.
    @Override
    public String toString() {
        Interval interval = wilson(0.95);
        return String.format(
                Locale.ROOT, "%.1f %% [%.1f, %.1f]", 100 * value(), 100 * interval.low(), 100 * interval.high());
    }
}
