package dev.cm3leon.model.clip;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Weights;
import dev.cm3leon.model.onnx.Convolutions;
import dev.cm3leon.model.onnx.Convolutions.Padding;
import dev.cm3leon.model.onnx.OnnxGraph;
import dev.cm3leon.model.onnx.OnnxGraph.Attribute;
import dev.cm3leon.model.onnx.OnnxGraph.Type;
import dev.cm3leon.model.onnx.OnnxModule;
import dev.cm3leon.model.onnx.OnnxModule.Floats;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A CLIP as our training makes it: a small image tower, and a projection of the sentence encoder's vector.
public final class SmallClip implements ClipEncoder {
    private final ClipConfig config;
    private final SentenceEncoder sentences;
    private final OnnxModule image;
    private final OnnxModule text;

    /// Weights of wrong shapes are refused before anything native is open.
    private SmallClip(ClipConfig config, Safetensors weights) {
        check(config, weights);
        var tower = imageTower(config, weights);
        var projection = textProjection(config, weights);
        this.config = config;
        this.image = OnnxModule.load("CLIP's image tower", tower);
        this.text = OnnxModule.beside(image::close, () -> OnnxModule.load("CLIP's text projection", projection));
        this.sentences = OnnxModule.beside(
                () -> {
                    image.close();
                    text.close();
                },
                SentenceEncoder::open);
    }

    /// Looks at the tensors' names and shapes.
    ///
    /// @throws ModelFormatException naming what is missing or not as it should be
    static void check(ClipConfig config, Weights weights) {
        if (config.textWidth() != SentenceEncoder.WIDTH) {
            throw new ModelFormatException(
                    "need text_width %d, got %d".formatted(SentenceEncoder.WIDTH, config.textWidth()));
        }
        weights.checkGraph("CLIP's image tower", looked -> imageTower(config, looked));
        weights.checkGraph("CLIP's text projection", looked -> textProjection(config, looked));
    }

    public static SmallClip open(ClipConfig config, Safetensors weights) {
        return new SmallClip(config, weights);
    }

    /// @param pixels of the configured size
    @Override
    public float[] encode(RgbImage pixels) {
        int size = config.imageSize();
        if (pixels.width() != size || pixels.height() != size) {
            throw new IllegalArgumentException("need %d x %d pixels, got %s".formatted(size, size, pixels));
        }
        return Vectors.unit(image.run(new Floats(pixels.planes(), 1, 3, size, size)));
    }

    @Override
    public float[] encode(byte[] file, @Nullable String mediaType, Images images) {
        return encode(images.read(file, mediaType, config.imageSize()));
    }

    @Override
    public float[] encode(String words) {
        return Vectors.unit(text.run(new Floats(sentences.encode(words), 1, config.textWidth())));
    }

    @Override
    public void close() {
        image.close();
        text.close();
        sentences.close();
    }

    private static byte[] imageTower(ClipConfig config, Weights weights) {
        var graph = new OnnxGraph("clip_image");
        var layers = new Convolutions(graph, weights);
        int size = config.imageSize();

        String x = layers.pixelUnshuffle(
                graph.input("image", Type.FLOAT, 1, 3, size, size), 3, size, 4); // (1, 48, 16, 16)
        x = layers.relu(layers.convolution(x, "image.conv1", 48, 64, 3, 1, Padding.ZERO));
        x = layers.relu(layers.convolution(x, "image.conv2", 64, 128, 2, 2, Padding.NONE)); // (1, 128, 8, 8)
        x = layers.relu(layers.convolution(x, "image.conv3", 128, 128, 3, 1, Padding.ZERO));
        x = layers.relu(layers.convolution(x, "image.conv4", 128, 64, 2, 2, Padding.NONE)); // (1, 64, 4, 4)
        x = graph.node("Flatten", List.of(x), new Attribute("axis", 1));
        x = layers.linear(x, "image.proj", config.imageFeatures(), config.embedding());
        return embedding(graph, x, config);
    }

    private static byte[] textProjection(ClipConfig config, Weights weights) {
        var graph = new OnnxGraph("clip_text");
        var layers = new Convolutions(graph, weights);

        String sentence = graph.input("sentence", Type.FLOAT, 1, config.textWidth());
        String hidden = layers.relu(layers.linear(sentence, "text.fc1", config.textWidth(), config.textHidden()));
        return embedding(graph, layers.linear(hidden, "text.fc2", config.textHidden(), config.embedding()), config);
    }

    private static byte[] embedding(OnnxGraph graph, String x, ClipConfig config) {
        graph.node("", "Identity", List.of(x), List.of("embedding"));
        graph.output("embedding", Type.FLOAT, 1, config.embedding());
        return graph.toBytes();
    }
}
