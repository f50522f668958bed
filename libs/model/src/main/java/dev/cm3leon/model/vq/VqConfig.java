package dev.cm3leon.model.vq;

import dev.cm3leon.model.ConfigFields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The shape of the small image tokenizer.
///
/// @param imageSize pixels of a side
/// @param grid codes of a side
/// @param codes size of the codebook, 2 to 65,536
/// @param codeDim width of a code's vector, 1 to 1,024
/// @param encoderWidth channels at a quarter and at an eighth of the size
/// @param decoderWidth channels at an eighth and at a quarter of the size
/// @param encoderNeighbours whether a code is told by the cells around its own too; where not, equal cells have equal
/// codes wherever they are
public record VqConfig(
        int imageSize,
        int grid,
        int codes,
        int codeDim,
        List<Integer> encoderWidth,
        List<Integer> decoderWidth,
        boolean encoderNeighbours)
        implements VqShape {

    public VqConfig {
        encoderWidth = List.copyOf(encoderWidth);
        decoderWidth = List.copyOf(decoderWidth);
        if (imageSize != 8 * grid) {
            throw new IllegalArgumentException("need image_size = 8 x grid, got %d and %d".formatted(imageSize, grid));
        }
        within("codes", codes, 2, 65_536);
        within("code_dim", codeDim, 1, 1024);
        widths("encoder_width", encoderWidth);
        widths("decoder_width", decoderWidth);
    }

    static void within(String field, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("need %d <= %s <= %d, got %d".formatted(least, field, most, value));
        }
    }

    private static void widths(String field, List<Integer> widths) {
        if (widths.size() != 2) throw new IllegalArgumentException("need two of %s, got %s".formatted(field, widths));
        widths.forEach(width -> within(field, width, 1, 4096));
    }

    static VqConfig fromJson(JsonNode json) {
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

    @Override
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
