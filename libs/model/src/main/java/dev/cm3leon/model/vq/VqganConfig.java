package dev.cm3leon.model.vq;

import dev.cm3leon.model.ConfigFields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// The shape of the paper's image tokenizer, the VQGAN of Make-A-Scene and Chameleon.
///
/// @param imageSize pixels of a side
/// @param codes size of the codebook, 2 to 65,536
/// @param codeDim width of a code's vector, 1 to 1,024
/// @param channels of the first layer, a multiple of 32
/// @param multipliers of the channels, one for each level; each level has half the side of the one before
/// @param blocks residual blocks of a level in the encoder; in the decoder it has one more
/// @param attention sides of the levels whose blocks are followed by attention, which the middle always has
/// @param latentChannels between the layers and the codes
public record VqganConfig(
        int imageSize,
        int codes,
        int codeDim,
        int channels,
        List<Integer> multipliers,
        int blocks,
        List<Integer> attention,
        int latentChannels)
        implements VqShape {
    public static final String ARCHITECTURE = "vqgan";

    /// Name of the codebook among the weights, (codes, codeDim).
    public static final String CODEBOOK = "quantize.embedding.weight";

    /// Of channels in every normalization.
    public static final int GROUPS = 32;

    /// Added to the variance of a group.
    public static final float EPSILON = 1e-6f;

    public VqganConfig {
        multipliers = List.copyOf(multipliers);
        attention = List.copyOf(attention);
        VqConfig.within("codes", codes, 2, 65_536);
        VqConfig.within("code_dim", codeDim, 1, 1024);
        VqConfig.within("channels", channels, GROUPS, 1024);
        if (channels % GROUPS != 0) {
            throw new IllegalArgumentException("need channels a multiple of %d, got %d".formatted(GROUPS, channels));
        }
        VqConfig.within("number of multipliers", multipliers.size(), 1, 8);
        for (int multiplier : multipliers) VqConfig.within("multipliers", multiplier, 1, 16);
        VqConfig.within("blocks", blocks, 1, 16);
        VqConfig.within("latent_channels", latentChannels, 1, 4096);
        int cell = 1 << multipliers.size() - 1;
        if (imageSize < cell || imageSize % cell != 0) {
            throw new IllegalArgumentException("need image_size a multiple of %d for %d multipliers, got %d"
                    .formatted(cell, multipliers.size(), imageSize));
        }
        List<Integer> sides = IntStream.range(0, multipliers.size())
                .mapToObj(level -> imageSize >> level)
                .toList();
        if (!sides.containsAll(attention)) {
            throw new IllegalArgumentException("need attention among the sides %s, got %s".formatted(sides, attention));
        }
    }

    @Override
    public int grid() {
        return imageSize >> multipliers.size() - 1;
    }

    boolean attends(int level) {
        return attention.contains(imageSize >> level);
    }

    /// Of all weights, by the names of the original checkpoint.
    public Map<String, long[]> shapes() {
        return VqganShapes.of(this);
    }

    static VqganConfig fromJson(JsonNode json) {
        var fields = new ConfigFields(json);
        return new VqganConfig(
                fields.size("image_size"),
                fields.size("codes"),
                fields.size("code_dim"),
                fields.size("channels"),
                fields.sizes("multipliers"),
                fields.size("blocks"),
                fields.sizes("attention"),
                fields.size("latent_channels"));
    }

    @Override
    public Map<String, Object> toJson() {
        var json = new LinkedHashMap<String, Object>();
        json.put("architecture", ARCHITECTURE);
        json.put("image_size", imageSize);
        json.put("codes", codes);
        json.put("code_dim", codeDim);
        json.put("channels", channels);
        json.put("multipliers", multipliers);
        json.put("blocks", blocks);
        json.put("attention", attention);
        json.put("latent_channels", latentChannels);
        return json;
    }
}
