package dev.cm3leon.model.vq;

import dev.cm3leon.model.ModelFormatException;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The shape of an image tokenizer, as `vq/config.json` says it: the small one, where it names no architecture,
/// or a VQGAN.
public sealed interface VqShape permits VqConfig, VqganConfig {
    /// Pixels of a side.
    int imageSize();

    /// Codes of a side.
    int grid();

    /// Size of the codebook.
    int codes();

    /// Width of a code's vector.
    int codeDim();

    /// The fields of `vq/config.json`, in order.
    Map<String, Object> toJson();

    /// Codes of a picture.
    default int cells() {
        return grid() * grid();
    }

    /// Pixels of a side that one code stands for.
    default int cellSize() {
        return imageSize() / grid();
    }

    /// @throws ModelFormatException naming the field that is not what it has to be
    static VqShape fromJson(JsonNode json) {
        if (!json.has("architecture")) return VqConfig.fromJson(json);
        String architecture = json.path("architecture").asString("");
        if (!architecture.equals(VqganConfig.ARCHITECTURE)) {
            throw new ModelFormatException("need no architecture or %s, got %s"
                    .formatted(VqganConfig.ARCHITECTURE, json.path("architecture")));
        }
        return VqganConfig.fromJson(json);
    }
}
