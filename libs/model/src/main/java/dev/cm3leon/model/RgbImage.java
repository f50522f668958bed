package dev.cm3leon.model;

import java.awt.image.BufferedImage;
import java.util.Arrays;

/// Pixels: `rgb` has height x width x 3 bytes, row by row. The array is not copied: do not write to it.
public record RgbImage(int width, int height, byte[] rgb) {

    public RgbImage {
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    "need 3 bytes for each of %d x %d pixels, got %d".formatted(width, height, rgb.length));
        }
    }

    /// Colour planes (3, height, width) in [-1, 1].
    public float[] planes() {
        int area = width * height;
        float[] planes = new float[3 * area];
        for (int i = 0; i < area; i++) {
            for (int c = 0; c < 3; c++) planes[c * area + i] = (rgb[3 * i + c] & 0xff) / 127.5f - 1;
        }
        return planes;
    }

    /// From colour planes (3, height, width); values beyond [-1, 1] are clamped.
    public static RgbImage fromPlanes(float[] planes, int width, int height) {
        int area = width * height;
        byte[] rgb = new byte[3 * area];
        for (int i = 0; i < area; i++) {
            for (int c = 0; c < 3; c++) {
                float value = Math.clamp(planes[c * area + i], -1f, 1f);
                rgb[3 * i + c] = (byte) Math.round((value + 1) * 127.5f);
            }
        }
        return new RgbImage(width, height, rgb);
    }

    /// A copy as Java has it.
    public BufferedImage buffered() {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            int pixel = (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | rgb[3 * i + 2] & 0xff;
            image.setRGB(i % width, i / width, pixel);
        }
        return image;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RgbImage(int otherWidth, int otherHeight, byte[] otherRgb)
                && width == otherWidth
                && height == otherHeight
                && Arrays.equals(rgb, otherRgb);
    }

    @Override
    public int hashCode() {
        return 31 * width + Arrays.hashCode(rgb);
    }

    @Override
    public String toString() {
        return "%d x %d pixels".formatted(width, height);
    }
}
