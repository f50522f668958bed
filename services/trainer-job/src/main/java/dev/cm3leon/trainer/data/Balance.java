package dev.cm3leon.trainer.data;

import dev.cm3leon.corpora.SamplingRatios;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Datasets of so many examples each, the small ones seen more often and the large ones less often than their
/// size asks for, within the bounds of [SamplingRatios].
record Balance(Map<String, Long> sizes, Map<String, Double> ratios) {
    Balance(Map<String, Long> sizes) {
        this(sizes, SamplingRatios.of(sizes));
    }

    /// A dataset, as often as it has examples times its ratio.
    String pick(RandomGenerator random) {
        double all = 0;
        for (String name : sizes.keySet()) all += weight(name);
        double at = random.nextDouble() * all;
        String last = "";
        for (String name : sizes.keySet()) {
            last = name;
            if ((at -= weight(name)) < 0) break;
        }
        return last;
    }

    private double weight(String name) {
        return sizes.getOrDefault(name, 0L) * ratios.getOrDefault(name, 0.0);
    }
}
