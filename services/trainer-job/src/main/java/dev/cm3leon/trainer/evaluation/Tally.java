package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Portrait;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// How often each attribute was right. An attribute that the true portrait does not show does not count.
final class Tally {

    private final Map<Attribute, long[]> counts = new EnumMap<>(Attribute.class);
    private long pictures;
    private long allRight;
    private long fixedRight;
    private long freeRight;

    /// Counts one picture.
    ///
    /// @param read the word for each attribute that was seen; a missing one is wrong
    void add(Portrait truth, Map<Attribute, String> read) {
        pictures++;
        boolean fixed = true, free = true;
        for (Attribute attribute : Attribute.values()) {
            String shown = truth.values().get(attribute);
            if (shown == null) continue;
            boolean right = shown.equals(read.get(attribute));
            long[] count = counts.computeIfAbsent(attribute, any -> new long[2]);
            if (right) count[0]++;
            count[1]++;
            if (attribute.fixed()) fixed &= right;
            else free &= right;
        }
        if (fixed) fixedRight++;
        if (free) freeRight++;
        if (fixed && free) allRight++;
    }

    long pictures() {
        return pictures;
    }

    double allRight() {
        return share(allRight, pictures);
    }

    double fixedRight() {
        return share(fixedRight, pictures);
    }

    double freeRight() {
        return share(freeRight, pictures);
    }

    double accuracy(Attribute attribute) {
        long @Nullable [] count = counts.get(attribute);
        return count == null ? Double.NaN : share(count[0], count[1]);
    }

    /// The mean of the accuracies of some attributes.
    double mean(Predicate<Attribute> which) {
        return counts.keySet().stream().filter(which).mapToDouble(this::accuracy).average().orElse(Double.NaN);
    }

    double mean() {
        return mean(any -> true);
    }

    private static double share(long part, long whole) {
        return whole == 0 ? Double.NaN : (double) part / whole;
    }

    /// Half the width of the 95 % Wilson interval of a share.
    static double wilson(double share, long n) {
        double z = 1.96, nn = n;
        return z / (1 + z * z / nn) * Math.sqrt(share * (1 - share) / nn + z * z / (4 * nn * nn));
    }
}
