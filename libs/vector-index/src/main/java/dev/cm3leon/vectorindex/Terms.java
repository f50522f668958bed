package dev.cm3leon.vectorindex;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// Words as the index compares them: runs of letters, digits and inner apostrophes or hyphens, in lower case.
public final class Terms {

    private static final Pattern NOT_A_WORD = Pattern.compile("[^\\p{L}\\p{N}'’-]+");
    private static final Pattern EDGES = Pattern.compile("^['’-]+|['’-]+$");

    private Terms() {}

    /// The words of a text, in order of first appearance.
    public static Set<String> of(String text) {
        Set<String> terms = new LinkedHashSet<>();
        Arrays.stream(NOT_A_WORD.split(text.toLowerCase(Locale.ROOT)))
                .map(word -> EDGES.matcher(word).replaceAll(""))
                .filter(word -> !word.isEmpty())
                .forEach(terms::add);
        return terms;
    }
}
