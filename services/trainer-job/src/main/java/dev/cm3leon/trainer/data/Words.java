package dev.cm3leon.trainer.data;

import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.regex.Pattern;

/// The words of captions, which a model is shipped with.
public final class Words {
    /// In the folder of a stage that learns words.
    public static final String FILE = "words.txt";

    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:-[\\p{L}\\p{N}]+)*");

    private Words() {}

    /// Words as they stand, and the parts of those with a hyphen.
    public static void add(String caption, SortedSet<String> words) {
        var matcher = WORD.matcher(caption.toLowerCase(Locale.ROOT));
        while (matcher.find()) {
            words.add(matcher.group());
            words.addAll(List.of(matcher.group().split("-")));
        }
    }
}
