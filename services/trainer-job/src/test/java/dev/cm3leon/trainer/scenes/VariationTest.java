package dev.cm3leon.trainer.scenes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VariationTest {
    private static final int SIDE = 64;

    @ParameterizedTest
    @EnumSource(Variation.class)
    void whatIsVariedStaysOnWhiteAndIsAsOftenLeftAsItSays(Variation variation) {
        byte[] picture = square();
        Random random = new Random(1);
        int same = 0;
        for (int i = 0; i < 800; i++) {
            byte[] varied = variation.of(picture, SIDE, random);
            if (Arrays.equals(varied, picture)) same++;
            assertThat(ink(varied)).isBetween(ink(picture) / 6, 2 * ink(picture));
            assertThat(varied[0]).isEqualTo((byte) 255);
        }
        assertThat(same).isBetween(variation == Variation.SLIGHT ? 340 : 60, variation == Variation.SLIGHT ? 460 : 140);
    }

    @ParameterizedTest
    @EnumSource(Variation.class)
    void onlyTheStrongOneMirrors(Variation variation) {
        byte[] left = new byte[3 * SIDE * SIDE];
        Arrays.fill(left, (byte) 255);
        for (int y = 24; y < 40; y++)
            for (int x = 8; x < 20; x++) Arrays.fill(left, 3 * (y * SIDE + x), 3 * (y * SIDE + x) + 3, (byte) 0);
        Random random = new Random(2);
        long mirrored = IntStream.range(0, 400)
                .filter(i -> {
                    byte[] varied = variation.of(left, SIDE, random);
                    double sum = 0;
                    for (int p = 0; p < SIDE * SIDE; p++) sum += (255 - (varied[3 * p] & 255)) * (p % SIDE - 31.5);
                    return sum > 0;
                })
                .count();
        if (variation == Variation.SLIGHT) assertThat(mirrored).isZero();
        else assertThat(mirrored).isBetween(130L, 220L);
    }

    private static byte[] square() {
        byte[] rgb = new byte[3 * SIDE * SIDE];
        Arrays.fill(rgb, (byte) 255);
        for (int y = 20; y < 44; y++)
            for (int x = 20; x < 44; x++) Arrays.fill(rgb, 3 * (y * SIDE + x), 3 * (y * SIDE + x) + 3, (byte) 60);
        return rgb;
    }

    private static double ink(byte[] rgb) {
        double sum = 0;
        for (byte channel : rgb) sum += 255 - (channel & 255);
        return sum;
    }
}
