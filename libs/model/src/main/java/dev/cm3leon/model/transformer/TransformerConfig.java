package dev.cm3leon.model.transformer;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.ConfigFields;
import dev.cm3leon.model.ModelFormatException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The shape of a CM3Leon transformer (section 2.3): decoder-only, pre-LN without parameters, no biases, ReLU, tied
/// head.
///
/// @param width of the residual stream
/// @param context the most tokens of a stream
/// @param grid of an image's codes
/// @param rowColumnEmbeddings whether row and column of the next cell are added to the input (an option for small
///     models)
/// @param precision of the projections' weights while it decodes
public record TransformerConfig(
        int width,
        int layers,
        int heads,
        int context,
        Vocabulary vocabulary,
        Grid grid,
        boolean rowColumnEmbeddings,
        Precision precision) {

    public static final String FAMILY = "cm3leon";

    private static final int MOST_WIDTH = 1 << 16, MOST_LAYERS = 1 << 10, MOST_CONTEXT = 1 << 20;

    public TransformerConfig {
        if (layers < 1) throw new IllegalArgumentException("need layers >= 1, got " + layers);
        checkHeads("", width, heads);
        if (context < 2) throw new IllegalArgumentException("need context >= 2, got " + context);
        atMost("width", MOST_WIDTH, width);
        atMost("layers", MOST_LAYERS, layers);
        atMost("context", MOST_CONTEXT, context);
    }

    /// ONNX Runtime's attention takes heads of some widths, and refuses others when it runs.
    ///
    /// @param where both fields are, as `transformer.`
    public static void checkHeads(String where, int width, int heads) {
        if (heads >= 1 && width >= 1 && width % (8L * heads) == 0) return;
        throw new IllegalArgumentException(
                "need %swidth a multiple of 8 x %sheads, which ONNX Runtime's attention needs, got %d and %d"
                        .formatted(where, where, width, heads));
    }

    private static void atMost(String field, int most, int value) {
        if (value > most) throw new IllegalArgumentException("need %s <= %d, got %d".formatted(field, most, value));
    }

    public int headWidth() {
        return width / heads;
    }

    public int hidden() {
        return 4 * width;
    }

    /// Weights, the tied head counted once.
    public long parameters() {
        long embeddings = ((long) vocabulary.size() + context) * width;
        if (rowColumnEmbeddings) embeddings += 2L * (grid.side() + 1) * width;
        return embeddings + 12L * layers * width * width;
    }

    /// Bytes of the weights while it decodes.
    long weightBytes() {
        if (!precision.isRounded()) return 4 * parameters();
        long projections = 12L * layers * width * width, embeddings = parameters() - projections;
        long head = Rounded.bytes(vocabulary.size(), width, Precision.HEAD.bits());
        long rounded = Rounded.bytes(12 * layers * width, width, precision.bits());
        return 4 * embeddings + head + rounded;
    }

    public static TransformerConfig fromJson(JsonNode json) {
        var fields = new ConfigFields(json);
        String family = json.path("family").asString("");
        if (!family.equals(FAMILY)) {
            throw new ModelFormatException("need family %s, got %s".formatted(FAMILY, family));
        }
        return new TransformerConfig(
                fields.size("width", 0),
                fields.size("layers", 0),
                fields.size("heads", 0),
                fields.size("context", 0),
                new Vocabulary(fields.size("text_size", 0), fields.size("image_codes", 0), fields.size("sentinels", 0)),
                new Grid(fields.size("grid", 0)),
                json.path("row_column_embeddings").asBoolean(false),
                precision(json.path("precision").asString(Precision.FLOAT32.toString())));
    }

    private static Precision precision(String name) {
        return Arrays.stream(Precision.values())
                .filter(one -> one.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new ModelFormatException(
                        "need precision of %s, got %s".formatted(Arrays.toString(Precision.values()), name)));
    }

    /// The fields of `transformer/config.json`, in order.
    public Map<String, Object> toJson() {
        var json = new LinkedHashMap<String, Object>();
        json.put("family", FAMILY);
        json.put("width", width);
        json.put("layers", layers);
        json.put("heads", heads);
        json.put("context", context);
        json.put("text_size", vocabulary.textSize());
        json.put("image_codes", vocabulary.imageCodes());
        json.put("sentinels", vocabulary.sentinels());
        json.put("grid", grid.side());
        json.put("row_column_embeddings", rowColumnEmbeddings);
        if (precision.isRounded()) json.put("precision", precision.toString());
        return json;
    }
}
