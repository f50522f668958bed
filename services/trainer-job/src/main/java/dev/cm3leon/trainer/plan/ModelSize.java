package dev.cm3leon.trainer.plan;

import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.transformer.TransformerConfiguration;
import dev.cm3leon.trainer.transformer.TransformerConfiguration.Initialisation;
import java.util.List;

/// The models of the paper and how they were trained (tables 3 and 4), and the demo. The numbers of heads of
/// the former are those of the trainer that the authors used; the paper does not print them.
///
/// @param padding rows of the position table in front of the first position; the model here has none
/// @param batchTokens of a step
/// @param peakRate of learning
/// @param warmUp steps
/// @param gpus it was trained on
/// @param tokens in all
/// @param finetuneGpus 0 where the paper has no such row
public record ModelSize(
        String name,
        TransformerConfiguration configuration,
        int padding,
        long batchTokens,
        double peakRate,
        int warmUp,
        int gpus,
        double tokens,
        int finetuneGpus) {

    /// 57,344 texts (56,320 and 1,024 kept free), 8,192 image codes, `<break>`, `<eoss>` and 512 sentinels,
    /// rounded up to a multiple of 8: 66,056.
    private static final Vocabulary PAPER = new Vocabulary(57_344, 8_192, 512);

    private static final long EIGHT_M = 1L << 23;

    public static final List<ModelSize> ALL = List.of(
            paper("350M", 24, 1024, 16, 6e-4, 256, 1.4e12, 0),
            paper("760M", 24, 1536, 16, 5e-4, 256, 1.9e12, 64),
            paper("7B", 32, 4096, 32, 1.2e-4, 512, 2.4e12, 128),
            new ModelSize(
                    "demo",
                    new TransformerConfiguration(128, 5, 4, 512, new Vocabulary(1024, 1024, 16), 8),
                    0,
                    2048,
                    2e-3,
                    100,
                    1,
                    13_000 * 2048,
                    0));

    private static ModelSize paper(
            String name, int layers, int width, int heads, double rate, int gpus, double tokens, int finetuneGpus) {
        var sizes = new TransformerConfiguration(width, layers, heads, 4096, PAPER, 32, false, Initialisation.PAPER);
        return new ModelSize(name, sizes, 2, EIGHT_M, rate, 1500, gpus, tokens, finetuneGpus);
    }

    public int layers() {
        return configuration.layers();
    }

    public int width() {
        return configuration.width();
    }

    public int heads() {
        return configuration.heads();
    }

    public int context() {
        return configuration.context();
    }

    public int vocabulary() {
        return configuration.vocabulary().size();
    }

    /// Rows of the embeddings that tell where a token stands.
    int places() {
        return context() + padding + (configuration.rowColumnEmbeddings() ? 2 * (configuration.grid() + 1) : 0);
    }

    /// `12 L d^2 + V d + 4098 d`, where there are so many places; with a head of its own once more `V d`.
    public long parameters(boolean tied) {
        return configuration.parameters() + (long) width() * (padding + (tied ? 0 : vocabulary()));
    }
}
