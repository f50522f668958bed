package dev.cm3leon.model.transformer;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.model.Safetensors;

/// The forward pass as the paper says it, in plain Java: no cache, no batch.
final class ReferenceTransformer {
    private final TransformerConfig config;
    private final Safetensors weights;

    ReferenceTransformer(TransformerConfig config, Safetensors weights) {
        this.config = config;
        this.weights = weights;
    }

    /// Logits after every position: (T, V).
    float[][] forward(TokenStream stream, int nextCell) {
        int T = stream.length(), C = config.width();
        float[][] tokens = matrix("embed_tokens.weight", C), positions = matrix("embed_positions.weight", C);
        int[] rows = config.grid().nextRows(stream, nextCell),
                columns = config.grid().nextColumns(stream, nextCell);
        float[][] x = new float[T][C];
        for (int t = 0; t < T; t++) {
            for (int c = 0; c < C; c++) {
                x[t][c] = tokens[stream.ids()[t]][c] + positions[t][c];
                if (config.rowColumnEmbeddings()) {
                    x[t][c] += matrix("embed_rows.weight", C)[rows[t]][c]
                            + matrix("embed_columns.weight", C)[columns[t]][c];
                }
            }
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String name = "layers.%d.".formatted(layer);
            add(x, linear(attention(layerNorm(x), name + "self_attn."), name + "self_attn.out_proj.weight"));
            float[][] h = linear(layerNorm(x), name + "fc1.weight");
            for (float[] row : h) for (int i = 0; i < row.length; i++) row[i] = Math.max(0, row[i]);
            add(x, linear(h, name + "fc2.weight"));
        }
        return linear(layerNorm(x), "embed_tokens.weight");
    }

    private float[][] attention(float[][] x, String name) {
        float[][] q = linear(x, name + "q_proj.weight");
        float[][] k = linear(x, name + "k_proj.weight");
        float[][] v = linear(x, name + "v_proj.weight");
        int D = config.headWidth();
        float[][] y = new float[x.length][config.width()];
        for (int h = 0; h < config.heads(); h++) {
            for (int t = 0; t < x.length; t++) {
                double[] p = new double[t + 1];
                double sum = 0;
                for (int s = 0; s <= t; s++) {
                    for (int d = h * D; d < (h + 1) * D; d++) p[s] += q[t][d] * k[s][d];
                    p[s] = Math.exp(p[s] / Math.sqrt(D));
                    sum += p[s];
                }
                for (int s = 0; s <= t; s++) {
                    for (int d = h * D; d < (h + 1) * D; d++) y[t][d] += (float) (p[s] / sum * v[s][d]);
                }
            }
        }
        return y;
    }

    private float[][] linear(float[][] x, String name) {
        float[][] w = matrix(name, x[0].length);
        float[][] y = new float[x.length][w.length];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < w.length; o++) {
                double sum = 0;
                for (int i = 0; i < w[o].length; i++) sum += x[t][i] * w[o][i];
                y[t][o] = (float) sum;
            }
        }
        return y;
    }

    private static float[][] layerNorm(float[][] x) {
        float[][] y = new float[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            double mean = 0, variance = 0;
            for (float value : x[t]) mean += value / x[t].length;
            for (float value : x[t]) variance += (value - mean) * (value - mean) / x[t].length;
            for (int c = 0; c < x[t].length; c++) y[t][c] = (float) ((x[t][c] - mean) / Math.sqrt(variance + 1e-5));
        }
        return y;
    }

    private static void add(float[][] x, float[][] y) {
        for (int t = 0; t < x.length; t++) for (int c = 0; c < x[t].length; c++) x[t][c] += y[t][c];
    }

    private float[][] matrix(String name, int columns) {
        float[] flat = weights.floats(name);
        float[][] matrix = new float[flat.length / columns][columns];
        for (int row = 0; row < matrix.length; row++) {
            System.arraycopy(flat, row * columns, matrix[row], 0, columns);
        }
        return matrix;
    }
}
