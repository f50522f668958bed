package dev.cm3leon.model.chameleon;

import dev.cm3leon.model.Checkpoint;
import java.util.Map;

/// A Chameleon checkpoint under Hugging Face's names, whichever layout it came in. The original layout rotates
/// adjacent pairs of a head's channels and Hugging Face's its halves, so rows of queries and keys, and the vectors
/// that normalise them, change places together.
final class ChameleonWeights {
    private static final Map<String, String> LAYER = Map.ofEntries(
            Map.entry("self_attn.q_proj.weight", "attention.wq.weight"),
            Map.entry("self_attn.k_proj.weight", "attention.wk.weight"),
            Map.entry("self_attn.v_proj.weight", "attention.wv.weight"),
            Map.entry("self_attn.o_proj.weight", "attention.wo.weight"),
            Map.entry("self_attn.q_norm.weight", "attention.q_normalization.weight"),
            Map.entry("self_attn.q_norm.bias", "attention.q_normalization.bias"),
            Map.entry("self_attn.k_norm.weight", "attention.k_normalization.weight"),
            Map.entry("self_attn.k_norm.bias", "attention.k_normalization.bias"),
            Map.entry("mlp.gate_proj.weight", "feed_forward.w1.weight"),
            Map.entry("mlp.up_proj.weight", "feed_forward.w3.weight"),
            Map.entry("mlp.down_proj.weight", "feed_forward.w2.weight"),
            Map.entry("input_layernorm.weight", "attention_norm.weight"),
            Map.entry("post_attention_layernorm.weight", "ffn_norm.weight"));
    private static final Map<String, String> OUTSIDE = Map.of(
            "model.embed_tokens.weight", "tok_embeddings.weight",
            "model.norm.weight", "norm.weight",
            "lm_head.weight", "output.weight");

    private final ChameleonConfig config;
    private final Checkpoint checkpoint;
    private final boolean original;

    ChameleonWeights(ChameleonConfig config, Checkpoint checkpoint) {
        this.config = config;
        this.checkpoint = checkpoint;
        this.original = checkpoint.has("tok_embeddings.weight");
    }

    /// Width of the feed-forward layer.
    int hidden() {
        String name = "model.layers.0.mlp.gate_proj.weight";
        return (int) checkpoint.shape(original ? originalName(name) : name)[0];
    }

    /// @param name Hugging Face's
    float[] floats(String name, long... shape) {
        if (!original) return checkpoint.floats(name, shape);
        boolean norm = name.contains("q_norm.") || name.contains("k_norm.");
        if (norm) return repeated(halves(checkpoint.floats(originalName(name), shape[1]), 1, 1), (int) shape[0]);
        float[] values = checkpoint.floats(originalName(name), shape);
        boolean turns = name.contains("q_proj.") || name.contains("k_proj.");
        return turns ? halves(values, (int) shape[0] / config.headWidth(), (int) shape[1]) : values;
    }

    /// Rows of each head as `[D / 2, 2]` to `[2, D / 2]`.
    private float[] halves(float[] values, int heads, int columns) {
        int D = config.headWidth();
        float[] turned = new float[values.length];
        for (int head = 0; head < heads; head++) {
            for (int d = 0; d < D; d++) {
                int to = head * D + d % 2 * (D / 2) + d / 2;
                System.arraycopy(values, (head * D + d) * columns, turned, to * columns, columns);
            }
        }
        return turned;
    }

    /// One vector for every head.
    private static float[] repeated(float[] values, int heads) {
        float[] all = new float[heads * values.length];
        for (int head = 0; head < heads; head++) {
            System.arraycopy(values, 0, all, head * values.length, values.length);
        }
        return all;
    }

    private static String originalName(String name) {
        String outside = OUTSIDE.get(name);
        if (outside != null) return outside;
        String rest = name.substring("model.layers.".length());
        int dot = rest.indexOf('.');
        String of = LAYER.get(rest.substring(dot + 1));
        if (of == null) throw new IllegalArgumentException("no original name of " + name);
        return "layers." + rest.substring(0, dot) + "." + of;
    }
}
