package dev.cm3leon.model.clip;

import dev.cm3leon.model.Weights;
import dev.cm3leon.model.clip.PublishedClipConfig.Tower;
import dev.cm3leon.model.onnx.OnnxGraph;
import dev.cm3leon.model.onnx.OnnxGraph.Attribute;
import dev.cm3leon.model.onnx.OnnxGraph.Type;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the two towers of a published CLIP as ONNX graphs: pre-norm transformers with biases. T tokens (patches and
/// the class token, or the text's context), C width, H heads, D = C / H, E embedding.
final class PublishedClipGraph {
    private final OnnxGraph graph;
    private final Weights weights;
    private final Tower tower;

    private PublishedClipGraph(String name, Weights weights, Tower tower) {
        this.graph = new OnnxGraph(name);
        this.weights = weights;
        this.tower = tower;
    }

    /// (1, 3, size, size) to (1, E).
    static byte[] image(PublishedClipConfig config, Weights weights) {
        var layers = new PublishedClipGraph("clip_image", weights, config.image());
        int C = config.image().width(), size = config.imageSize(), patch = config.patch();
        long patches = (long) (size / patch) * (size / patch);
        String name = "vision_model.";

        String pixels = layers.graph.input("pixels", Type.FLOAT, 1, 3, size, size);
        String x = layers.graph.node(
                "Conv",
                List.of(pixels, layers.load(name + "embeddings.patch_embedding.weight", C, 3, patch, patch)),
                new Attribute("strides", new long[] {patch, patch})); // (1, C, size / patch, size / patch)
        x = layers.graph.reshape(x, 1, C, patches);
        x = layers.graph.transpose(x, 0, 2, 1); // (1, T - 1, C)
        String first =
                layers.graph.weights("class_token", weights.floats(name + "embeddings.class_embedding", C), 1, 1, C);
        x = layers.graph.node("Concat", List.of(first, x), new Attribute("axis", 1)); // (1, T, C)
        x = layers.graph.add(x, layers.load(name + "embeddings.position_embedding.weight", patches + 1, C));
        x = layers.norm(x, name + "pre_layrnorm");
        x = layers.blocks(x, name, (int) patches + 1, null);
        String pooled =
                layers.graph.node("Gather", List.of(x, layers.graph.integer(0)), new Attribute("axis", 1)); // (1, C)
        return layers.project(layers.norm(pooled, name + "post_layernorm"), "visual_projection.weight", config);
    }

    /// Ids (1, context) and the position to pool at (1) to (1, E).
    static byte[] text(PublishedClipConfig config, Weights weights) {
        var layers = new PublishedClipGraph("clip_text", weights, config.text());
        int C = config.text().width(), T = config.context();
        String name = "text_model.";

        String ids = layers.graph.input("ids", Type.INT64, 1, T);
        String at = layers.graph.input("at", Type.INT64, 1);
        String table = layers.load(name + "embeddings.token_embedding.weight", config.vocabulary(), C);
        String x = layers.graph.node("Gather", List.of(table, ids)); // (1, T, C)
        x = layers.graph.add(x, layers.load(name + "embeddings.position_embedding.weight", T, C));
        x = layers.blocks(x, name, T, layers.graph.causalMask("causal", T));
        x = layers.norm(x, name + "final_layer_norm");
        String pooled = layers.graph.reshape(
                layers.graph.node("Gather", List.of(x, at), new Attribute("axis", 1)), 1, C); // (1, C)
        return layers.project(pooled, "text_projection.weight", config);
    }

    private String blocks(String x, String name, int T, @Nullable String mask) {
        for (int layer = 0; layer < tower.layers(); layer++) {
            String block = name + "encoder.layers." + layer;
            x = graph.add(x, attention(norm(x, block + ".layer_norm1"), block + ".self_attn", T, mask));
            String hidden = linear(norm(x, block + ".layer_norm2"), block + ".mlp.fc1", tower.width(), tower.hidden());
            x = graph.add(x, linear(activation(hidden), block + ".mlp.fc2", tower.hidden(), tower.width()));
        }
        return x;
    }

    private String attention(String x, String name, int T, @Nullable String mask) {
        int C = tower.width(), H = tower.heads(), D = C / H;
        String q = heads(linear(x, name + ".q_proj", C, C), T, 0, 2, 1, 3); // (1, H, T, D)
        String k = heads(linear(x, name + ".k_proj", C, C), T, 0, 2, 3, 1); // (1, H, D, T)
        String v = heads(linear(x, name + ".v_proj", C, C), T, 0, 2, 1, 3);
        String scores = times(graph.node("MatMul", List.of(q, k)), (float) (1 / Math.sqrt(D))); // (1, H, T, T)
        if (mask != null) scores = graph.add(scores, mask);
        String shares = graph.node("Softmax", List.of(scores), new Attribute("axis", -1));
        String y = graph.transpose(graph.node("MatMul", List.of(shares, v)), 0, 2, 1, 3); // (1, T, H, D)
        return linear(graph.reshape(y, 1, T, C), name + ".out_proj", C, C);
    }

    private String heads(String x, int T, long... order) {
        return graph.transpose(graph.reshape(x, 1, T, tower.heads(), tower.width() / tower.heads()), order);
    }

    private String activation(String x) {
        return switch (tower.activation()) {
            case QUICK_GELU -> graph.node("Mul", List.of(x, graph.node("Sigmoid", List.of(times(x, 1.702f)))));
            case GELU -> {
                String erf = graph.node("Erf", List.of(times(x, (float) Math.sqrt(0.5))));
                yield times(graph.node("Mul", List.of(x, graph.add(erf, scalar(1)))), 0.5f);
            }
        };
    }

    private byte[] project(String pooled, String name, PublishedClipConfig config) {
        int C = tower.width(), E = config.embedding();
        String projection = load(name, E, C);
        graph.node("", "Gemm", List.of(pooled, projection), List.of("embedding"), new Attribute("transB", 1));
        graph.output("embedding", Type.FLOAT, 1, E);
        return graph.toBytes();
    }

    private String norm(String x, String name) {
        int C = tower.width();
        return graph.node(
                "LayerNormalization",
                List.of(x, load(name + ".weight", C), load(name + ".bias", C)),
                new Attribute("axis", -1),
                new Attribute("epsilon", tower.epsilon()));
    }

    /// `name.weight` (out, in) and `name.bias`.
    private String linear(String x, String name, int in, int out) {
        String weight = graph.transpose(load(name + ".weight", out, in), 1, 0);
        return graph.add(graph.node("MatMul", List.of(x, weight)), load(name + ".bias", out));
    }

    private String load(String name, long... shape) {
        return graph.weights(name, weights.floats(name, shape), shape);
    }

    private String times(String x, float factor) {
        return graph.node("Mul", List.of(x, scalar(factor)));
    }

    private String scalar(float value) {
        return graph.number(value);
    }
}
