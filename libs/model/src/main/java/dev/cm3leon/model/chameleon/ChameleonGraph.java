package dev.cm3leon.model.chameleon;

import dev.cm3leon.model.onnx.OnnxGraph;
import dev.cm3leon.model.onnx.OnnxGraph.Attribute;
import dev.cm3leon.model.onnx.OnnxGraph.Type;
import java.util.List;

/// Writes a Chameleon as an ONNX graph of one whole pass. T tokens, C width, H heads, K key heads, D = C / H.
final class ChameleonGraph {
    private static final float QK_EPSILON = 1e-5f; // of queries and keys, whatever the configuration says

    private final OnnxGraph graph = new OnnxGraph("chameleon");
    private final ChameleonConfig config;
    private final ChameleonWeights weights;
    private final int T;

    private ChameleonGraph(ChameleonConfig config, ChameleonWeights weights, int tokens) {
        this.config = config;
        this.weights = weights;
        this.T = tokens;
    }

    /// Ids (1, T) to logits (1, T, V), nothing masked.
    static byte[] build(ChameleonConfig config, ChameleonWeights weights, int tokens) {
        return new ChameleonGraph(config, weights, tokens).build();
    }

    private byte[] build() {
        int C = config.width(), V = config.vocabulary(), D = config.headWidth();
        graph.weights("cosines", angles(false), T, D);
        graph.weights("sines", angles(true), T, D);
        graph.weights("quarter_turn", quarterTurn(), D, D);
        graph.causalMask("causal", T);
        graph.ones("head_ones", D);
        graph.weights("head_zeros", new float[D], D);

        String ids = graph.input("ids", Type.INT64, 1, T);
        String x = graph.node("Gather", List.of(load("model.embed_tokens.weight", V, C), ids)); // (1, T, C)
        for (int layer = 0; layer < config.layers(); layer++) x = block(x, "model.layers." + layer);
        x = linear(rmsNorm(x, "model.norm.weight"), "lm_head.weight", C, V);
        graph.node("", "Identity", List.of(x), List.of("logits"));
        graph.output("logits", Type.FLOAT, 1, T, V);
        return graph.toBytes();
    }

    private String block(String x, String name) {
        String first = name + ".input_layernorm.weight", second = name + ".post_attention_layernorm.weight";
        if (config.swinNorm()) {
            x = graph.add(x, rmsNorm(attention(x, name + ".self_attn"), first));
            return graph.add(x, rmsNorm(feedForward(x, name + ".mlp"), second));
        }
        x = graph.add(x, attention(rmsNorm(x, first), name + ".self_attn"));
        return graph.add(x, feedForward(rmsNorm(x, second), name + ".mlp"));
    }

    private String attention(String x, String name) {
        int C = config.width(), H = config.heads(), K = config.keyHeads(), D = config.headWidth();
        String q = graph.reshape(linear(x, name + ".q_proj.weight", C, C), 1, T, H, D);
        String k = graph.reshape(linear(x, name + ".k_proj.weight", C, K * D), 1, T, K, D);
        String v = graph.reshape(linear(x, name + ".v_proj.weight", C, K * D), 1, T, K, D);
        q = rotate(graph.transpose(headNorm(q, name + ".q_norm", H), 0, 2, 1, 3)); // (1, H, T, D)
        k = shared(rotate(graph.transpose(headNorm(k, name + ".k_norm", K), 0, 2, 1, 3)));
        v = shared(graph.transpose(v, 0, 2, 1, 3));

        String scores = times(matmul(q, graph.transpose(k, 0, 1, 3, 2)), graph.number((float) (1 / Math.sqrt(D))));
        String shares = graph.node("Softmax", List.of(graph.add(scores, "causal")), new Attribute("axis", -1));
        String y = graph.reshape(graph.transpose(matmul(shares, v), 0, 2, 1, 3), 1, T, C);
        return linear(y, name + ".o_proj.weight", C, C);
    }

    /// LayerNorm of each head with its own weight and bias, before the rotation.
    private String headNorm(String x, String name, int heads) {
        int D = config.headWidth();
        String normal = graph.node(
                "LayerNormalization",
                List.of(x, "head_ones", "head_zeros"),
                new Attribute("axis", -1),
                new Attribute("epsilon", QK_EPSILON));
        return graph.add(times(normal, load(name + ".weight", heads, D)), load(name + ".bias", heads, D));
    }

    /// Rotary positions on the halves of a head's channels.
    private String rotate(String x) {
        return graph.add(times(x, "cosines"), times(matmul(x, "quarter_turn"), "sines"));
    }

    /// Every key head once for each of its heads of queries: (1, K, T, D) to (1, H, T, D).
    private String shared(String x) {
        int each = config.heads() / config.keyHeads();
        long[] heads = new long[config.heads()];
        for (int h = 0; h < heads.length; h++) heads[h] = h / each;
        return graph.node("Gather", List.of(x, graph.integers(heads)), new Attribute("axis", 1));
    }

    private String feedForward(String x, String name) {
        int C = config.width(), hidden = weights.hidden();
        String gate = linear(x, name + ".gate_proj.weight", C, hidden);
        String silu = times(gate, graph.node("Sigmoid", List.of(gate)));
        return linear(
                times(silu, linear(x, name + ".up_proj.weight", C, hidden)), name + ".down_proj.weight", hidden, C);
    }

    private String rmsNorm(String x, String name) {
        String squares =
                graph.node("ReduceMean", List.of(times(x, x), graph.integers(-1)), new Attribute("keepdims", 1));
        String root = graph.node("Sqrt", List.of(graph.add(squares, graph.number((float) config.epsilon()))));
        return times(graph.node("Div", List.of(x, root)), load(name, config.width()));
    }

    /// `name` (out, in), no bias.
    private String linear(String x, String name, int in, int out) {
        return matmul(x, graph.transpose(load(name, out, in), 1, 0));
    }

    private float[] angles(boolean sine) {
        int D = config.headWidth();
        float[] values = new float[T * D];
        for (int t = 0; t < T; t++) {
            for (int d = 0; d < D; d++) {
                float frequency = (float) (1 / Math.pow(config.ropeTheta(), 2.0 * (d % (D / 2)) / D));
                float angle = t * frequency;
                values[t * D + d] = (float) (sine ? Math.sin(angle) : Math.cos(angle));
            }
        }
        return values;
    }

    /// (a, b) to (-b, a) for the two halves of a head.
    private float[] quarterTurn() {
        int D = config.headWidth(), half = D / 2;
        float[] matrix = new float[D * D];
        for (int d = 0; d < half; d++) {
            matrix[(half + d) * D + d] = -1;
            matrix[d * D + half + d] = 1;
        }
        return matrix;
    }

    private String load(String name, long... shape) {
        return graph.weights(name, weights.floats(name, shape), shape);
    }

    private String times(String a, String b) {
        return graph.node("Mul", List.of(a, b));
    }

    private String matmul(String a, String b) {
        return graph.node("MatMul", List.of(a, b));
    }
}
