package dev.cm3leon.model.transformer;

/// A weight matrix in the form of ONNX Runtime's `MatMulNBits`: each output's inputs in blocks, a value being
/// `scale * (q - zero)` with `zero` in the middle of what `bits` can hold.
///
/// @param values (out, blocks, `BLOCK * bits / 8`), the earlier of two values of a byte in its lower half
/// @param scales (out, blocks)
record Rounded(byte[] values, float[] scales) {

    static final int BLOCK = 32;

    static int blocks(int in) {
        return (in + BLOCK - 1) / BLOCK;
    }

    static long bytes(long out, int in, int bits) {
        return out * blocks(in) * (BLOCK * bits / 8 + Float.BYTES);
    }

    /// @param weights (out, in)
    static Rounded of(float[] weights, int out, int in, int bits) {
        int blocks = blocks(in), zero = 1 << (bits - 1), most = zero - 1;
        var values = new byte[out * blocks * (BLOCK * bits / 8)];
        var scales = new float[out * blocks];
        for (int o = 0; o < out; o++) {
            for (int block = 0; block < blocks; block++) {
                int from = o * in + block * BLOCK, to = Math.min(from + BLOCK, (o + 1) * in);
                float largest = 0;
                for (int i = from; i < to; i++) largest = Math.max(largest, Math.abs(weights[i]));
                float scale = largest / most;
                int place = o * blocks + block;
                scales[place] = scale;
                for (int i = 0; i < BLOCK; i++) {
                    float weight = from + i < to ? weights[from + i] : 0;
                    int q = zero + (scale == 0 ? 0 : Math.round(weight / scale));
                    int cell = place * BLOCK + i;
                    values[index(cell, bits)] |= (byte) (q << shift(cell, bits));
                }
            }
        }
        return new Rounded(values, scales);
    }

    /// Byte of a value.
    static int index(int cell, int bits) {
        return bits == 8 ? cell : cell / 2;
    }

    /// Bit of it there.
    static int shift(int cell, int bits) {
        return bits == 8 ? 0 : cell % 2 * 4;
    }
}
