package dev.cm3leon.trainer.scenes;

import java.util.random.RandomGenerator;

/// Varies what is drawn on white, so that the encoder of search learns what two pictures of one thing have in common
/// rather than which pictures belong together.
public final class Variation {
    private Variation() {}

    /// Every other one a little narrower, lower, turned and in another light.
    ///
    /// @param rgb row-major, `side` x `side`
    public static byte[] of(byte[] rgb, int side, RandomGenerator random) {
        if (random.nextBoolean()) return rgb;
        double wide = 0.8 + 0.25 * random.nextDouble(), high = 0.8 + 0.25 * random.nextDouble();
        double turn = Math.toRadians(24 * random.nextDouble() - 12);
        double[] light = random.doubles(3, 0.93, 1.07).toArray();
        double all = 0.85 + 0.3 * random.nextDouble();
        for (int c = 0; c < 3; c++) light[c] *= all;
        byte[] varied = new byte[rgb.length];
        double middle = (side - 1) / 2.0;
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                double right = (x - middle) / wide, down = (y - middle) / high;
                double u = middle + Math.cos(turn) * right + Math.sin(turn) * down;
                double v = middle + Math.cos(turn) * down - Math.sin(turn) * right;
                for (int c = 0; c < 3; c++) {
                    double ink = light[c] * (255 - between(rgb, side, u, v, c));
                    varied[3 * (y * side + x) + c] = (byte) Math.clamp(Math.round(255 - ink), 0, 255);
                }
            }
        }
        return varied;
    }

    /// A channel between four pixels, by their distances; white beyond the border.
    private static double between(byte[] rgb, int side, double u, double v, int c) {
        int left = (int) Math.floor(u), top = (int) Math.floor(v);
        double right = u - left, down = v - top;
        return (1 - down) * ((1 - right) * at(rgb, side, left, top, c) + right * at(rgb, side, left + 1, top, c))
                + down * ((1 - right) * at(rgb, side, left, top + 1, c) + right * at(rgb, side, left + 1, top + 1, c));
    }

    private static int at(byte[] rgb, int side, int u, int v, int c) {
        boolean inside = u >= 0 && v >= 0 && u < side && v < side;
        return inside ? rgb[3 * (v * side + u) + c] & 255 : 255;
    }
}
