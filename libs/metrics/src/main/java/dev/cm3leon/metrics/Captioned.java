package dev.cm3leon.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// A written caption and what people wrote of the same image, all tokenised: tokens with blanks between.
public record Captioned(String candidate, List<String> references) {

    private static final Pattern WHITE_SPACE = Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

    public Captioned {
        references = List.copyOf(references);
        if (references.isEmpty()) throw new IllegalArgumentException("need at least one reference, got none");
    }

    /// Both tokenised the way the reference scorers do.
    public static Captioned of(String candidate, List<String> references) {
        return new Captioned(
                PtbTokenizer.tokenize(candidate),
                references.stream().map(PtbTokenizer::tokenize).toList());
    }

    /// Tokens between any Unicode white space.
    static List<String> tokens(String text) {
        return Arrays.stream(WHITE_SPACE.split(text))
                .filter(token -> !token.isEmpty())
                .toList();
    }
}
