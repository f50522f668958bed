package dev.cm3leon.model.vq;

import java.util.Arrays;

/// The vectors that codes stand for.
final class Codebook {
    private final float[][] columns; // (width, codes)

    /// @param vectors (codes, width)
    Codebook(float[] vectors, int width) {
        columns = new float[width][vectors.length / width];
        for (int i = 0; i < vectors.length; i++) columns[i % width][i / width] = vectors[i];
    }

    int codes() {
        return columns[0].length;
    }

    int width() {
        return columns.length;
    }

    float value(int code, int dimension) {
        return columns[dimension][code];
    }

    /// The nearest code of each cell, by squared distance; of equals the lowest.
    ///
    /// @param vectors (width, cells)
    int[] nearest(float[] vectors) {
        int[] codes = new int[vectors.length / width()];
        float[] distances = new float[codes()];
        for (int cell = 0; cell < codes.length; cell++) {
            Arrays.fill(distances, 0);
            for (int d = 0; d < width(); d++) addSquares(distances, vectors[d * codes.length + cell], columns[d]);
            codes[cell] = least(distances);
        }
        return codes;
    }

    /// Code by code, so that it is done for several at once.
    private static void addSquares(float[] distances, float value, float[] ofCodes) {
        for (int code = 0; code < distances.length; code++) {
            float difference = value - ofCodes[code];
            distances[code] += difference * difference;
        }
    }

    private static int least(float[] distances) {
        int best = 0;
        for (int code = 1; code < distances.length; code++) if (distances[code] < distances[best]) best = code;
        return best;
    }
}
