package dev.cm3leon.model.clip;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.cm3leon.model.Checkpoint;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.Resampling;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.onnx.OnnxModule;
import dev.cm3leon.model.onnx.OnnxModule.Floats;
import dev.cm3leon.model.onnx.OnnxModule.Longs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A CLIP as it is published on Hugging Face: a folder with `config.json`, `preprocessor_config.json`,
/// `tokenizer.json` and `model.safetensors`, whole or in shards.
public final class PublishedClip implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final PublishedClipConfig config;
    private final HuggingFaceTokenizer tokenizer;
    private final OnnxModule image;
    private final OnnxModule text;
    private final float logitScale;

    private PublishedClip(PublishedClipConfig config, HuggingFaceTokenizer tokenizer, Checkpoint weights) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.logitScale = OnnxModule.beside(tokenizer::close, () -> (float) Math.exp(weights.floats("logit_scale")[0]));
        this.image = OnnxModule.beside(
                tokenizer::close,
                () -> OnnxModule.load("CLIP's image tower", PublishedClipGraph.image(config, weights)));
        this.text = OnnxModule.beside(
                () -> {
                    tokenizer.close();
                    image.close();
                },
                () -> OnnxModule.load("CLIP's text tower", PublishedClipGraph.text(config, weights)));
    }

    /// @throws ModelFormatException naming what is missing or not as it should be
    public static PublishedClip open(Path folder) {
        var config = PublishedClipConfig.of(json(folder, "config.json"), json(folder, "preprocessor_config.json"));
        Checkpoint weights = Checkpoint.open(folder);
        var options = Map.of("padding", "false", "truncation", "true", "maxLength", "" + config.context());
        byte[] tokens = bytes(folder, "tokenizer.json");
        try {
            return new PublishedClip(
                    config, HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(tokens), options), weights);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read tokenizer.json", e);
        }
    }

    /// Width of the embeddings.
    public int embedding() {
        return config.embedding();
    }

    /// What cosines are multiplied with.
    public float logitScale() {
        return logitScale;
    }

    /// @param picture of any size; its middle square is seen
    /// @return a unit vector
    public float[] encode(RgbImage picture) {
        int size = config.imageSize();
        return Vectors.unit(image.run(new Floats(pixels(picture), 1, 3, size, size)));
    }

    /// A unit vector. What is longer than the context is not seen.
    public float[] encode(String words) {
        long[] ids = ids(words);
        long[] padded = Arrays.copyOf(ids, config.context());
        return Vectors.unit(text.run(new Longs(padded, 1, padded.length), new Longs(new long[] {end(ids)}, 1)));
    }

    /// Start and end included; a typed end token is one, and ends the text early.
    long[] ids(String words) {
        return tokenizer.encode(words).getIds();
    }

    /// Colour planes (3, size, size), normalised.
    float[] pixels(RgbImage picture) {
        int size = config.imageSize(), area = size * size;
        RgbImage resized = Resampling.BICUBIC.resizeShortSide(picture, config.resize());
        byte[] rgb = Resampling.centreCrop(resized, size, size).rgb();
        float[] planes = new float[3 * area];
        for (int i = 0; i < area; i++) {
            for (int c = 0; c < 3; c++) {
                double value = (rgb[3 * i + c] & 0xff) / 255.0;
                planes[c * area + i] = (float)
                        ((value - config.mean().get(c)) / config.deviation().get(c));
            }
        }
        return planes;
    }

    /// Where a text is pooled: its first end token, or its largest id.
    private int end(long[] ids) {
        int largest = 0;
        for (int t = 0; t < ids.length; t++) {
            if (ids[t] == config.eos()) return t;
            if (ids[t] > ids[largest]) largest = t;
        }
        return largest;
    }

    @Override
    public void close() {
        image.close();
        text.close();
        tokenizer.close();
    }

    private static JsonNode json(Path folder, String name) {
        try {
            return JSON.readTree(bytes(folder, name));
        } catch (JacksonException e) {
            throw new ModelFormatException("%s is not JSON: %s".formatted(name, e.getOriginalMessage()), e);
        }
    }

    private static byte[] bytes(Path folder, String name) {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) throw new ModelFormatException("need a file " + name + ", got none");
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name, e);
        }
    }
}
