package dev.cm3leon.metrics;

/// Colour planes of an image in double precision: (channels, height, width), values 0 to 255.
///
/// @param values one array a channel, row by row
public record Planes(int width, int height, double[][] values) {

    public Planes {
        for (double[] plane : values) {
            if (plane.length != width * height) {
                throw new IllegalArgumentException(
                        "need %d x %d values a plane, got %d".formatted(width, height, plane.length));
            }
        }
    }

    /// From bytes, channel by channel within a pixel.
    public static Planes of(byte[] pixels, int width, int height, int channels) {
        if (pixels.length != width * height * channels) {
            throw new IllegalArgumentException(
                    "need %d x %d x %d bytes, got %d".formatted(width, height, channels, pixels.length));
        }
        double[][] values = new double[channels][width * height];
        for (int i = 0; i < width * height; i++) {
            for (int c = 0; c < channels; c++) values[c][i] = pixels[i * channels + c] & 0xff;
        }
        return new Planes(width, height, values);
    }

    void needSameShape(Planes other) {
        if (width != other.width || height != other.height || values.length != other.values.length) {
            throw new IllegalArgumentException("need images of one shape, got %d x %d x %d and %d x %d x %d"
                    .formatted(width, height, values.length, other.width, other.height, other.values.length));
        }
    }
}
