package dev.cm3leon.decoding;

/// Philox4x32-10 (Salmon et al. 2011): randomness without a state, a function of a key and a counter. The key is
/// the seed, the counter is (candidate, position), so that every token of every candidate has its own number,
/// whatever else is decoded and in whichever order.
public final class Philox {
    private static final int M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85, ROUNDS = 10;

    private final long seed;
    private final int[] words = new int[4];

    public Philox(long seed) {
        this.seed = seed;
    }

    /// A number in [0, 1) with 53 random bits.
    public double uniform(int candidate, int position) {
        words[0] = candidate;
        words[1] = position;
        words[2] = 0;
        words[3] = 0;
        block(words, (int) seed, (int) (seed >>> 32));
        long bits = (long) words[0] << 32 | words[1] & 0xffffffffL;
        return (bits >>> 11) * 0x1p-53;
    }

    /// Turns a counter into four random words, in place.
    static void block(int[] counter, int key0, int key1) {
        int c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = (M0 & 0xffffffffL) * (c0 & 0xffffffffL), p1 = (M1 & 0xffffffffL) * (c2 & 0xffffffffL);
            c0 = (int) (p1 >>> 32) ^ c1 ^ key0;
            c1 = (int) p1;
            c2 = (int) (p0 >>> 32) ^ c3 ^ key1;
            c3 = (int) p0;
            key0 += W0;
            key1 += W1;
        }
        counter[0] = c0;
        counter[1] = c1;
        counter[2] = c2;
        counter[3] = c3;
    }
}
