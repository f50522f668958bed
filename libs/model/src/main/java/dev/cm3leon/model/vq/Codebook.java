package dev.cm3leon.model.vq;

import dev.cm3leon.model.onnx.OnnxGraph;
import dev.cm3leon.model.onnx.OnnxGraph.Attribute;
import dev.cm3leon.model.onnx.OnnxGraph.Type;
import java.util.Arrays;
import java.util.List;

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

    private int width() {
        return columns.length;
    }

    /// Begins the graph of a decoder: `codes` (1, grid x grid) to their vectors (1, width, grid, grid).
    ///
    /// @param vectors (codes, width), the weights of that name
    static String lookUp(OnnxGraph graph, String name, float[] vectors, int width, int grid) {
        String codes = graph.input("codes", Type.INT64, 1, grid * grid);
        String codebook = graph.weights(name, vectors, vectors.length / width, width);
        String met = graph.node("Gather", List.of(codebook, codes)); // (1, cells, width)
        String z = graph.node("Transpose", List.of(met), new Attribute("perm", new long[] {0, 2, 1}));
        return graph.node("Reshape", List.of(z, graph.integers(1, width, grid, grid)));
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
