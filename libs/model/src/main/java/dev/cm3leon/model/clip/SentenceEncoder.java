package dev.cm3leon.model.clip;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.cm3leon.model.onnx.OnnxModule;
import dev.cm3leon.model.onnx.OnnxModule.Longs;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/// MiniLM (all-minilm-l6-v2, quantized) from the classpath: a text to a unit vector of 384, the mean over its tokens.
public final class SentenceEncoder implements AutoCloseable {
    public static final int WIDTH = 384;
    private static final String MODEL = "/all-minilm-l6-v2-q.onnx", TOKENIZER = "/all-minilm-l6-v2-q-tokenizer.json";
    private static final int MAX_TOKENS = 256;

    private final HuggingFaceTokenizer tokenizer;
    private final OnnxModule model;

    private SentenceEncoder(HuggingFaceTokenizer tokenizer, OnnxModule model) {
        this.tokenizer = tokenizer;
        this.model = model;
    }

    public static SentenceEncoder open() {
        OnnxModule model = OnnxModule.load("the sentence encoder", resource(MODEL));
        return new SentenceEncoder(OnnxModule.beside(model::close, SentenceEncoder::tokenizer), model);
    }

    private static HuggingFaceTokenizer tokenizer() {
        try {
            var options = Map.of("padding", "false", "truncation", "true", "maxLength", "" + MAX_TOKENS);
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(resource(TOKENIZER)), options);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + TOKENIZER, e);
        }
    }

    /// A unit vector; words beyond 256 tokens are not seen.
    public float[] encode(String text) {
        Encoding encoding = tokenizer.encode(text);
        long[] ids = encoding.getIds(), mask = encoding.getAttentionMask(), types = encoding.getTypeIds();
        int T = ids.length;
        float[] hidden = model.run(new Longs(ids, 1, T), new Longs(mask, 1, T), new Longs(types, 1, T)); // (1, T, 384)
        float[] mean = new float[WIDTH];
        for (int t = 0; t < T; t++) {
            if (mask[t] == 0) continue;
            for (int c = 0; c < WIDTH; c++) mean[c] += hidden[t * WIDTH + c];
        }
        return Vectors.unit(mean);
    }

    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }

    private static byte[] resource(String name) {
        try (var in = SentenceEncoder.class.getResourceAsStream(name)) {
            if (in == null) throw new FileNotFoundException(name + " is not on the classpath");
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name, e);
        }
    }
}
