package dev.cm3leon.trainer.avatars;

import dev.cm3leon.metrics.Share;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// How many attributes came out as asked; what cannot be seen on a portrait is not counted.
///
/// @param byAttribute share of right answers for each attribute that was counted at all
/// @param mean of these shares
/// @param allRight share of pictures on which every counted attribute is right
public record Score(Map<Attribute, Share> byAttribute, double mean, Share allRight) {

    public Score {
        byAttribute = Map.copyOf(byAttribute);
    }

    /// Compares what was read with what was asked for, on these attributes: one picture at least.
    public static Score of(List<Portrait> asked, List<Map<Attribute, String>> read, Set<Attribute> attributes) {
        if (asked.size() != read.size()) {
            throw new IllegalArgumentException(
                    "need one reading a portrait, got %d and %d".formatted(read.size(), asked.size()));
        }
        Map<Attribute, int[]> counts = new EnumMap<>(Attribute.class); // right, counted
        int allRight = 0;
        for (int i = 0; i < asked.size(); i++) {
            boolean all = true;
            for (var entry : asked.get(i).values().entrySet()) {
                if (!attributes.contains(entry.getKey())) continue;
                boolean right = entry.getValue().equals(read.get(i).get(entry.getKey()));
                int[] count = counts.computeIfAbsent(entry.getKey(), a -> new int[2]);
                if (right) count[0]++;
                count[1]++;
                all &= right;
            }
            if (all) allRight++;
        }
        Map<Attribute, Share> shares = new EnumMap<>(Attribute.class);
        counts.forEach((attribute, count) -> shares.put(attribute, new Share(count[0], count[1])));
        double mean =
                shares.values().stream().mapToDouble(Share::value).average().orElse(0);
        return new Score(shares, mean, new Share(allRight, asked.size()));
    }
}
