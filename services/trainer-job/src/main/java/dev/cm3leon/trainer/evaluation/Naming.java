package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.Report.Section;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.Thumbnails;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Who or what a picture shows, told by its name, which only a document of the memory bank says: captions are asked for
/// with documents in front, given or found by the picture.
final class Naming {
    private static final List<String> COLUMNS = List.of("its name said");

    private final Asking asking;
    private final MemoryBank bank;
    private final UnaryOperator<byte[]> tokenizer;
    private final Section section;

    /// @param bank where documents are found
    /// @param tokenizer encodes a picture and decodes it again
    /// @param shown what the pictures show
    Naming(Asking asking, MemoryBank bank, UnaryOperator<byte[]> tokenizer, Report report, String title, String shown) {
        this.asking = asking;
        this.bank = bank;
        this.tokenizer = tokenizer;
        this.section =
                report.section(title, shown + "; of documents that show the same any is right, by any name", COLUMNS);
    }

    /// A picture, and the document that shows the same elsewhere.
    ///
    /// @param picture 64 x 64, row-major RGB
    /// @param same equal for pictures of the same: the bank may have it under several names, each of which is right
    /// @param shown what the document shows, as `picture`
    /// @param name what the document says
    record Asked(byte[] picture, Object same, String document, byte[] shown, String name) {}

    /// The document of the nearest one before that shows something else is the wrong one.
    void ask(String what, List<Asked> all) {
        Answers right = told(what + ", right document", all, i -> given(all.get(i)));
        Answers one = told(what + ", one document found", all, _ -> bank.find(1));
        Answers two = told(what + ", two documents found", all, _ -> bank.find(2));
        Answers wrong = told(what + ", wrong document", all, i -> given(before(all, i)));
        section.say("right document found first", Figure.of(one.found(i -> documents(all, i)), all.size()));
        section.say("right document among the two found", Figure.of(two.found(i -> documents(all, i)), all.size()));
        section.row("chance", List.of(Figure.share(1.0 / all.size())));
        var pictures = new Thumbnails(all.stream()
                .map(asked -> Thumbnails.of(asked.shown, Scene.SIZE))
                .toList());
        section.row(
                "name of the document that is most alike, 16 x 16 pixels",
                mostAlike(all, pictures, UnaryOperator.identity()));
        section.row("the same through the tokenizer", mostAlike(all, pictures, tokenizer));
        section.row("the right document", said(all, right.texts()), right);
        section.row("one document, found by the picture", said(all, one.texts()), one);
        section.row("two documents, found by the picture", said(all, two.texts()), two);
        section.row(
                "a wrong document: its name said",
                List.of(Figure.of(
                        IntStream.range(0, all.size())
                                .filter(i -> says(wrong.texts().get(i), Set.of(before(all, i).name)))
                                .count(),
                        all.size())),
                wrong);
    }

    private Answers told(String what, List<Asked> all, Function<Integer, Map<String, Object>> retrieval) {
        List<Map<String, Object>> requests = new ArrayList<>();
        for (Asked asked : all)
            requests.add(asking.caption(asked.picture, retrieval.apply(requests.size()), requests.size()));
        return asking.ask(what, requests);
    }

    private Map<String, Object> given(Asked asked) {
        return bank.give(asked.document);
    }

    private static Asked before(List<Asked> all, int i) {
        return IntStream.range(1, all.size())
                .mapToObj(back -> all.get(Math.floorMod(i - back, all.size())))
                .filter(other -> !other.same.equals(all.get(i).same))
                .findFirst()
                .orElseThrow(() -> new Arguments.Wrong("need pictures of two among what is asked for: more --prompts"));
    }

    /// Those that show what the picture shows.
    private static Set<String> documents(List<Asked> all, int i) {
        return same(all, i).map(Asked::document).collect(Collectors.toSet());
    }

    private static Set<String> names(List<Asked> all, int i) {
        return same(all, i).map(Asked::name).collect(Collectors.toSet());
    }

    private static Stream<Asked> same(List<Asked> all, int i) {
        return all.stream().filter(other -> other.same.equals(all.get(i).same));
    }

    private static List<Figure> mostAlike(List<Asked> all, Thumbnails documents, UnaryOperator<byte[]> shown) {
        return said(
                all,
                all.stream()
                        .map(asked ->
                                all.get(documents.nearest(Thumbnails.of(shown.apply(asked.picture), Scene.SIZE))).name)
                        .toList());
    }

    private static List<Figure> said(List<Asked> all, List<String> captions) {
        return List.of(Figure.of(
                IntStream.range(0, all.size())
                        .filter(i -> says(captions.get(i), names(all, i)))
                        .count(),
                all.size()));
    }

    /// Whether a caption has any of these names, in any case.
    static boolean says(String caption, Set<String> names) {
        String words = " " + normal(caption) + " ";
        return names.stream().anyMatch(name -> words.contains(" " + normal(name) + " "));
    }

    private static String normal(String text) {
        return String.join(" ", text.toLowerCase(java.util.Locale.ROOT).split("[^\\p{L}\\p{N}]+"))
                .strip();
    }
}
