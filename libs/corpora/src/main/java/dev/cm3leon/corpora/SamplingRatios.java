package dev.cm3leon.corpora;

import java.util.LinkedHashMap;
import java.util.Map;

/// How often each dataset of a fine-tuning mixture is seen in one pass, so that large ones do not drown small ones
/// (appendix E.1): every dataset the mean size, but none more than three times nor less than 0.3 times.
public final class SamplingRatios {
    public static final double LEAST = 0.3, MOST = 3;

    private SamplingRatios() {}

    /// @param sizes examples of each dataset
    public static Map<String, Double> of(Map<String, Long> sizes) {
        sizes.forEach((name, size) -> {
            if (size < 1)
                throw new IllegalArgumentException("need at least one example of %s, got %d".formatted(name, size));
        });
        double mean =
                sizes.values().stream().mapToLong(Long::longValue).average().orElse(0);
        var ratios = new LinkedHashMap<String, Double>();
        sizes.forEach((name, size) -> ratios.put(name, Math.clamp(mean / size, LEAST, MOST)));
        return ratios;
    }
}
