package dev.cm3leon.trainer.vq;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Where pictures come from, interleaved RGB.
///
/// @param learned draws one to learn from
/// @param scored draws one to be scored on
public record Pictures(Function<RandomGenerator, byte[]> learned, Function<RandomGenerator, byte[]> scored) {

    /// So many different ones that none is seen twice.
    public static Pictures endless(Function<RandomGenerator, byte[]> picture) {
        return new Pictures(picture, picture);
    }

    /// Parts of `part` x `part` pixels of those learned from: of three places on the cells' borders the one whose
    /// neighbouring pixels differ most, for most of a picture is plain.
    Pictures parts(int size, int part) {
        return new Pictures(
                random -> {
                    byte[] whole = learned.apply(random), best = new byte[0];
                    long most = -1;
                    for (int place = 0; place < 3; place++) {
                        int left = 8 * random.nextInt((size - part) / 8 + 1),
                                top = 8 * random.nextInt((size - part) / 8 + 1);
                        byte[] rgb = new byte[3 * part * part];
                        for (int y = 0; y < part; y++)
                            System.arraycopy(whole, 3 * ((top + y) * size + left), rgb, 3 * y * part, 3 * part);
                        long detail = detail(rgb);
                        if (detail <= most) continue;
                        most = detail;
                        best = rgb;
                    }
                    return best;
                },
                scored);
    }

    private static long detail(byte[] rgb) {
        long sum = 0;
        for (int i = 3; i < rgb.length; i++) sum += Math.abs((rgb[i] & 255) - (rgb[i - 3] & 255));
        return sum;
    }

    /// The different ones among the first that are drawn: as many, or all there seem to be.
    static byte[][] different(Function<RandomGenerator, byte[]> picture, RandomGenerator random, int count) {
        Map<ByteBuffer, byte[]> seen = new LinkedHashMap<>();
        for (int drawn = 0; seen.size() < count && drawn < 8 * count; drawn++) {
            byte[] rgb = picture.apply(random);
            seen.putIfAbsent(ByteBuffer.wrap(rgb), rgb);
        }
        return seen.values().toArray(byte[][]::new);
    }

    static byte[][] some(Function<RandomGenerator, byte[]> picture, RandomGenerator random, int count) {
        byte[][] pictures = new byte[count][];
        for (int i = 0; i < count; i++) pictures[i] = picture.apply(random);
        return pictures;
    }
}
