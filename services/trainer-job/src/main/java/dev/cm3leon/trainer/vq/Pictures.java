package dev.cm3leon.trainer.vq;

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

    static byte[][] some(Function<RandomGenerator, byte[]> picture, RandomGenerator random, int count) {
        byte[][] pictures = new byte[count][];
        for (int i = 0; i < count; i++) pictures[i] = picture.apply(random);
        return pictures;
    }
}
