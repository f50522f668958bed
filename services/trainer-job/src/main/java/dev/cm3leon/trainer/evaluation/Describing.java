package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.model.Images;
import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.CorpusEvaluation.Asked;
import dev.cm3leon.trainer.evaluation.CorpusEvaluation.Captioned;
import dev.cm3leon.trainer.evaluation.Report.Section;
import dev.cm3leon.trainer.scenes.Thumbnails;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// What is said of pictures of a corpus: of a picture alone, and behind documents that show its subject in another
/// manner, given or found by the picture.
final class Describing {
    private static final List<String> COLUMNS = columns();

    private final PlatformClient platform;
    private final Asking asking;
    private final Report report;
    private final List<Captioned> trained;
    private final Thumbnails thumbnails; // of those
    private final List<MemoryBank> banks = new ArrayList<>();
    private final Map<String, Captioned> documents = new HashMap<>(); // of those, by id

    Describing(PlatformClient platform, Asking asking, Report report, List<Captioned> trained, Thumbnails thumbnails) {
        this.platform = platform;
        this.asking = asking;
        this.report = report;
        this.trained = trained;
        this.thumbnails = thumbnails;
    }

    /// What can be found from now on, besides what could be.
    void add(String name, List<Captioned> some) {
        banks.add(new MemoryBank(
                platform,
                "described, " + name,
                some.stream()
                        .map(one -> new MemoryBank.Document(id(one), one.caption(), Images.png(one.picture())))
                        .toList()));
        banks.getLast().ingest();
        some.forEach(one -> documents.put(id(one), one));
    }

    private static String id(Captioned document) {
        return "described-" + document.id();
    }

    void alone(String title, String split, List<Captioned> pictures) {
        alone(report.section(title, split, COLUMNS), pictures);
    }

    private void alone(Section section, List<Captioned> pictures) {
        row(section, "described", pictures, i -> asking.caption(pictures.get(i).picture(), i));
        row(
                section,
                "described, told to in words",
                pictures,
                i -> asking.read(TextTasks.DESCRIBE, pictures.get(i).picture(), i));
    }

    /// @param wrong for each what is asked for in the same manner, and a document of that
    void behind(String title, String split, List<Asked> asked, List<Asked> wrong) {
        List<Captioned> pictures = asked.stream().map(Asked::truth).toList();
        Section section = report.section(title, split, COLUMNS);
        section.row(
                "caption of the nearest training picture",
                said(
                        pictures,
                        pictures.stream()
                                .map(one -> trained.get(thumbnails.nearest(one.thumbnail()))
                                        .caption())
                                .toList()));
        alone(section, pictures);
        row(section, "the subject's document", pictures, i -> behind(pictures.get(i), given(asked.get(i)), i));
        Answers one =
                row(section, "one document, found by the picture", pictures, i -> behind(pictures.get(i), found(1), i));
        Answers two = row(
                section, "two documents, found by the picture", pictures, i -> behind(pictures.get(i), found(2), i));
        row(
                section,
                "a wrong document: words of its subject",
                wrong.stream().map(Asked::truth).toList(),
                i -> behind(pictures.get(i), given(wrong.get(i)), i));
        section.row(
                "caption of the one that is found",
                said(
                        pictures,
                        one.results().stream()
                                .map(result -> Objects.requireNonNull(
                                                documents.get(result.evidence().getFirst()))
                                        .caption())
                                .toList()));
        section.say("the subject's document found first", found(pictures, one));
        section.say("the subject's document among two found", found(pictures, two));
    }

    private Map<String, Object> behind(Captioned picture, Map<String, Object> retrieval, int i) {
        return asking.caption(picture.picture(), retrieval, i);
    }

    private static Map<String, Object> given(Asked asked) {
        return Map.of("given", List.of(id(asked.document())));
    }

    private Map<String, Object> found(int count) {
        return MemoryBank.find(count, banks);
    }

    /// How often a document of the same subject was found.
    private Figure found(List<Captioned> pictures, Answers answers) {
        return Figure.of(
                IntStream.range(0, pictures.size())
                        .filter(i -> answers.results().get(i).evidence().stream()
                                .map(documents::get)
                                .anyMatch(one -> one != null
                                        && one.subject().equals(pictures.get(i).subject())))
                        .count(),
                pictures.size());
    }

    private Answers row(Section section, String what, List<Captioned> right, IntFunction<Map<String, Object>> request) {
        Answers answers = asking.ask(
                what, IntStream.range(0, right.size()).mapToObj(request).toList());
        section.row(what, said(right, answers.texts()), answers);
        return answers;
    }

    private static List<Figure> said(List<Captioned> right, List<String> captions) {
        int[] words = new int[right.size()], said = new int[right.size()];
        long manners = 0;
        for (int i = 0; i < right.size(); i++) {
            String caption = captions.get(i).toLowerCase(Locale.ROOT);
            List<String> told = words(caption);
            for (String word : words(right.get(i).subject().toLowerCase(Locale.ROOT))) {
                words[i]++;
                if (told.contains(word)) said[i]++;
            }
            if (caption.endsWith((", " + right.get(i).manner()).toLowerCase(Locale.ROOT))) manners++;
        }
        List<Figure> figures = new ArrayList<>(List.of(Figure.grouped(said, words), Figure.of(manners, right.size())));
        figures.addAll(Evaluation.texts(
                captions, right.stream().map(Captioned::caption).toList()));
        return figures;
    }

    private static List<String> words(String text) {
        return List.of(text.split("[^\\p{L}\\p{N}]+"));
    }

    private static List<String> columns() {
        List<String> columns = new ArrayList<>(List.of("words of the subject said", "manner"));
        columns.addAll(Evaluation.TEXT_MEASURES);
        return columns;
    }
}
