package dev.cm3leon.model.transformer;

import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.onnx.OnnxGraph;
import dev.cm3leon.model.onnx.OnnxGraph.Attribute;
import dev.cm3leon.model.onnx.OnnxGraph.Type;
import java.util.List;

/// Writes the transformer as an ONNX graph over cached streams. B rows, T new tokens of each, C width, V vocabulary.
///
/// Keys and values of a row's earlier tokens come in as `past_*` (B, heads, capacity, C / heads) and go out as
/// `present_*`; both are the same memory, into which attention writes the new ones at each row's own position.
final class TransformerGraph {
    private static final float EPSILON = 1e-5f;
    private static final int INT8 = 4; // as MatMulNBits numbers what it computes in: inputs are rounded too, row by row

    private final TransformerConfig config;
    private final Safetensors weights;
    private final int capacity;
    private final OnnxGraph graph = new OnnxGraph("cm3leon");

    private TransformerGraph(TransformerConfig config, Safetensors weights, int capacity) {
        this.config = config;
        this.weights = weights;
        this.capacity = capacity;
    }

    /// @param capacity tokens that a row of the cache holds
    static byte[] build(TransformerConfig config, Safetensors weights, int capacity) {
        return new TransformerGraph(config, weights, capacity).build();
    }

    private byte[] build() {
        int C = config.width(), V = config.vocabulary().size();
        String ids = graph.input("ids", Type.INT64, "B", "T");
        String positions = graph.input("positions", Type.INT64, "B", "T");
        graph.input("past_lengths", Type.INT32, "B"); // tokens of each row, the new ones included, minus one
        graph.input("total_length", Type.INT32);
        graph.ones("ones", C);

        String tokens = graph.weights("embed_tokens.weight", weights.floats("embed_tokens.weight", V, C), V, C);
        String x = graph.add(gather(tokens, ids), embed("embed_positions.weight", config.context(), positions));
        if (config.rowColumnEmbeddings()) {
            int places = config.grid().side() + 1;
            x = graph.add(x, embed("embed_rows.weight", places, graph.input("next_rows", Type.INT64, "B", "T")));
            x = graph.add(x, embed("embed_columns.weight", places, graph.input("next_columns", Type.INT64, "B", "T")));
        } // (B, T, C)

        for (int layer = 0; layer < config.layers(); layer++) x = block(layer, x);

        String last =
                layerNorm(graph.node("Gather", List.of(x, graph.integer(-1)), new Attribute("axis", 1))); // (B, C)
        if (config.precision().isRounded()) {
            rounded(last, "head", weights.floats(tokens, V, C), V, C, Precision.HEAD, "logits");
        } else {
            graph.node("", "Gemm", List.of(last, tokens), List.of("logits"), new Attribute("transB", 1)); // tied
        }
        graph.output("logits", Type.FLOAT, "B", V);
        return graph.toBytes();
    }

    private String block(int layer, String x) {
        int C = config.width(), hidden = config.hidden();
        String name = "layers.%d.".formatted(layer);

        String qkv = linear(layerNorm(x), name + "qkv", qkv(name), 3 * C, C); // (B, T, 3C)
        String y = attention(layer, qkv); // (B, T, C)
        x = graph.add(x, linear(y, name + "self_attn.out_proj.weight", C, C));

        String h = graph.node("Relu", List.of(linear(layerNorm(x), name + "fc1.weight", hidden, C))); // (B, T, 4C)
        return graph.add(x, linear(h, name + "fc2.weight", C, hidden));
    }

    /// Causal self-attention over the row's cache and the new tokens.
    private String attention(int layer, String qkv) {
        String pastKey = cache("past_key_" + layer), pastValue = cache("past_value_" + layer);
        String y = "attention_" + layer;
        graph.node(
                "com.microsoft",
                "GroupQueryAttention",
                List.of(qkv, "", "", pastKey, pastValue, "past_lengths", "total_length"),
                List.of(y, "present_key_" + layer, "present_value_" + layer),
                new Attribute("num_heads", config.heads()),
                new Attribute("kv_num_heads", config.heads()),
                new Attribute("do_rotary", 0));
        graph.output("present_key_" + layer, Type.FLOAT, "B", config.heads(), capacity, config.headWidth());
        graph.output("present_value_" + layer, Type.FLOAT, "B", config.heads(), capacity, config.headWidth());
        return y;
    }

    private String cache(String name) {
        return graph.input(name, Type.FLOAT, "B", config.heads(), capacity, config.headWidth());
    }

    private String embed(String name, int rows, String indices) {
        int C = config.width();
        return gather(graph.weights(name, weights.floats(name, rows, C), rows, C), indices);
    }

    private String gather(String table, String indices) {
        return graph.node("Gather", List.of(table, indices));
    }

    private String layerNorm(String x) {
        return graph.node(
                "LayerNormalization", List.of(x, "ones"), new Attribute("axis", -1), new Attribute("epsilon", EPSILON));
    }

    private String linear(String x, String name, int out, int in) {
        return linear(x, name, weights.floats(name, out, in), out, in);
    }

    /// @param stored (out, in)
    private String linear(String x, String name, float[] stored, int out, int in) {
        if (config.precision().isRounded()) {
            return rounded(x, name, stored, out, in, config.precision(), name + ".product");
        }
        return graph.node("MatMul", List.of(x, graph.weights(name, transposed(stored, out, in), in, out)));
    }

    private String rounded(
            String x, String name, float[] stored, int out, int in, Precision precision, String product) {
        int bits = precision.bits(), blocks = Rounded.blocks(in);
        Rounded matrix = Rounded.of(stored, out, in, bits);
        String values = graph.weights(name, matrix.values(), out, blocks, Rounded.BLOCK * bits / 8L);
        String scales = graph.weights(name + ".scales", matrix.scales(), out, blocks);
        graph.node(
                "com.microsoft",
                "MatMulNBits",
                List.of(x, values, scales),
                List.of(product),
                new Attribute("K", in),
                new Attribute("N", out),
                new Attribute("bits", bits),
                new Attribute("block_size", Rounded.BLOCK),
                new Attribute("accuracy_level", INT8));
        return product;
    }

    /// Query, key and value projections one below the other: (3C, C).
    private float[] qkv(String layer) {
        int C = config.width();
        float[] joined = new float[3 * C * C];
        String[] names = {"q_proj", "k_proj", "v_proj"};
        for (int part = 0; part < 3; part++) {
            float[] one = weights.floats("%sself_attn.%s.weight".formatted(layer, names[part]), C, C);
            System.arraycopy(one, 0, joined, part * C * C, C * C);
        }
        return joined;
    }

    /// (out, in) to (in, out).
    private static float[] transposed(float[] stored, int out, int in) {
        float[] transposed = new float[stored.length];
        for (int o = 0; o < out; o++) for (int i = 0; i < in; i++) transposed[i * out + o] = stored[o * in + i];
        return transposed;
    }
}
