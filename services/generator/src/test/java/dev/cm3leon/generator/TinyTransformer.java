package dev.cm3leon.generator;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.Prompt;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.model.RandomWeights;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Safetensors.DType;
import dev.cm3leon.model.transformer.Transformer;
import dev.cm3leon.model.transformer.TransformerConfig;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// A model of random weights, and what can be asked of it: images of 6 x 6 codes of 16.
final class TinyTransformer {

    static final Vocabulary VOCABULARY = new Vocabulary(60, 16, 4);
    static final Grid GRID = new Grid(6);
    static final TransformerConfig CONFIG = new TransformerConfig(32, 2, 2, 128, VOCABULARY, GRID, true);

    private TinyTransformer() {}

    static Transformer open(Path folder, int rows) {
        Path file = folder.resolve("model.safetensors");
        RandomWeights.transformer(CONFIG, 1, DType.F32).write(file);
        return Transformer.open(CONFIG, Safetensors.open(file), rows, 1);
    }

    /// Draw an image for a text of these ids.
    static Prompt draw(int... text) {
        return layout().textToImage(List.of(), text);
    }

    /// Write a text of at most 12 tokens for an image.
    static Prompt caption(long seed) {
        int[] codes =
                new Random(seed).ints(GRID.cells(), 0, VOCABULARY.imageCodes()).toArray();
        return layout().lay(
                        List.of(),
                        List.of(
                                new PromptPart.Text(new int[] {10, 11}),
                                new PromptPart.TextHole(),
                                new PromptPart.Image(codes)),
                        12);
    }

    static GenerationRequest request(String generation, int candidates, long seed, Decoding decoding) {
        return request(generation, candidates, seed, decoding, null);
    }

    static GenerationRequest request(
            String generation, int candidates, long seed, Decoding decoding, @Nullable Instant deadline) {
        Sampling sampling = new Sampling(decoding, 1, 0.95, 1.5, 0.5, 4, 12);
        return new GenerationRequest(
                generation, "public", null, List.of(), sampling, candidates, 0, List.of(), seed, deadline);
    }

    private static PromptLayout layout() {
        return PromptLayout.of(VOCABULARY, GRID, CONFIG.context());
    }
}
