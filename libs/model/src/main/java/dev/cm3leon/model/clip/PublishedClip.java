package dev.cm3leon.model.clip;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.cm3leon.model.Checkpoint;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelFiles;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.Resampling;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Weights;
import dev.cm3leon.model.onnx.OnnxModule;
import dev.cm3leon.model.onnx.OnnxModule.Floats;
import dev.cm3leon.model.onnx.OnnxModule.Longs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A CLIP as it is published on Hugging Face: a folder with `config.json`, `preprocessor_config.json`,
/// `tokenizer.json` and `model.safetensors`, whole or in shards; or, as open_clip has it, with
/// `open_clip_config.json`, `tokenizer.json` and `open_clip_model.safetensors`.
public final class PublishedClip implements ClipEncoder {
    private static final String TOKENIZER = "tokenizer.json";

    private final PublishedClipConfig config;
    private final HuggingFaceTokenizer tokenizer;
    private final OnnxModule image;
    private final OnnxModule text;
    private final float logitScale;

    private PublishedClip(PublishedClipConfig config, HuggingFaceTokenizer tokenizer, Weights weights) {
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
        return open(ModelFiles.in(folder));
    }

    private static PublishedClip open(ModelFiles files) {
        var config = PublishedClipConfig.of(files);
        var weights = weights(files);
        return new PublishedClip(config, tokenizer(files, config.context()), weights);
    }

    /// Whether these are the files of one.
    static boolean isIn(ModelFiles files) {
        return isOpenClip(files)
                || files.has("config.json") && files.json("config.json").has("vision_config");
    }

    /// Many folders have both layouts: Hugging Face's is read then.
    static boolean isOpenClip(ModelFiles files) {
        return files.has("open_clip_config.json") && !files.has("config.json");
    }

    /// Looks through the files, of the tensors at names and shapes.
    static ClipParts parts(ModelFiles files) {
        var config = PublishedClipConfig.of(files);
        var weights = weights(files);
        weights.check("logit_scale");
        weights.checkGraph("CLIP's image tower", looked -> PublishedClipGraph.image(config, looked));
        weights.checkGraph("CLIP's text tower", looked -> PublishedClipGraph.text(config, looked));
        tokenizer(files, config.context()).close();
        return new ClipParts(config.embedding(), () -> open(files));
    }

    /// By Hugging Face's names, whichever layout they came in.
    private static Weights weights(ModelFiles files) {
        return isOpenClip(files)
                ? new OpenClipWeights(files.tensors("open_clip_model.safetensors"))
                : Checkpoint.open(files);
    }

    private static HuggingFaceTokenizer tokenizer(ModelFiles files, int context) {
        files.need(TOKENIZER);
        ByteBuffer json = files.read(TOKENIZER);
        byte[] bytes = new byte[json.remaining()];
        json.get(bytes);
        var options = Map.of("padding", "false", "truncation", "true", "maxLength", "" + context);
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), options);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + TOKENIZER, e);
        } catch (RuntimeException e) { // of native code
            throw new ModelFormatException(
                    "%s is no tokenizer: %s".formatted(files.path(TOKENIZER), e.getMessage()), e);
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
    @Override
    public float[] encode(RgbImage picture) {
        int size = config.imageSize();
        return Vectors.unit(image.run(new Floats(pixels(picture), 1, 3, size, size)));
    }

    @Override
    public float[] encode(byte[] file, @Nullable String mediaType, Images images) {
        return encode(images.read(file, mediaType));
    }

    /// What is longer than the context is not seen.
    @Override
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
        byte[] rgb = Resampling.BICUBIC
                .resizeShortSideAndCrop(picture, config.resize(), size, size)
                .rgb();
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
}
