package dev.cm3leon.model.clip;

import dev.cm3leon.model.Safetensors;
import java.util.Arrays;
import java.util.List;

/// Weights under open_clip's names. Queries, keys and values are one tensor there; the two projections are turned.
record OpenClipWeights(Safetensors tensors) implements PublishedClipWeights {

    private record Renaming(String from, String to) {}

    private static final List<Renaming> NAMES = List.of(
            new Renaming("text_model.embeddings.position_embedding.weight", "positional_embedding"),
            new Renaming("vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"),
            new Renaming("text_model.embeddings.", ""),
            new Renaming("vision_model.embeddings.patch_embedding", "visual.conv1"),
            new Renaming("vision_model.embeddings.", "visual."),
            new Renaming("text_model.final_layer_norm", "ln_final"),
            new Renaming("vision_model.pre_layrnorm", "visual.ln_pre"),
            new Renaming("vision_model.post_layernorm", "visual.ln_post"),
            new Renaming("text_model.encoder.layers", "transformer.resblocks"),
            new Renaming("vision_model.encoder.layers", "visual.transformer.resblocks"),
            new Renaming(".layer_norm", ".ln_"),
            new Renaming(".self_attn.", ".attn."),
            new Renaming(".mlp.fc1", ".mlp.c_fc"),
            new Renaming(".mlp.fc2", ".mlp.c_proj"),
            new Renaming("text_projection.weight", "text_projection"),
            new Renaming("visual_projection.weight", "visual.proj"));
    private static final List<String> IN = List.of(".q_proj.", ".k_proj.", ".v_proj.");

    @Override
    public float[] floats(String name, long... shape) {
        String own = name;
        for (Renaming renaming : NAMES) own = own.replace(renaming.from, renaming.to);
        if (name.endsWith("_projection.weight")) return turned(tensors.floats(own, shape[1], shape[0]), shape);
        for (int part = 0; part < IN.size(); part++) {
            if (own.contains(IN.get(part))) return third(part, own.replace(IN.get(part), ".in_proj_"), shape);
        }
        return tensors.floats(own, shape);
    }

    private float[] third(int part, String name, long... shape) {
        long[] all = shape.clone();
        all[0] *= IN.size();
        float[] values = tensors.floats(name, all);
        int size = values.length / IN.size();
        return Arrays.copyOfRange(values, part * size, (part + 1) * size);
    }

    /// @param shape (rows, columns) of the result
    private static float[] turned(float[] values, long... shape) {
        int rows = (int) shape[0], columns = (int) shape[1];
        float[] turned = new float[values.length];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) turned[r * columns + c] = values[c * rows + r];
        }
        return turned;
    }
}
