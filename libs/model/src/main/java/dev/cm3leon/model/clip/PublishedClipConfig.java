package dev.cm3leon.model.clip;

import dev.cm3leon.model.ModelFormatException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What `config.json` and `preprocessor_config.json` of a published CLIP say.
///
/// @param eos the end token that a text is pooled at; -1 where it is the largest id (configurations that say 2, which
///     no published vocabulary means)
record PublishedClipConfig(
        Tower text,
        Tower image,
        int embedding,
        int vocabulary,
        int context,
        int eos,
        int imageSize,
        int patch,
        int resize,
        List<Double> mean,
        List<Double> deviation) {

    /// One transformer.
    record Tower(int width, int hidden, int layers, int heads, Activation activation, float epsilon) {
        Tower {
            if (width % heads != 0) {
                throw new ModelFormatException("need heads that divide hidden_size %d, got %d".formatted(width, heads));
            }
        }
    }

    enum Activation {
        QUICK_GELU,
        GELU
    }

    static PublishedClipConfig of(JsonNode config, JsonNode preprocessor) {
        JsonNode text = config.path("text_config"), vision = config.path("vision_config");
        int size = integer(vision, "vision_config.", "image_size", 224);
        int patch = integer(vision, "vision_config.", "patch_size", 32);
        if (size % patch != 0) {
            throw new ModelFormatException(
                    "need a patch_size that divides image_size %d, got %d".formatted(size, patch));
        }
        int eos = text.path("eos_token_id").asInt(49407);
        JsonNode resize = preprocessor.path("size");
        return new PublishedClipConfig(
                tower(text, "text_config.", 512, 2048, 8),
                tower(vision, "vision_config.", 768, 3072, 12),
                integer(config, "", "projection_dim", 512),
                integer(text, "text_config.", "vocab_size", 49408),
                integer(text, "text_config.", "max_position_embeddings", 77),
                eos == 2 ? -1 : eos,
                size,
                patch,
                resize.isInt() ? resize.intValue() : integer(resize, "size.", "shortest_edge", size),
                three(preprocessor, "image_mean"),
                three(preprocessor, "image_std"));
    }

    private static Tower tower(JsonNode json, String where, int width, int hidden, int heads) {
        String activation = json.path("hidden_act").asString("quick_gelu");
        return new Tower(
                integer(json, where, "hidden_size", width),
                integer(json, where, "intermediate_size", hidden),
                integer(json, where, "num_hidden_layers", 12),
                integer(json, where, "num_attention_heads", heads),
                switch (activation) {
                    case "quick_gelu" -> Activation.QUICK_GELU;
                    case "gelu" -> Activation.GELU;
                    default ->
                        throw new ModelFormatException(
                                "need %shidden_act quick_gelu or gelu, got %s".formatted(where, activation));
                },
                (float) json.path("layer_norm_eps").asDouble(1e-5));
    }

    private static int integer(JsonNode json, String where, String field, int otherwise) {
        JsonNode value = json.path(field);
        if (value.isMissingNode()) return otherwise;
        if (!value.isInt() || value.intValue() < 1 || value.intValue() > 1 << 20) {
            throw new ModelFormatException(
                    "need a whole number from 1 to %d for %s%s, got %s".formatted(1 << 20, where, field, value));
        }
        return value.intValue();
    }

    private static List<Double> three(JsonNode json, String field) {
        var values = new ArrayList<Double>();
        for (JsonNode value : json.path(field)) if (value.isNumber()) values.add(value.doubleValue());
        if (values.size() != 3) {
            throw new ModelFormatException("need three numbers for %s, got %s".formatted(field, json.path(field)));
        }
        return List.copyOf(values);
    }
}
