package dev.cm3leon.model.vq;

import dev.cm3leon.model.ModelFormatException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/// The shape of the image tokenizer.
///
/// @param imageSize pixels of a side
/// @param grid codes of a side
/// @param codes size of the codebook
/// @param codeDim width of a code's vector
/// @param encoderWidth channels at a quarter and at an eighth of the size
/// @param decoderWidth channels at an eighth and at a quarter of the size
public record VqConfig(
        int imageSize, int grid, int codes, int codeDim, List<Integer> encoderWidth, List<Integer> decoderWidth) {

    public VqConfig {
        encoderWidth = List.copyOf(encoderWidth);
        decoderWidth = List.copyOf(decoderWidth);
        if (imageSize != 8 * grid) {
            throw new IllegalArgumentException("need image_size = 8 x grid, got %d and %d".formatted(imageSize, grid));
        }
        if (encoderWidth.size() != 2 || decoderWidth.size() != 2) {
            throw new IllegalArgumentException(
                    "need two encoder and two decoder widths, got %s and %s".formatted(encoderWidth, decoderWidth));
        }
    }

    public static VqConfig fromJson(JsonNode json) {
        return new VqConfig(
                integer(json, "image_size"),
                integer(json, "grid"),
                integer(json, "codes"),
                integer(json, "code_dim"),
                integers(json, "encoder_width"),
                integers(json, "decoder_width"));
    }

    /// The fields of `vq/config.json`, in order.
    public Map<String, Object> toJson() {
        var json = new LinkedHashMap<String, Object>();
        json.put("image_size", imageSize);
        json.put("grid", grid);
        json.put("codes", codes);
        json.put("code_dim", codeDim);
        json.put("encoder_width", encoderWidth);
        json.put("decoder_width", decoderWidth);
        return json;
    }

    private static int integer(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isInt() || value.intValue() < 1) {
            throw new ModelFormatException("need a whole number >= 1 for %s, got %s".formatted(field, value));
        }
        return value.intValue();
    }

    private static List<Integer> integers(JsonNode json, String field) {
        if (!json.path(field).isArray()) throw new ModelFormatException("need a list for " + field);
        return StreamSupport.stream(json.path(field).spliterator(), false)
                .map(JsonNode::asInt)
                .toList();
    }
}
