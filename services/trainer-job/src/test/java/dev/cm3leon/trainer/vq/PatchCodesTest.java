package dev.cm3leon.trainer.vq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
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

    @Test
    void ofMoreThanAreKeptSomeOfAllAreAndTheSameEachTime() {
        var few = new Patches(4, 2, 1, 40);
        var again = new Patches(4, 2, 1, 40);
        for (int i = 0; i < 100; i++) {
            few.add(shade(i));
            again.add(shade(i));
            if (i < 10) assertThat(few.different()).isEqualTo(i + 1);
        }

        assertThat(few.most()).isEqualTo(40);
        assertThat(few.different()).isLessThanOrEqualTo(40).isEqualTo(again.different());
        int[] kept = kept(few);
        assertThat(kept).isEqualTo(kept(again));
        assertThat(Arrays.stream(kept).filter(shade -> shade >= 50).count()).isBetween(10L, 30L);
        assertThat(new Patches(64, 64, 1).most()).isLessThan(Patches.MOST); // else they are too many numbers
    }

    /// The shades that codes show exactly where each patch has its own.
    private static int[] kept(Patches patches) {
        PatchCodes codes = patches.centres(1024);
        return IntStream.range(0, 100)
                .filter(i -> Arrays.equals(codes.decode(codes.encode(shade(i))), shade(i)))
                .toArray();
    }

    private static byte[] shade(int i) {
        byte[] cell = new byte[12];
        Arrays.fill(cell, (byte) (2 * i));
        return picture(cell, cell, cell, cell);
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
