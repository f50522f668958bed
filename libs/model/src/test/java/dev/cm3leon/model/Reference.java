package dev.cm3leon.model;

/// Layers in plain Java, on (channels, size, size), to hold graphs against.
public record Reference(Safetensors weights) {

    public enum Border {
        NONE,
        ZERO,
        REPLICATE
    }

    public float[] convolution(float[] x, int size, String name, int stride, Border border) {
        long[] shape = weights.shape(name + ".weight");
        int out = (int) shape[0], in = (int) shape[1], k = (int) shape[2];
        float[] w = weights.floats(name + ".weight"), b = weights.floats(name + ".bias");
        int edge = border == Border.NONE ? 0 : k / 2, outSize = (size + 2 * edge - k) / stride + 1;
        float[] y = new float[out * outSize * outSize];
        for (int o = 0; o < out; o++) {
            for (int v = 0; v < outSize; v++) {
                for (int u = 0; u < outSize; u++) {
                    double sum = b[o];
                    for (int i = 0; i < in; i++) {
                        for (int dv = 0; dv < k; dv++) {
                            for (int du = 0; du < k; du++) {
                                int row = v * stride + dv - edge, column = u * stride + du - edge;
                                if (border == Border.ZERO && (row < 0 || column < 0 || row >= size || column >= size))
                                    continue;
                                row = Math.clamp(row, 0, size - 1);
                                column = Math.clamp(column, 0, size - 1);
                                sum += (double) w[((o * in + i) * k + dv) * k + du]
                                        * x[(i * size + row) * size + column];
                            }
                        }
                    }
                    y[(o * outSize + v) * outSize + u] = (float) sum;
                }
            }
        }
        return y;
    }

    public float[] linear(float[] x, String name) {
        float[] w = weights.floats(name + ".weight"), y = weights.floats(name + ".bias");
        for (int o = 0; o < y.length; o++) {
            double sum = y[o];
            for (int i = 0; i < x.length; i++) sum += (double) w[o * x.length + i] * x[i];
            y[o] = (float) sum;
        }
        return y;
    }

    /// x + b(relu(a(relu(x)))).
    public float[] residual(float[] x, int size, String name, Border border) {
        float[] a = convolution(relu(x), size, name + ".a", 1, border);
        float[] y = convolution(relu(a), size, name + ".b", 1, Border.NONE);
        for (int i = 0; i < y.length; i++) y[i] += x[i];
        return y;
    }

    public static float[] relu(float[] x) {
        float[] y = x.clone();
        for (int i = 0; i < y.length; i++) y[i] = Math.max(0, y[i]);
        return y;
    }

    /// (C, size, size) to (C r r, size / r, size / r): channel c r r + dy r + dx is the pixel (dy, dx) of each cell.
    public static float[] unshuffle(float[] x, int channels, int size, int r) {
        int cells = size / r;
        float[] y = new float[x.length];
        for (int c = 0; c < channels; c++) {
            for (int v = 0; v < size; v++) {
                for (int u = 0; u < size; u++) {
                    int channel = (c * r + v % r) * r + u % r;
                    y[(channel * cells + v / r) * cells + u / r] = x[(c * size + v) * size + u];
                }
            }
        }
        return y;
    }

    /// The inverse, to (channels, size, size).
    public static float[] shuffle(float[] x, int channels, int size, int r) {
        int cells = size / r;
        float[] y = new float[x.length];
        for (int c = 0; c < channels; c++) {
            for (int v = 0; v < size; v++) {
                for (int u = 0; u < size; u++) {
                    int channel = (c * r + v % r) * r + u % r;
                    y[(c * size + v) * size + u] = x[(channel * cells + v / r) * cells + u / r];
                }
            }
        }
        return y;
    }
}
