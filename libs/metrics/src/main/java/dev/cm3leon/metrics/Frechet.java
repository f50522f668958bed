package dev.cm3leon.metrics;

import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.QRDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/// The Frechet distance of two sets of feature vectors, each taken as a Gaussian. It is called FID only where the
/// features are those of Inception.
///
/// The trace of the covariances' square root is the sum of singular values of `Rx Ry'`, R from a QR decomposition of
/// the centred rows: no matrix root, and right for singular covariances too.
public final class Frechet {

    private Frechet() {}

    /// @param x rows of features, at least two
    /// @param y rows of as many features
    public static double distance(float[][] x, float[][] y) {
        if (x.length < 2 || y.length < 2) {
            throw new IllegalArgumentException("need 2 rows or more, got %d and %d".formatted(x.length, y.length));
        }
        if (x[0].length != y[0].length) {
            throw new IllegalArgumentException(
                    "need as many features, got %d and %d".formatted(x[0].length, y[0].length));
        }
        double[] meanX = mean(x), meanY = mean(y);
        double distance = 0;
        for (int c = 0; c < meanX.length; c++) distance += (meanX[c] - meanY[c]) * (meanX[c] - meanY[c]);
        RealMatrix rootX = root(x, meanX), rootY = root(y, meanY);
        double common = 0;
        for (double singular : new SingularValueDecomposition(rootX.multiply(rootY.transpose())).getSingularValues()) {
            common += singular;
        }
        return distance + squares(rootX) + squares(rootY) - 2 * common;
    }

    /// R of the centred rows over sqrt(n - 1): `R'R` is the covariance.
    private static RealMatrix root(float[][] rows, double[] mean) {
        double scale = 1 / Math.sqrt(rows.length - 1);
        double[][] centred = new double[rows.length][mean.length];
        for (int i = 0; i < rows.length; i++) {
            for (int c = 0; c < mean.length; c++) centred[i][c] = (rows[i][c] - mean[c]) * scale;
        }
        var matrix = new Array2DRowRealMatrix(centred, false);
        if (rows.length <= mean.length) return matrix;
        return new QRDecomposition(matrix).getR().getSubMatrix(0, mean.length - 1, 0, mean.length - 1);
    }

    private static double squares(RealMatrix matrix) {
        double norm = matrix.getFrobeniusNorm();
        return norm * norm;
    }

    private static double[] mean(float[][] rows) {
        double[] mean = new double[rows[0].length];
        for (float[] row : rows) for (int c = 0; c < mean.length; c++) mean[c] += row[c];
        for (int c = 0; c < mean.length; c++) mean[c] /= rows.length;
        return mean;
    }
}
