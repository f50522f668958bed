package dev.cm3leon.trainer.transformer;

import dev.cm3leon.documents.Vocabulary;

/// Sizes of the transformer, as its `config.json` says them.
///
/// @param context the longest stream in tokens
/// @param grid image cells a side
public record TransformerConfiguration(int width, int layers, int heads, int context, Vocabulary vocabulary, int grid) {
    public TransformerConfiguration {
        if (heads < 1 || width % heads != 0)
            throw new IllegalArgumentException("need width divisible by heads, got " + width + " and " + heads);
    }
}
