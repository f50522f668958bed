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

    /// How often example `index` is seen in pass `epoch`: the ratio on average, the same whenever it is asked.
    public static int copies(double ratio, long index, long epoch) {
        int whole = (int) ratio;
        long bits = (index * 0x9e3779b97f4a7c15L ^ epoch * 0xc2b2ae3d27d4eb4fL) * 0xff51afd7ed558ccdL;
        bits = (bits ^ bits >>> 33) * 0xc4ceb9fe1a85ec53L;
        double uniform = ((bits ^ bits >>> 33) >>> 11) * 0x1.0p-53;
        return uniform < ratio - whole ? whole + 1 : whole;
    }
}
