package dev.cm3leon.trainer.data;

import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.vectorindex.Terms;
import java.nio.file.Path;
import java.util.SortedSet;

/// The words of captions, which a model is shipped with, as [Terms] of a prompt are held against them.
public final class Words {
    /// In the folder of a stage that learns words.
    public static final String FILE = "words.txt";

    private Words() {}

    /// Words as they stand, and the parts of those with a hyphen.
    public static void add(String caption, SortedSet<String> words) {
        for (String word : Terms.of(caption)) {
            words.add(word);
            words.addAll(Terms.of(word.replace('-', ' ')));
        }
    }

    /// @param stage its folder
    public static void write(Path stage, SortedSet<String> words) {
        Run.write(stage.resolve(FILE), String.join("\n", words) + "\n");
    }
}
