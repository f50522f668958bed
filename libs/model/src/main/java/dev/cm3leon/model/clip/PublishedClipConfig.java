package dev.cm3leon.model.clip;

import dev.cm3leon.model.ModelFiles;
import dev.cm3leon.model.ModelFormatException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What `config.json` and `preprocessor_config.json` of a published CLIP say, or its `open_clip_config.json`.
/// What would have pictures made ready in another way than is done here is refused.
///
/// @param eos the end token that a text is pooled at; -1 where it is the largest id (as open_clip does, and
///     configurations that say 2, which no published vocabulary means)
/// @param resize to which length the shorter side of a picture is brought before its middle is cut out
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

    private static final String CONFIG = "config.json",
            PREPROCESSOR = "preprocessor_config.json",
            OPEN_CLIP = "open_clip_config.json";
    private static final int BICUBIC = 3; // as Pillow counts
    private static final int MOST = 1 << 20, MOST_PIXELS = 1024, MOST_PATCHES = 32, MOST_TOKENS = 1024;

    /// One transformer.
    record Tower(int width, int hidden, int layers, int heads, Activation activation, float epsilon) {
        Tower {
            if (heads < 1 || width % heads != 0) {
                throw new ModelFormatException("need heads that divide hidden_size %d, got %d".formatted(width, heads));
            }
        }
    }

    enum Activation {
        QUICK_GELU,
        GELU
    }

    static PublishedClipConfig of(ModelFiles files) {
        return PublishedClip.isOpenClip(files)
                ? openClip(new Fields(files.path(OPEN_CLIP), files.json(OPEN_CLIP)))
                : huggingFace(
                        new Fields(files.path(CONFIG), files.json(CONFIG)),
                        new Fields(files.path(PREPROCESSOR), files.json(PREPROCESSOR)));
    }

    private static PublishedClipConfig huggingFace(Fields config, Fields preprocessor) {
        config.only("model_type", "clip");
        Fields text = config.part("text_config"), vision = config.part("vision_config");
        int eos = text.json.path("eos_token_id").asInt(49407), size = vision.integer("image_size", 224, MOST_PIXELS);
        for (String step : List.of("do_resize", "do_center_crop", "do_rescale", "do_normalize")) {
            preprocessor.only(step, true);
        }
        preprocessor.only("resample", BICUBIC);
        preprocessor.only("rescale_factor", 1 / 255.0);
        JsonNode crop = preprocessor.json.path("crop_size");
        if (crop.isObject()) {
            preprocessor.part("crop_size").only("height", size);
            preprocessor.part("crop_size").only("width", size);
        } else {
            preprocessor.only("crop_size", size);
        }
        return new PublishedClipConfig(
                tower(text, 512, 2048, 8),
                tower(vision, 768, 3072, 12),
                config.integer("projection_dim", 512),
                text.integer("vocab_size", 49408),
                text.integer("max_position_embeddings", 77, MOST_TOKENS),
                eos == 2 ? -1 : eos,
                size,
                patch(vision, size, 32),
                resize(preprocessor, size),
                preprocessor.three("image_mean"),
                preprocessor.three("image_std"));
    }

    private static Tower tower(Fields fields, int width, int hidden, int heads) {
        String activation = fields.json.path("hidden_act").asString("quick_gelu");
        return new Tower(
                fields.integer("hidden_size", width),
                fields.integer("intermediate_size", hidden),
                fields.integer("num_hidden_layers", 12),
                fields.integer("num_attention_heads", heads),
                switch (activation) {
                    case "quick_gelu" -> Activation.QUICK_GELU;
                    case "gelu" -> Activation.GELU;
                    default -> throw fields.refuse("hidden_act", "quick_gelu or gelu", activation);
                },
                (float) fields.json.path("layer_norm_eps").asDouble(1e-5));
    }

    private static int resize(Fields preprocessor, int size) {
        JsonNode json = preprocessor.json.path("size");
        if (json.isObject() && !json.has("shortest_edge")) throw preprocessor.refuse("size", "a shortest_edge", json);
        int side = json.isObject()
                ? preprocessor.part("size").integer("shortest_edge", size)
                : preprocessor.integer("size", size);
        if (side < size) throw preprocessor.refuse("size", "at least the image_size " + size, json);
        return side;
    }

    /// Of towers as they were first made; what other settings would make of them is refused.
    private static PublishedClipConfig openClip(Fields config) {
        Fields model = config.part("model_cfg"), pictures = config.part("preprocess_cfg");
        Fields text = model.part("text_cfg"), vision = model.part("vision_cfg");
        model.noneBut("embed_dim", "quick_gelu", "text_cfg", "vision_cfg");
        text.noneBut("context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio");
        vision.noneBut("image_size", "patch_size", "width", "head_width", "layers", "mlp_ratio");
        pictures.noneBut("mean", "std", "interpolation", "resize_mode");
        pictures.only("interpolation", "bicubic");
        pictures.only("resize_mode", "shortest");
        int size = vision.integer("image_size", 224, MOST_PIXELS);
        int width = vision.integer("width", 768), headWidth = vision.integer("head_width", 64);
        if (width % headWidth != 0) throw vision.refuse("head_width", "a divisor of width " + width, headWidth);
        var activation = model.json.path("quick_gelu").asBoolean(false) ? Activation.QUICK_GELU : Activation.GELU;
        return new PublishedClipConfig(
                openClipTower(text, text.integer("width", 512), text.integer("heads", 8), activation),
                openClipTower(vision, width, width / headWidth, activation),
                model.integer("embed_dim", 512),
                text.integer("vocab_size", 49408),
                text.integer("context_length", 77, MOST_TOKENS),
                -1,
                size,
                patch(vision, size, 16),
                size,
                pictures.three("mean"),
                pictures.three("std"));
    }

    private static Tower openClipTower(Fields fields, int width, int heads, Activation activation) {
        int hidden = (int) (width * fields.json.path("mlp_ratio").asDouble(4));
        return new Tower(width, hidden, fields.integer("layers", 12), heads, activation, 1e-5f);
    }

    private static int patch(Fields vision, int size, int otherwise) {
        int patch = vision.integer("patch_size", otherwise);
        if (size % patch != 0) throw vision.refuse("patch_size", "a divisor of image_size " + size, patch);
        if (size / patch > MOST_PATCHES) {
            throw vision.refuse("patch_size", "image_size %d / %d or more".formatted(size, MOST_PATCHES), patch);
        }
        return patch;
    }

    /// Fields of a file.
    ///
    /// @param where they are, for messages
    private record Fields(String where, JsonNode json) {

        Fields part(String field) {
            return new Fields(where + ": " + field, json.path(field));
        }

        int integer(String field, int otherwise) {
            return integer(field, otherwise, MOST);
        }

        int integer(String field, int otherwise, int most) {
            JsonNode value = json.path(field);
            if (value.isMissingNode()) return otherwise;
            if (!value.isInt() || value.intValue() < 1 || value.intValue() > most) {
                throw refuse(field, "a whole number from 1 to " + most, value);
            }
            return value.intValue();
        }

        List<Double> three(String field) {
            var values = new ArrayList<Double>();
            for (JsonNode value : json.path(field)) if (value.isNumber()) values.add(value.doubleValue());
            if (values.size() != 3) throw refuse(field, "three numbers", json.path(field));
            return List.copyOf(values);
        }

        /// Where the field is there.
        void only(String field, Object value) {
            JsonNode there = json.path(field);
            if (!there.isMissingNode() && !there.asString("").equals(value.toString()))
                throw refuse(field, value, there);
        }

        void noneBut(String... known) {
            for (String field : json.propertyNames()) {
                if (!List.of(known).contains(field)) throw refuse(field, "nothing", json.path(field));
            }
        }

        ModelFormatException refuse(String field, Object need, Object got) {
            return new ModelFormatException("%s: need %s for %s, got %s".formatted(where, need, field, got));
        }
    }
}
