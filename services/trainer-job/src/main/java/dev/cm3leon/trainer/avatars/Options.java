package dev.cm3leon.trainer.avatars;

import java.util.List;
import java.util.random.RandomGenerator;

/// Choosing among few things, the same way everywhere.
public final class Options {
    private Options() {}

    public static <T> T pick(T[] options, RandomGenerator random) {
        return options[random.nextInt(options.length)];
    }

    public static <T> T pick(List<T> options, RandomGenerator random) {
        return options.get(random.nextInt(options.size()));
    }

    public static <T> void shuffle(List<T> list, RandomGenerator random) {
        for (int i = list.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            T other = list.set(j, list.get(i));
            list.set(i, other);
        }
    }

    /// Spreads the bits of a hash (the finalizer of MurmurHash3).
    public static int mix(int h) {
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }
}
