package dev.cm3leon.trainer.scenes;

import java.util.random.RandomGenerator;

/// Varies what is drawn on white, so that the encoder of search learns what two pictures of one thing have in common
/// rather than which pictures belong together.
public enum Variation {
    /// A little narrower, lower, turned and in another light.
    SLIGHT(2, 0.8, 1.05, 12, 0.07, 0, 0, false),
    /// Also moved, in another contrast and colour, and every other one mirrored.
    STRONG(8, 0.7, 1.1, 20, 0.2, 0.3, 4, true);

    private final int oneIn;
    private final double narrowest;
    private final double widest;
    private final double degrees;
    private final double colour;
    private final double contrast;
    private final double pixels;
    private final boolean mirrored;

    /// @param oneIn so many pictures stays as it is
    /// @param narrowest, widest of what width and height are multiplied by
    /// @param degrees that it is turned at most, to either side
    /// @param colour what each channel's ink is changed by at most, as a share
    /// @param contrast logarithm of the ink's exponent at most
    /// @param pixels that it is moved at most
    Variation(
            int oneIn,
            double narrowest,
            double widest,
            double degrees,
            double colour,
            double contrast,
            double pixels,
            boolean mirrored) {
        this.oneIn = oneIn;
        this.narrowest = narrowest;
        this.widest = widest;
        this.degrees = degrees;
        this.colour = colour;
        this.contrast = contrast;
        this.pixels = pixels;
        this.mirrored = mirrored;
    }

    /// @param rgb row-major, `side` x `side`
    public byte[] of(byte[] rgb, int side, RandomGenerator random) {
        if (random.nextInt(oneIn) == 0) return rgb;
        boolean mirror = mirrored && random.nextBoolean();
        double across = around(pixels, random), along = around(pixels, random);
        double exponent = Math.exp(around(contrast, random));
        double wide = random.nextDouble(narrowest, widest), high = random.nextDouble(narrowest, widest);
        double turn = Math.toRadians(around(degrees, random));
        double all = 1 + around(0.15, random);
        double[] light = new double[3];
        for (int c = 0; c < 3; c++) light[c] = all * (1 + around(colour, random));
        byte[] varied = new byte[rgb.length];
        double middle = (side - 1) / 2.0;
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                double right = ((mirror ? side - 1 - x : x) - middle + across) / wide;
                double down = (y - middle + along) / high;
                double u = middle + Math.cos(turn) * right + Math.sin(turn) * down;
                double v = middle + Math.cos(turn) * down - Math.sin(turn) * right;
                for (int c = 0; c < 3; c++) {
                    double ink = Math.max(0, 1 - between(rgb, side, u, v, c) / 255); // never a rounding below
                    double paper = 1 - light[c] * Math.pow(ink, exponent);
                    varied[3 * (y * side + x) + c] = (byte) Math.clamp(Math.round(255 * paper), 0, 255);
                }
            }
        }
        return varied;
    }

    /// Between `-most` and `most`.
    private static double around(double most, RandomGenerator random) {
        return most * (2 * random.nextDouble() - 1);
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
