package dev.cm3leon.trainer.plan;

import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.transformer.TransformerConfiguration;
import dev.cm3leon.trainer.transformer.TransformerConfiguration.Initialisation;
import java.util.List;

/// The models of the paper and how they were trained (tables 3 and 4). The numbers of heads are those of the trainer
/// that the authors used; the paper does not print them.
///
/// @param batchTokens of a step
/// @param peakRate of learning
/// @param warmUp steps
/// @param gpus it was trained on
/// @param tokens in all
/// @param finetuneGpus 0 where the paper has no such row
public record PaperSize(
        String name,
        int layers,
        int width,
        int heads,
        long batchTokens,
        double peakRate,
        int warmUp,
        int gpus,
        double tokens,
        int finetuneGpus) {

    public static final int CONTEXT = 4096;

    /// 57,344 texts (56,320 and 1,024 kept free), 8,192 image codes, `<break>`, `<eoss>` and 512 sentinels, rounded up
    /// to a multiple of 8: 66,056.
    public static final Vocabulary VOCABULARY = new Vocabulary(57_344, 8_192, 512);

    private static final int PADDING = 2; // rows of the authors' position table in front of the first position
    private static final long EIGHT_M = 1L << 23;

    public static final List<PaperSize> ALL = List.of(
            new PaperSize("350M", 24, 1024, 16, EIGHT_M, 6e-4, 1500, 256, 1.4e12, 0),
            new PaperSize("760M", 24, 1536, 16, EIGHT_M, 5e-4, 1500, 256, 1.9e12, 64),
            new PaperSize("7B", 32, 4096, 32, EIGHT_M, 1.2e-4, 1500, 512, 2.4e12, 128));

    public TransformerConfiguration configuration() {
        return new TransformerConfiguration(width, layers, heads, CONTEXT, VOCABULARY, 32, false, Initialisation.PAPER);
    }

    /// `12 L d^2 + V d + 4098 d`; with a head of its own once more `V d`.
    public long parameters(boolean tied) {
        long head = tied ? 0 : (long) VOCABULARY.size() * width;
        return configuration().parameters() + (long) PADDING * width + head;
    }
}
