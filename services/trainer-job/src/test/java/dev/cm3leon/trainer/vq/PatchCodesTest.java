package dev.cm3leon.trainer.vq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Pictures of 4 x 4 pixels with four cells.
class PatchCodesTest {
    private static final byte[] CHECKED = {0, 40, 80, (byte) 255, 7, 7, 9, 9, 9, 1, 2, 3}; // a cell, 2 x 2
    private static final byte[] BLACK = new byte[12];

    private final Patches patches = new Patches(4, 2, 1);

    @Test
    void twoPatchesAreKeptExactlyByTwoCodes() {
        byte[] picture = picture(CHECKED, BLACK, BLACK, CHECKED);
        patches.add(picture);
        assertThat(patches.different()).isEqualTo(2);

        for (int asked : new int[] {2, 1024}) {
            PatchCodes codes = patches.centres(asked);

            int[] encoded = codes.encode(picture);
            assertThat(codes.codes()).isEqualTo(2);
            assertThat(encoded[0]).isEqualTo(encoded[3]).isNotEqualTo(encoded[1]);
            assertThat(encoded[1]).isEqualTo(encoded[2]);
            assertThat(codes.decode(encoded)).isEqualTo(picture);
            byte[] other = picture(BLACK, BLACK, CHECKED, BLACK);
            assertThat(codes.decode(codes.encode(other))).isEqualTo(other);
        }
    }

    @Test
    void aCentreIsTheMeanOfAllItsCellsAndNotOfTheDifferentOnes() {
        byte[] white = new byte[12];
        Arrays.fill(white, (byte) 255);
        patches.add(picture(BLACK, BLACK, BLACK, white));

        PatchCodes one = patches.centres(1);

        assertThat(one.decode(new int[4])).containsOnly(64); // 255 / 4
    }

    /// A cell is two rows of two pixels.
    private static byte[] picture(byte[]... cells) {
        byte[] rgb = new byte[48];
        for (int at = 0; at < 4; at++)
            for (int row = 0; row < 2; row++)
                System.arraycopy(cells[at], 6 * row, rgb, 12 * (at / 2 * 2 + row) + 6 * (at % 2), 6);
        return rgb;
    }
}
