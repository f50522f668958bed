package dev.cm3leon.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PhiloxTest {

    /// The published vectors of philox4x32-10.
    @Test
    void givesThePublishedAnswers() {
        assertThat(block(0, 0, 0, 0, 0, 0)).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(block(-1, -1, -1, -1, -1, -1)).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertThat(block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    @Test
    void everyCandidateAndPositionHasItsOwnNumber() {
        Set<Double> seen = new HashSet<>();
        double sum = 0;
        for (long seed : new long[] {0, 1, -1, 1L << 32}) {
            var random = new Philox(seed);
            for (int candidate = 0; candidate < 20; candidate++) {
                for (int position = 0; position < 500; position++) {
                    double u = random.uniform(candidate, position);
                    assertThat(u).isBetween(0.0, Math.nextDown(1.0));
                    assertThat(random.uniform(candidate, position)).isEqualTo(u);
                    seen.add(u);
                    sum += u;
                }
            }
        }
        assertThat(seen).hasSize(40_000);
        assertThat(sum / 40_000).isCloseTo(0.5, within(0.005));
    }

    private static int[] block(int c0, int c1, int c2, int c3, int key0, int key1) {
        int[] words = {c0, c1, c2, c3};
        Philox.block(words, key0, key1);
        return words;
    }
}
