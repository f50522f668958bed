package dev.cm3leon.documents;

import java.util.List;
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
        if (newTokens != target.newTokens()) {
            throw new IllegalArgumentException(
                    "need newTokens as the target says, %d, got %d".formatted(target.newTokens(), newTokens));
        }
    }

    /// All streams, which get the same tokens: the conditional first, the unconditional second.
    public List<TokenStream> streams() {
        return imageOnly == null ? List.of(conditional, unconditional) : List.of(conditional, unconditional, imageOnly);
    }

    /// The conditional stream completed with known answers (text ids without an end, or whole images, in document
    /// order of the holes): what a model that answers this prompt is trained on, the ends included.
    ///
    /// @param end what closes an image that is continued at the end of the stream: eos
    public TokenStream completed(List<PromptPart> answers, Vocabulary vocabulary) {
        var stream = new TokenStream.Builder().append(conditional);
        for (int s = 0; s < target.slots().size(); s++) {
            Target.Slot slot = target.slots().get(s);
            boolean last = s + 1 == target.slots().size();
            stream.append(slot.lead());
            switch (answers.get(slot.hole())) {
                case PromptPart.Image(int[] codes)
                when slot.kind() == Target.Kind.IMAGE -> {
                    for (int cell : slot.cells()) stream.append(vocabulary.image(codes[cell]), cell);
                    if (last) stream.append(infilled(slot, vocabulary) ? vocabulary.eoss() : vocabulary.eos());
                }
                case PromptPart.Text(int[] ids)
                when slot.kind() == Target.Kind.TEXT -> stream.append(ids).append(slot.ends()[0]);
                default ->
                    throw new IllegalArgumentException("need %s for hole %d, got %s"
                            .formatted(slot.kind(), slot.hole(), answers.get(slot.hole())));
            }
        }
        return stream.build();
    }

    private boolean infilled(Target.Slot slot, Vocabulary vocabulary) {
        int before = slot.lead().length > 0
                ? slot.lead()[slot.lead().length - 1]
                : conditional.ids()[conditional.length() - 1];
        return vocabulary.isSentinel(before);
    }
}
