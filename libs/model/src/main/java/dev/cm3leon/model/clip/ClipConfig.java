package dev.cm3leon.model.clip;

import dev.cm3leon.model.ConfigFields;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The shape of the two towers.
///
/// @param imageSize pixels of a side, a multiple of 16
/// @param embedding width of the shared space
/// @param textWidth of the sentence encoder's vector
/// @param textHidden of the projection of that vector
public record ClipConfig(int imageSize, int embedding, int textWidth, int textHidden) {

    public ClipConfig {
        if (imageSize < 16 || imageSize % 16 != 0) {
            throw new IllegalArgumentException("need image_size a multiple of 16, got " + imageSize);
        }
    }

    /// Values of the image tower before its projection.
    int imageFeatures() {
        return 64 * (imageSize / 16) * (imageSize / 16);
    }

    public static ClipConfig fromJson(JsonNode json) {
        var fields = new ConfigFields(json);
        return new ClipConfig(
                fields.size("image_size"),
                fields.size("embedding"),
                fields.size("text_width"),
                fields.size("text_hidden"));
    }

    /// The fields of `clip/config.json`, in order.
    public Map<String, Object> toJson() {
        var json = new LinkedHashMap<String, Object>();
        json.put("image_size", imageSize);
        json.put("embedding", embedding);
        json.put("text_width", textWidth);
        json.put("text_hidden", textHidden);
        return json;
    }
}
