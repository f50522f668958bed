package dev.cm3leon.model.clip;

import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Weights;
import java.util.Arrays;
import java.util.List;

/// Weights that lie under open_clip's names, by Hugging Face's. Queries, keys and values are one tensor there; the two
/// projections are turned.
record OpenClipWeights(Safetensors tensors) implements Weights {

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
    public void check(String name, long... shape) {
        tensors.check(own(name), ownShape(name, shape));
    }

    @Override
    public float[] floats(String name, long... shape) {
        float[] values = tensors.floats(own(name), ownShape(name, shape));
        if (isTurned(name)) return turned(values, shape);
        int part = part(name);
        if (part < 0) return values;
        int size = values.length / IN.size();
        return Arrays.copyOfRange(values, part * size, (part + 1) * size);
    }

    private static String own(String name) {
        String own = name;
        for (Renaming renaming : NAMES) own = own.replace(renaming.from, renaming.to);
        for (String part : IN) own = own.replace(part, ".in_proj_");
        return own;
    }

    private static long[] ownShape(String name, long... shape) {
        if (isTurned(name)) return new long[] {shape[1], shape[0]};
        long[] own = shape.clone();
        if (part(name) >= 0) own[0] *= IN.size();
        return own;
    }

    private static boolean isTurned(String name) {
        return name.endsWith("_projection.weight");
    }

    /// Which part of a tensor of three it is; -1 where it is whole.
    private static int part(String name) {
        for (int part = 0; part < IN.size(); part++) if (name.contains(IN.get(part))) return part;
        return -1;
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
