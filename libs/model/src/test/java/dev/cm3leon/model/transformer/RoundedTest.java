package dev.cm3leon.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundedTest {

    @Test
    void placesBeyondTwoToThePowerOf28AreFound() {
        assertThat(Rounded.index(1 << 28, 8)).isEqualTo(1 << 28);
        assertThat(Rounded.index((1 << 29) + 1, 4)).isEqualTo(1 << 28);
        assertThat(Rounded.shift((1 << 29) + 1, 4)).isEqualTo(4);
    }

    /// Blocks of 32 inputs, the last of them with 8.
    @ParameterizedTest
    @ValueSource(ints = {8, 4})
    void everyWeightIsTheNearestThatItsBlockHolds(int bits) {
        int out = 3, in = 72, blocks = 3, zero = 1 << (bits - 1);
        var random = new Random(1);
        var weights = new float[out * in];
        for (int i = 0; i < weights.length; i++) weights[i] = (i / 32 + 1) * (float) random.nextGaussian();
        for (int i = 0; i < 32; i++) weights[in + i] = 0; // a block of nothing

        Rounded rounded = Rounded.of(weights, out, in, bits);

        assertThat(rounded.scales()).hasSize(out * blocks);
        assertThat(Rounded.bytes(out, in, bits)).isEqualTo(rounded.values().length + 4L * rounded.scales().length);
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < in; i++) {
                int block = o * blocks + i / 32, at = (block * 32 + i % 32) * bits;
                int q = (rounded.values()[at / 8] & 0xff) >> (at % 8) & ((1 << bits) - 1);
                float scale = rounded.scales()[block];
                assertThat(scale * (q - zero)).isCloseTo(weights[o * in + i], within(scale / 2 + 1e-6f));
            }
        }
    }
}
