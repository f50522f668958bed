package dev.cm3leon.trainer.vq;

import dev.cm3leon.trainer.torch.Device;

/// The plainest image tokenizer, which a learned one has to beat: the code of a cell is the nearest of some patches,
/// and that patch is what is drawn of it.
///
/// @param size of a picture, in pixels of a side
/// @param cell of one code
/// @param patches one after the other, row-major interleaved RGB in [-1, 1]; not copied
public record PatchCodes(int size, int cell, float[] patches) {

    /// How many codes there are.
    public int codes() {
        return patches.length / length();
    }

    /// The code of each cell, row by row.
    public int[] encode(byte[] rgb) {
        byte[] cells = cut(rgb, size, cell);
        float[] rows = new float[cells.length];
        for (int i = 0; i < cells.length; i++) rows[i] = value(cells[i]);
        return KMeans.nearest(rows, patches, length(), Device.CPU);
    }

    public byte[] decode(int[] codes) {
        byte[] rgb = new byte[3 * size * size];
        for (int at = 0; at < codes.length; at++)
            for (int i = 0; i < length(); i++)
                rgb[place(at, i, size, cell)] = (byte) Math.round((patches[codes[at] * length() + i] + 1) * 127.5f);
        return rgb;
    }

    private int length() {
        return 3 * cell * cell;
    }

    /// A picture's cells, one after the other.
    static byte[] cut(byte[] rgb, int size, int cell) {
        byte[] cells = new byte[rgb.length];
        int length = 3 * cell * cell;
        for (int i = 0; i < cells.length; i++) cells[i] = rgb[place(i / length, i % length, size, cell)];
        return cells;
    }

    /// Where the `i`-th byte of a cell is in its picture.
    private static int place(int at, int i, int size, int cell) {
        int across = size / cell, row = 3 * cell;
        int y = at / across * cell + i / row;
        return 3 * (y * size + at % across * cell) + i % row;
    }

    static float value(byte channel) {
        return (channel & 255) / 127.5f - 1;
    }
}
