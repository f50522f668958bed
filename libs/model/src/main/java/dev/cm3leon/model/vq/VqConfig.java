package dev.cm3leon.model.vq;

import dev.cm3leon.model.ConfigFields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The shape of the image tokenizer.
///
/// @param imageSize pixels of a side
/// @param grid codes of a side
/// @param codes size of the codebook
/// @param codeDim width of a code's vector
/// @param encoderWidth channels at a quarter and at an eighth of the size
/// @param decoderWidth channels at an eighth and at a quarter of the size
/// @param encoderNeighbours whether a code is told by the cells around its own too
public record VqConfig(
        int imageSize,
        int grid,
        int codes,
        int codeDim,
        List<Integer> encoderWidth,
        List<Integer> decoderWidth,
        boolean encoderNeighbours) {

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
        var fields = new ConfigFields(json);
        return new VqConfig(
                fields.size("image_size"),
                fields.size("grid"),
                fields.size("codes"),
                fields.size("code_dim"),
                fields.sizes("encoder_width"),
                fields.sizes("decoder_width"),
                fields.flag("encoder_neighbours"));
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
        if (encoderNeighbours) json.put("encoder_neighbours", true);
        return json;
    }
}
