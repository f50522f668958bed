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
import dev.cm3leon.model.transformer.Precision;
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
    static final TransformerConfig CONFIG =
            new TransformerConfig(32, 2, 2, 128, VOCABULARY, GRID, true, Precision.FLOAT32);

    private TinyTransformer() {}

    static Transformer open(Path folder, int rows) {
        return open(folder, rows, 1);
    }

    static Transformer open(Path folder, int rows, int threads) {
        Path file = folder.resolve("model.safetensors");
        RandomWeights.transformer(CONFIG, 1, DType.F32).write(file);
        return Transformer.open(CONFIG, Safetensors.open(file), rows, threads);
    }

    /// Draw an image for a text of these ids.
    static Prompt draw(int... text) {
        return layout().textToImage(List.of(), text);
    }

    /// Write a text of at most 12 tokens for an image.
    static Prompt caption(long seed) {
        return layout().lay(
                        List.of(),
                        List.of(
                                new PromptPart.Text(new int[] {10, 11}),
                                new PromptPart.TextHole(),
                                new PromptPart.Image(codes(seed))),
                        12);
    }

    /// Change an image as a text says, by three streams.
    static Prompt edit(long seed) {
        return layout().layEdit(
                        List.of(),
                        List.of(
                                new PromptPart.Text(new int[] {5}),
                                new PromptPart.Image(codes(seed)),
                                new PromptPart.Text(new int[] {6, 7}),
                                new PromptPart.ImageHole()),
                        1);
    }

    /// Draw the lower right of an image again.
    static Prompt region(long seed) {
        int[] cells = GRID.cellsIn(0.5, 0.5, 0.5, 0.5);
        return layout().lay(
                        List.of(),
                        List.of(new PromptPart.Text(new int[] {5}), new PromptPart.ImageGap(codes(seed), cells)),
                        1);
    }

    private static int[] codes(long seed) {
        return new Random(seed).ints(GRID.cells(), 0, VOCABULARY.imageCodes()).toArray();
    }

    static GenerationRequest request(String generation, int candidates, long seed, Decoding decoding) {
        return request(generation, candidates, seed, decoding, null);
    }

    static GenerationRequest request(
            String generation, int candidates, long seed, Decoding decoding, @Nullable Instant deadline) {
        Sampling sampling = new Sampling(decoding, 1, 0.95, 1.5, 0.5, 4, 12, null, null, null, null, 0.02, null, null);
        return request(generation, candidates, seed, sampling, deadline);
    }

    static GenerationRequest request(
            String generation, int candidates, long seed, Sampling sampling, @Nullable Instant deadline) {
        return new GenerationRequest(
                generation, "public", null, List.of(), sampling, candidates, 0, List.of(), seed, deadline);
    }

    private static PromptLayout layout() {
        return PromptLayout.of(VOCABULARY, GRID, CONFIG.context());
    }
}
