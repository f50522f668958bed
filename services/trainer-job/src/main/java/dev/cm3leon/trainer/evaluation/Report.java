package dev.cm3leon.trainer.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.evaluation.EvaluationSpecification.Asked;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What an evaluation found: sections of figures, each with the specification that they were measured by. Written as
/// Markdown and as JSON.
final class Report {

    static final String NOT_RESIZED = "pictures of 64 x 64, not resized";

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final List<String> ATTRIBUTE_COLUMNS = columns();

    private final Evaluation.Size size;
    private final @Nullable Supplier<String> ruler;
    private final List<Section> sections = new ArrayList<>();

    /// Of what no ruler judges.
    Report(Evaluation.Size size) {
        this(size, null);
    }

    /// @param ruler tells the SHA-256 of the weights that judge portraits
    Report(Evaluation.Size size, @Nullable Supplier<String> ruler) {
        this.size = size;
        this.ruler = ruler;
    }

    /// Begins a section of figures about portraits, one column an attribute; the first row is chance.
    ///
    /// @param split see [EvaluationSpecification#split]
    Section portraits(String title, String split) {
        Section section = judged(title, split, ATTRIBUTE_COLUMNS);
        List<Figure> chance = new ArrayList<>();
        for (Attribute attribute : Attribute.values()) chance.add(Figure.share(attribute.chance()));
        chance.add(Figure.share(Arrays.stream(Attribute.values())
                .mapToDouble(Attribute::chance)
                .average()
                .orElseThrow()));
        chance.addAll(List.of(Figure.NONE, Figure.NONE, Figure.NONE));
        section.row("chance", chance);
        return section;
    }

    /// Begins a section in which the ruler judges.
    Section judged(String title, String split, List<String> columns) {
        Section section = section(title, split, columns);
        if (ruler != null) section.setting("ruler_sha256", ruler.get());
        return section;
    }

    /// Begins a section; without columns it has statements alone.
    Section section(String title, String split, List<String> columns) {
        var section = new Section(title, split, columns);
        sections.add(section);
        return section;
    }

    /// One table, and sentences below it.
    final class Section {
        private final String title;
        private final String split;
        private final List<String> columns;
        private final SequencedMap<String, List<Figure>> rows = new LinkedHashMap<>();
        private final SequencedMap<String, Figure> statements = new LinkedHashMap<>();
        private final TreeMap<String, Asked> asked = new TreeMap<>();
        private final TreeMap<String, Object> settings = new TreeMap<>();
        private String resize = NOT_RESIZED;
        private int pictures = size.prompts();

        private Section(String title, String split, List<String> columns) {
            this.title = title;
            this.split = split;
            this.columns = List.copyOf(columns);
        }

        void row(String what, List<Figure> figures) {
            if (figures.size() != columns.size()) {
                throw new IllegalArgumentException("need a figure for each of %s, got %s".formatted(columns, figures));
            }
            rows.put(what, List.copyOf(figures));
        }

        /// Says what happens to pictures before they are judged, where that is not nothing.
        void resized(String how) {
            resize = how;
        }

        /// Says how many pictures there are in each row, where that is not as many as all sections have.
        void pictures(int count) {
            pictures = count;
        }

        /// What the figures depend on besides, which goes into the hash.
        void setting(String name, Object value) {
            settings.put(name, value);
        }

        /// What the platform was asked for a row or a statement.
        void asked(String what, Asked requests) {
            asked.put(what, requests);
        }

        void row(String what, List<Figure> figures, Asking.Answers answers) {
            row(what, figures);
            asked(what, answers.asked());
        }

        void row(String what, Marks marks) {
            row(what, marks.figures());
        }

        void row(String what, Marks marks, Asking.Answers answers) {
            row(what, marks.figures(), answers);
        }

        void say(String what, Figure figure) {
            statements.put(what, figure);
        }

        EvaluationSpecification specification() {
            return new EvaluationSpecification(
                    title, split, pictures, size.seed(), size.bank(), resize, asked, settings);
        }

        private void write(StringBuilder text) {
            text.append("\n## ").append(title).append("\n\n");
            text.append(String.format(
                    Locale.ROOT,
                    "%s; specification `%s`%n",
                    split,
                    specification().shortHash()));
            if (!columns.isEmpty()) {
                text.append("\n| | ").append(String.join(" | ", columns));
                text.append(" |\n|---|").append("---|".repeat(columns.size())).append('\n');
            }
            rows.forEach((what, figures) -> text.append("| ")
                    .append(what)
                    .append(" | ")
                    .append(String.join(
                            " | ", figures.stream().map(Figure::text).toList()))
                    .append(" |\n"));
            statements.forEach((what, figure) -> text.append(String.format(
                    Locale.ROOT,
                    "%n%s: %s%s.%n",
                    what,
                    figure.text(),
                    figure.of() == null ? "" : " (%d of %d)".formatted(figure.hits(), figure.of()))));
        }

        private SectionView view() {
            List<RowView> all = new ArrayList<>();
            rows.forEach((what, figures) -> {
                SequencedMap<String, Figure> named = new LinkedHashMap<>();
                for (int i = 0; i < figures.size(); i++)
                    if (figures.get(i).value() != null) named.put(columns.get(i), figures.get(i));
                all.add(new RowView(what, named));
            });
            EvaluationSpecification specification = specification();
            return new SectionView(specification.hash(), specification, all, statements);
        }
    }

    private record RowView(String row, Map<String, Figure> figures) {}

    /// @param hash of the specification
    private record SectionView(
            String hash, EvaluationSpecification specification, List<RowView> rows, Map<String, Figure> statements) {}

    private record View(
            int format,
            String model,
            @JsonProperty("ruler_sha256") String ruler,
            List<SectionView> sections) {}

    /// Writes `NAME.md` and `NAME.json`.
    ///
    /// @param name of the files
    /// @param model `name@version`
    void write(Path folder, String name, String model) {
        String how =
                "Every request went through the running platform. Seed %d, %d pictures a row, %d characters in the bank."
                                .formatted(size.seed(), size.prompts(), size.bank())
                        + "%nShares in per cent, with 95 %% intervals: Wilson's, or those of 1,000 resamples of means and of trials that belong together; all of them, and the specifications, are in `%s.json`."
                                .formatted(name);
        write(folder, name, model, how);
    }

    /// @param how it was measured, below the heading
    void write(Path folder, String name, String model, String how) {
        String heading = "# %s of %s%n%n%s%n"
                .formatted(name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1), model, how);
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(name + ".md"), heading + this);
            Files.writeString(folder.resolve(name + ".json"), json(model));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String json(String model) {
        return JSON.writeValueAsString(new View(
                1,
                model,
                ruler == null ? "" : ruler.get(),
                sections.stream().map(Section::view).toList()));
    }

    /// All sections as Markdown.
    @Override
    public String toString() {
        var text = new StringBuilder();
        sections.forEach(section -> section.write(text));
        return text.toString();
    }

    private static List<String> columns() {
        List<String> columns = new ArrayList<>();
        for (Attribute attribute : Attribute.values())
            columns.add(attribute.name().toLowerCase(Locale.ROOT).replace('_', ' '));
        columns.addAll(List.of("mean", "fixed all", "free all", "all right"));
        return List.copyOf(columns);
    }
}
