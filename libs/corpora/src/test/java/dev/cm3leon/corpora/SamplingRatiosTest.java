package dev.cm3leon.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplingRatiosTest {

    @Test
    void claim34RatiosStayBetweenThreeTenthsAndThree() {
        var random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            var sizes = new LinkedHashMap<String, Long>();
            int datasets = 1 + random.nextInt(17);
            for (int d = 0; d < datasets; d++) sizes.put("d" + d, 1 + (long) Math.pow(10, random.nextDouble() * 7));

            Map<String, Double> ratios = SamplingRatios.of(sizes);

            assertThat(ratios.keySet()).containsExactlyElementsOf(sizes.keySet());
            assertThat(ratios.values()).allMatch(ratio -> ratio >= 0.3 && ratio <= 3);
            double mean = sizes.values().stream().mapToLong(n -> n).average().orElseThrow();
            ratios.forEach((name, ratio) -> {
                if (ratio > 0.3 && ratio < 3)
                    assertThat(ratio * sizes.get(name)).isCloseTo(mean, within(1e-6 * mean));
            });
        }
    }

    @Test
    void claim34TheSizesOfTable5AreBalanced() {
        Map<String, Double> ratios =
                SamplingRatios.of(Map.of("objects", 3_000_000L, "vqa2", 1_300_000L, "science", 6_000L));

        assertThat(ratios.get("objects")).isCloseTo(0.478, within(1e-3));
        assertThat(ratios.get("vqa2")).isCloseTo(1.104, within(1e-3));
        assertThat(ratios.get("science")).isEqualTo(3);
        assertThatThrownBy(() -> SamplingRatios.of(Map.of("empty", 0L))).hasMessageContaining("empty, got 0");
    }
}
