package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Portrait;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Portraits as training shows them, and which of them is most like a picture: the baseline of a model that remembers
/// and does not compose. Squared differences over pictures shrunk to 16 x 16.
final class Gallery {

    private static final int SIDE = 16, BLOCK = Avatars.SIZE / SIDE;

    private final List<Portrait> portraits = new ArrayList<>();
    private final List<short[]> small = new ArrayList<>();

    Gallery(int size, long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < size; i++) {
            portraits.add(Portrait.forTraining(random));
            small.add(shrunk(Avatars.draw(portraits.get(i))));
        }
    }

    /// @param rgb 64 x 64, interleaved
    Portrait nearest(byte[] rgb) {
        short[] asked = shrunk(rgb);
        int best = 0;
        long least = Long.MAX_VALUE;
        for (int i = 0; i < small.size(); i++) {
            long distance = distance(asked, small.get(i), least);
            if (distance < least) {
                least = distance;
                best = i;
            }
        }
        return portraits.get(best);
    }

    /// Of some use only where it is below `enough`.
    private static long distance(short[] a, short[] b, long enough) {
        long sum = 0;
        for (int row = 0; row < SIDE && sum < enough; row++)
            for (int i = row * SIDE * 3; i < (row + 1) * SIDE * 3; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }

    /// Sums over blocks of 4 x 4.
    private static short[] shrunk(byte[] rgb) {
        short[] sums = new short[SIDE * SIDE * 3];
        for (int i = 0; i < rgb.length; i++) {
            int x = i / 3 % Avatars.SIZE, y = i / 3 / Avatars.SIZE;
            sums[3 * (y / BLOCK * SIDE + x / BLOCK) + i % 3] += (short) (rgb[i] & 255);
        }
        return sums;
    }
}
