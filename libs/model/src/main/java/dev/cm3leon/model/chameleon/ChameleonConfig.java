package dev.cm3leon.model.chameleon;

import dev.cm3leon.model.ModelFormatException;
import tools.jackson.databind.JsonNode;

/// The shape of a Chameleon.
///
/// @param keyHeads heads of keys and values, each shared by several heads of queries
/// @param swinNorm whether a sub-layer's output is normalised instead of its input (34B)
public record ChameleonConfig(
        int width,
        int layers,
        int heads,
        int keyHeads,
        int vocabulary,
        double ropeTheta,
        double epsilon,
        boolean swinNorm) {

    public ChameleonConfig {
        if (width % heads != 0 || heads % keyHeads != 0 || width / heads % 2 != 0) {
            throw new ModelFormatException(
                    "need heads that divide width %d into even parts and key heads that divide %d, got %d and %d"
                            .formatted(width, heads, heads, keyHeads));
        }
    }

    int headWidth() {
        return width / heads;
    }

    /// Hugging Face's `config.json`.
    public static ChameleonConfig ofHuggingFace(JsonNode json) {
        int heads = integer(json, "num_attention_heads");
        JsonNode rope = json.path("rope_parameters").path("rope_theta");
        return new ChameleonConfig(
                integer(json, "hidden_size"),
                integer(json, "num_hidden_layers"),
                heads,
                json.has("num_key_value_heads") ? integer(json, "num_key_value_heads") : heads,
                integer(json, "vocab_size"),
                rope.isNumber() ? rope.doubleValue() : json.path("rope_theta").asDouble(10_000),
                json.path("rms_norm_eps").asDouble(1e-5),
                json.path("swin_norm").asBoolean(false));
    }

    /// The original `params.json`; its `model` object.
    public static ChameleonConfig ofOriginal(JsonNode params) {
        JsonNode json = params.has("model") ? params.path("model") : params;
        int heads = integer(json, "n_heads");
        return new ChameleonConfig(
                integer(json, "dim"),
                integer(json, "n_layers"),
                heads,
                json.path("n_kv_heads").isInt() ? integer(json, "n_kv_heads") : heads,
                integer(json, "vocab_size"),
                json.path("rope_theta").asDouble(10_000),
                json.path("norm_eps").asDouble(1e-5),
                json.path("swin_norm").asBoolean(false));
    }

    private static int integer(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isInt() || value.intValue() < 1) {
            throw new ModelFormatException("need a whole number >= 1 for %s, got %s".formatted(field, value));
        }
        return value.intValue();
    }
}
