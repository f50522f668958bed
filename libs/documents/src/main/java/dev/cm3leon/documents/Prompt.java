package dev.cm3leon.documents;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a model is asked: the stream with the condition, the one without it, and what is to be generated after both.
///
/// @param imageOnly for editing with three streams: the condition without its last text; null with two streams
/// @param newTokens the most tokens that generation adds to any stream
public record Prompt(
        TokenStream conditional,
        TokenStream unconditional,
        @Nullable TokenStream imageOnly,
        Target target,
        int newTokens) {

    public Prompt {
        Objects.requireNonNull(conditional, "conditional is missing");
        Objects.requireNonNull(unconditional, "unconditional is missing");
        Objects.requireNonNull(target, "target is missing");
        if (newTokens != target.newTokens()) {
            throw new IllegalArgumentException(
                    "need newTokens as the target says, %d, got %d".formatted(target.newTokens(), newTokens));
        }
    }

    /// All streams, which get the same tokens: the conditional first, the unconditional second.
    public List<TokenStream> streams() {
        return imageOnly == null ? List.of(conditional, unconditional) : List.of(conditional, unconditional, imageOnly);
    }
}
