package dev.cm3leon.metrics;

import java.util.Arrays;

/// How far two sets of feature vectors cover each other, by balls around each vector up to its k-th neighbour.
///
/// @param precision share of drawn vectors inside some real ball
/// @param recall share of real vectors inside some drawn ball
/// @param density drawn vectors in each real ball, over k
/// @param coverage share of real balls with a drawn vector inside
public record NearestNeighbours(double precision, double recall, double density, double coverage) {

    public static NearestNeighbours of(float[][] real, float[][] drawn, int k) {
        double[] realRadius = radii(real, k), drawnRadius = radii(drawn, k);
        boolean[] insideReal = new boolean[drawn.length], insideDrawn = new boolean[real.length];
        long hits = 0;
        int covered = 0;
        for (int i = 0; i < real.length; i++) {
            boolean hit = false;
            for (int j = 0; j < drawn.length; j++) {
                double distance = squaredDistance(real[i], drawn[j]);
                if (distance < realRadius[i]) {
                    insideReal[j] = true;
                    hit = true;
                    hits++;
                }
                if (distance < drawnRadius[j]) insideDrawn[i] = true;
            }
            if (hit) covered++;
        }
        return new NearestNeighbours(
                share(insideReal),
                share(insideDrawn),
                hits / ((double) k * drawn.length),
                covered / (double) real.length);
    }

    /// Squared distance from each row to its k-th neighbour, itself not counted.
    private static double[] radii(float[][] rows, int k) {
        if (k < 1 || k >= rows.length) {
            throw new IllegalArgumentException("need 1 <= k < %d, got %d".formatted(rows.length, k));
        }
        double[] radii = new double[rows.length];
        double[] distances = new double[rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows.length; j++) distances[j] = squaredDistance(rows[i], rows[j]);
            Arrays.sort(distances);
            radii[i] = distances[k];
        }
        return radii;
    }

    private static double squaredDistance(float[] a, float[] b) {
        double sum = 0;
        for (int c = 0; c < a.length; c++) sum += ((double) a[c] - b[c]) * ((double) a[c] - b[c]);
        return sum;
    }

    private static double share(boolean[] flags) {
        int set = 0;
        for (boolean flag : flags) if (flag) set++;
        return set / (double) flags.length;
    }
}
