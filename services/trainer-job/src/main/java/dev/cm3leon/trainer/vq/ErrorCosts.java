package dev.cm3leon.trainer.vq;

import java.util.Arrays;

/// What errors of pixels cost a tokenizer that learns.
///
/// @param area of each pixel, row by row; any scale
/// @param squared of the squared error beside the absolute one, pixels in [-1, 1]: the more, the better the PSNR
public record ErrorCosts(float[] area, double squared) {
    public ErrorCosts {
        if (!(squared >= 0 && squared <= 1000))
            throw new IllegalArgumentException("need 0 <= vq.squared_error <= 1000, got " + squared);
    }

    /// Every pixel of so many a side costs the same.
    public static ErrorCosts evenly(int size, double squared) {
        float[] area = new float[size * size];
        Arrays.fill(area, 1);
        return new ErrorCosts(area, squared);
    }
}
