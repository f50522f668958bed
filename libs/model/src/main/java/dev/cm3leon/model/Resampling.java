package dev.cm3leon.model;

import java.util.Arrays;

/// Resizes the way Pillow does, bit for bit: a kernel that widens when the picture shrinks, the horizontal pass first,
/// weights as integers, and 8 bits after each pass. Encoders that were trained on pictures so made see what they
/// know.
public enum Resampling {
    /// With a = -0.5.
    BICUBIC(2),
    LANCZOS(3);

    private static final int PRECISION = 22;

    private final double support;

    Resampling(double support) {
        this.support = support;
    }

    /// What one pass makes: `length` places from `first` on of a side of `in` pixels that is brought to `out`.
    private record Side(int in, long out, long first, int length) {

        static Side middle(int in, long out, int length) {
            return new Side(in, out, (out - length) / 2, length);
        }

        double scale() {
            return (double) in / out;
        }

        double stretch() {
            return Math.max(1, scale());
        }

        double centre(int place) {
            return (first + place + 0.5) * scale();
        }

        /// The first pixel that a place is made of.
        int from(int place, double support) {
            return Math.max(0, (int) (centre(place) - support * stretch() + 0.5));
        }

        /// The pixel after the last.
        int to(int place, double support) {
            return Math.min(in, (int) (centre(place) + support * stretch() + 0.5));
        }
    }

    /// To exactly this size.
    public RgbImage resize(RgbImage image, int width, int height) {
        return resizeAndCrop(image, width, height, width, height);
    }

    /// The shorter side to this length, the longer in proportion, rounded down, and the middle of that.
    public RgbImage resizeShortSideAndCrop(RgbImage image, int side, int width, int height) {
        boolean tall = image.width() <= image.height();
        long longer = (long) side * Math.max(image.width(), image.height()) / Math.min(image.width(), image.height());
        return tall
                ? resizeAndCrop(image, side, longer, width, height)
                : resizeAndCrop(image, longer, side, width, height);
    }

    /// To a size, and the middle of that, margins rounded down. Nothing beside the middle is made: a long thin image
    /// takes no more memory than another.
    public RgbImage resizeAndCrop(RgbImage image, long wide, long high, int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("need a size of 1 x 1 or more, got %d x %d".formatted(width, height));
        }
        if (width > wide || height > high) {
            throw new IllegalArgumentException(
                    "need at least %d x %d pixels, got %d x %d".formatted(width, height, wide, high));
        }
        Side columns = Side.middle(image.width(), wide, width), rows = Side.middle(image.height(), high, height);
        int top = rows.from(0, support), bottom = rows.to(height - 1, support);
        RgbImage narrow = horizontal(rows(image, top, bottom), columns, 0);
        return turned(horizontal(turned(narrow), rows, top));
    }

    private static RgbImage rows(RgbImage image, int top, int bottom) {
        if (bottom - top == image.height()) return image;
        int row = 3 * image.width();
        return new RgbImage(image.width(), bottom - top, Arrays.copyOfRange(image.rgb(), top * row, bottom * row));
    }

    /// @param skipped pixels of the side that the image lacks on its left
    private RgbImage horizontal(RgbImage image, Side side, int skipped) {
        int in = image.width(), height = image.height(), width = side.length();
        byte[] rgb = new byte[3 * width * height];
        for (int x = 0; x < width; x++) {
            int from = side.from(x, support), to = side.to(x, support);
            int[] weights = weights(from, to, side.centre(x), side.stretch());
            for (int y = 0; y < height; y++) {
                for (int c = 0; c < 3; c++) {
                    int sum = 1 << PRECISION - 1;
                    for (int u = from; u < to; u++) {
                        sum += (image.rgb()[3 * (y * in + u - skipped) + c] & 0xff) * weights[u - from];
                    }
                    rgb[3 * (y * width + x) + c] = (byte) Math.clamp(sum >> PRECISION, 0, 255);
                }
            }
        }
        return new RgbImage(width, height, rgb);
    }

    private int[] weights(int from, int to, double centre, double stretch) {
        double[] values = new double[to - from];
        double sum = 0;
        for (int i = 0; i < values.length; i++) sum += values[i] = kernel((from + i - centre + 0.5) / stretch);
        int[] weights = new int[values.length];
        for (int i = 0; i < weights.length; i++) {
            double weight = values[i] / sum * (1 << PRECISION);
            weights[i] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
        }
        return weights;
    }

    private double kernel(double at) {
        double x = Math.abs(at);
        if (x >= support) return 0;
        return switch (this) {
            case BICUBIC -> x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
            case LANCZOS -> sinc(x) * sinc(x / 3);
        };
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }

    /// Rows as columns.
    private static RgbImage turned(RgbImage image) {
        int width = image.width(), height = image.height();
        byte[] rgb = new byte[image.rgb().length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                System.arraycopy(image.rgb(), 3 * (y * width + x), rgb, 3 * (x * height + y), 3);
            }
        }
        return new RgbImage(height, width, rgb);
    }
}
