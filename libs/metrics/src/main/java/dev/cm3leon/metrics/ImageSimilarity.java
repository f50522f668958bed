package dev.cm3leon.metrics;

/// How much two images of one shape are alike.
public final class ImageSimilarity {
    private static final int WINDOW = 11;
    private static final double SIGMA = 1.5;
    private static final double C1 = (0.01 * 255) * (0.01 * 255), C2 = (0.03 * 255) * (0.03 * 255);
    private static final double[] SCALES = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

    /// The two factors of SSIM, means over a plane's windows: all of it, and contrast with structure alone.
    private record Ssim(double whole, double contrast) {}

    private ImageSimilarity() {}

    /// Peak signal-to-noise ratio in dB, infinite for equal images.
    public static double psnr(Planes a, Planes b) {
        a.needSameShape(b);
        double squares = 0;
        for (int c = 0; c < a.values().length; c++) {
            for (int i = 0; i < a.values()[c].length; i++) {
                double d = a.values()[c][i] - b.values()[c][i];
                squares += d * d;
            }
        }
        double mse = squares / ((double) a.values().length * a.width() * a.height());
        return 10 * Math.log10(255.0 * 255 / mse);
    }

    /// Structural similarity with a Gaussian window of 11 x 11, the mean over windows inside and over channels.
    public static double ssim(Planes a, Planes b) {
        a.needSameShape(b);
        needSide(a, WINDOW);
        double sum = 0;
        for (int c = 0; c < a.values().length; c++) {
            sum += ssim(a.values()[c], b.values()[c], a.width(), a.height()).whole;
        }
        return sum / a.values().length;
    }

    /// SSIM over five scales, each half the size of the one before; sides of more than 160 are needed.
    public static double multiScaleSsim(Planes a, Planes b) {
        a.needSameShape(b);
        needSide(a, (WINDOW - 1) * 16 + 1);
        double sum = 0;
        for (int c = 0; c < a.values().length; c++) {
            double[] x = a.values()[c], y = b.values()[c];
            int width = a.width(), height = a.height();
            double product = 1;
            for (int scale = 0; scale < SCALES.length; scale++) {
                Ssim ssim = ssim(x, y, width, height);
                double factor = scale + 1 < SCALES.length ? ssim.contrast : ssim.whole;
                product *= Math.pow(Math.max(0, factor), SCALES[scale]);
                if (scale + 1 == SCALES.length) break;
                x = halve(x, width, height);
                y = halve(y, width, height);
                width = (width + 1) / 2;
                height = (height + 1) / 2;
            }
            sum += product;
        }
        return sum / a.values().length;
    }

    private static void needSide(Planes image, int side) {
        if (Math.min(image.width(), image.height()) < side) {
            throw new IllegalArgumentException(
                    "need sides of at least %d, got %d x %d".formatted(side, image.width(), image.height()));
        }
    }

    private static Ssim ssim(double[] x, double[] y, int width, int height) {
        int n = x.length;
        double[] xx = new double[n], yy = new double[n], xy = new double[n];
        for (int i = 0; i < n; i++) {
            xx[i] = x[i] * x[i];
            yy[i] = y[i] * y[i];
            xy[i] = x[i] * y[i];
        }
        double[] meanX = blur(x, width, height), meanY = blur(y, width, height);
        double[] meanXx = blur(xx, width, height), meanYy = blur(yy, width, height), meanXy = blur(xy, width, height);
        double whole = 0, contrast = 0;
        for (int i = 0; i < meanX.length; i++) {
            double varianceX = meanXx[i] - meanX[i] * meanX[i], varianceY = meanYy[i] - meanY[i] * meanY[i];
            double covariance = meanXy[i] - meanX[i] * meanY[i];
            double structure = (2 * covariance + C2) / (varianceX + varianceY + C2);
            contrast += structure;
            whole += structure * (2 * meanX[i] * meanY[i] + C1) / (meanX[i] * meanX[i] + meanY[i] * meanY[i] + C1);
        }
        return new Ssim(whole / meanX.length, contrast / meanX.length);
    }

    /// Weighted means over windows that lie wholly inside: (height - 10, width - 10).
    private static double[] blur(double[] plane, int width, int height) {
        double[] weights = new double[WINDOW];
        double total = 0;
        for (int i = 0; i < WINDOW; i++) {
            double d = i - WINDOW / 2;
            total += weights[i] = Math.exp(-d * d / (2 * SIGMA * SIGMA));
        }
        for (int i = 0; i < WINDOW; i++) weights[i] /= total;
        int w = width - WINDOW + 1, h = height - WINDOW + 1;
        double[] rows = new double[w * height], out = new double[w * h];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < w; x++) {
                double sum = 0;
                for (int i = 0; i < WINDOW; i++) sum += weights[i] * plane[y * width + x + i];
                rows[y * w + x] = sum;
            }
        }
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                double sum = 0;
                for (int i = 0; i < WINDOW; i++) sum += weights[i] * rows[(y + i) * w + x];
                out[y * w + x] = sum;
            }
        }
        return out;
    }

    /// Means of 2 x 2; where a side is odd, a border of zeros before it is counted in.
    private static double[] halve(double[] plane, int width, int height) {
        int left = width % 2, top = height % 2, w = (width + 1) / 2, h = (height + 1) / 2;
        double[] out = new double[w * h];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                double sum = 0;
                for (int v = 2 * y - top; v < 2 * y - top + 2; v++) {
                    for (int u = 2 * x - left; u < 2 * x - left + 2; u++) {
                        if (u >= 0 && v >= 0 && u < width && v < height) sum += plane[v * width + u];
                    }
                }
                out[y * w + x] = sum / 4;
            }
        }
        return out;
    }
}
