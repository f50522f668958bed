package dev.cm3leon.vectorindex;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// Words as the index compares them: runs of letters with their marks, digits and inner apostrophes or hyphens, in
/// lower case, however they are typed (NFKC). `Mira's` is `mira`.
public final class Terms {

    private static final Pattern NOT_A_WORD = Pattern.compile("[^\\p{L}\\p{M}\\p{N}'-]+");
    private static final Pattern EDGES = Pattern.compile("^[\\p{M}'-]+|['-]+$");
    private static final Pattern POSSESSIVE = Pattern.compile("(?<=.)'s$");

    private Terms() {}

    /// The words of a text, in order of first appearance.
    public static Set<String> of(String text) {
        Set<String> terms = new LinkedHashSet<>();
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC)
                .toLowerCase(Locale.ROOT)
                .replace('’', '\'');
        Arrays.stream(NOT_A_WORD.split(plain))
                .map(word -> EDGES.matcher(word).replaceAll(""))
                .map(word -> POSSESSIVE.matcher(word).replaceAll(""))
                .filter(word -> !word.isEmpty())
                .forEach(terms::add);
        return terms;
    }
}
