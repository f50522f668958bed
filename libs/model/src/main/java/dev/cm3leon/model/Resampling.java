package dev.cm3leon.model;

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

    /// To exactly this size.
    public RgbImage resize(RgbImage image, int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("need a size of 1 x 1 or more, got %d x %d".formatted(width, height));
        }
        RgbImage wide = image.width() == width ? image : horizontal(image, width);
        return wide.height() == height ? wide : turned(horizontal(turned(wide), height));
    }

    /// The shorter side to this length, the longer in proportion, rounded down.
    public RgbImage resizeShortSide(RgbImage image, int side) {
        boolean tall = image.width() <= image.height();
        long longer = (long) side * Math.max(image.width(), image.height()) / Math.min(image.width(), image.height());
        return tall ? resize(image, side, (int) longer) : resize(image, (int) longer, side);
    }

    /// The middle of an image, margins rounded down.
    public static RgbImage centreCrop(RgbImage image, int width, int height) {
        int left = (image.width() - width) / 2, top = (image.height() - height) / 2;
        if (width > image.width() || height > image.height()) {
            throw new IllegalArgumentException("need at least %d x %d pixels, got %s".formatted(width, height, image));
        }
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            int from = 3 * ((top + y) * image.width() + left);
            System.arraycopy(image.rgb(), from, rgb, 3 * y * width, 3 * width);
        }
        return new RgbImage(width, height, rgb);
    }

    private RgbImage horizontal(RgbImage image, int width) {
        int in = image.width(), height = image.height();
        double scale = (double) in / width, stretch = Math.max(1, scale), reach = support * stretch;
        byte[] rgb = new byte[3 * width * height];
        for (int x = 0; x < width; x++) {
            double centre = (x + 0.5) * scale;
            int from = Math.max(0, (int) (centre - reach + 0.5)), to = Math.min(in, (int) (centre + reach + 0.5));
            int[] weights = weights(from, to, centre, stretch);
            for (int y = 0; y < height; y++) {
                for (int c = 0; c < 3; c++) {
                    int sum = 1 << PRECISION - 1;
                    for (int u = from; u < to; u++) {
                        sum += (image.rgb()[3 * (y * in + u) + c] & 0xff) * weights[u - from];
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
