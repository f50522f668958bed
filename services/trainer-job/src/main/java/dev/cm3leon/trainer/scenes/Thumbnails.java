package dev.cm3leon.trainer.scenes;

import java.util.List;

/// A gallery of pictures shrunk to 16 x 16, among which a drawn one is looked for by squared differences. Pixels alone,
/// nothing learned: the measuring device of evaluations, used nowhere else.
///
/// @param gallery what [#of] makes of each picture
public record Thumbnails(List<float[]> gallery) {
    private static final int SIDE = 16;

    public Thumbnails {
        gallery = List.copyOf(gallery);
    }

    /// Mean colours of a square of a picture, 16 x 16 x 3.
    ///
    /// @param rgb interleaved, `width` pixels a row
    /// @param side of the square in pixels, a multiple of 16
    public static float[] of(byte[] rgb, int width, int left, int top, int side) {
        if (side % SIDE != 0) throw new IllegalArgumentException("need a side that is a multiple of 16, got " + side);
        int step = side / SIDE;
        float[] small = new float[SIDE * SIDE * 3];
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                for (int c = 0; c < 3; c++)
                    small[3 * (y / step * SIDE + x / step) + c] += rgb[3 * ((top + y) * width + left + x) + c] & 255;
        for (int i = 0; i < small.length; i++) small[i] /= step * step;
        return small;
    }

    /// The same of a whole picture.
    public static float[] of(byte[] rgb, int size) {
        return of(rgb, size, 0, 0, size);
    }

    /// How many of the gallery are nearer to what is drawn than this one of them, plus one: 1 is recognised.
    public int rank(float[] drawn, int own) {
        double distance = distance(drawn, gallery.get(own));
        return 1
                + (int) gallery.stream()
                        .filter(other -> distance(drawn, other) < distance)
                        .count();
    }

    /// Which of the gallery is most like this.
    public int nearest(float[] picture) {
        int best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < gallery.size(); i++) {
            double distance = distance(picture, gallery.get(i), least);
            if (distance < least) {
                least = distance;
                best = i;
            }
        }
        return best;
    }

    private static double distance(float[] a, float[] b) {
        return distance(a, b, Double.POSITIVE_INFINITY);
    }

    /// Of some use only where it is below `enough`.
    private static double distance(float[] a, float[] b, double enough) {
        double sum = 0;
        for (int row = 0; row < a.length && sum < enough; row += 3 * SIDE)
            for (int i = row; i < row + 3 * SIDE; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }
}
