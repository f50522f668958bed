package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.metrics.Share;
import dev.cm3leon.trainer.avatars.Attribute;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The tables of an evaluation, as Markdown. Shares are in per cent, those of the last column and of single lines
/// with their 95 % Wilson interval.
final class Report {

    private final StringBuilder text = new StringBuilder();

    void table(String title) {
        text.append("\n## ").append(title).append("\n\n| |");
        for (Attribute attribute : Attribute.values())
            text.append(' ').append(name(attribute)).append(" |");
        text.append(" mean | fixed all | free all | all right |\n|---|");
        text.append("---|".repeat(Attribute.values().length + 4)).append("\n| chance |");
        for (Attribute attribute : Attribute.values()) text.append(percent(attribute.chance()));
        text.append(percent(Arrays.stream(Attribute.values())
                .mapToDouble(Attribute::chance)
                .average()
                .orElseThrow()));
        text.append(" | | |\n");
    }

    void row(String what, Marks marks) {
        text.append("| ").append(what).append(" |");
        for (Attribute attribute : Attribute.values()) {
            text.append(percent(marks.all().byAttribute().getOrDefault(attribute, Double.NaN)));
        }
        text.append(percent(marks.all().mean()));
        text.append(percent(marks.fixed().allRight()))
                .append(percent(marks.free().allRight()));
        double all = marks.all().allRight();
        text.append(String.format(
                Locale.ROOT,
                " %s |%n",
                new Share(Math.round(all * marks.all().pictures()), marks.all().pictures())));
    }

    void say(String what, Marks marks) {
        text.append(String.format(
                Locale.ROOT,
                "%n%s: %.2f %% per attribute, %.1f %% all right (%d pictures).%n",
                what,
                100 * marks.all().mean(),
                100 * marks.all().allRight(),
                marks.all().pictures()));
    }

    void say(String sentence) {
        text.append('\n').append(sentence).append(".\n");
    }

    void share(String what, long part, long whole) {
        text.append(String.format(Locale.ROOT, "%n%s: %s (%d of %d).%n", what, new Share(part, whole), part, whole));
    }

    /// Begins a table of other columns.
    void table(String title, List<String> columns) {
        text.append("\n## ").append(title).append("\n\n| | ").append(String.join(" | ", columns));
        text.append(" |\n|---|").append("---|".repeat(columns.size())).append('\n');
    }

    void row(String what, List<String> cells) {
        text.append("| ")
                .append(what)
                .append(" | ")
                .append(String.join(" | ", cells))
                .append(" |\n");
    }

    @Override
    public String toString() {
        return text.toString();
    }

    private static String name(Attribute attribute) {
        return attribute.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String percent(double share) {
        return Double.isNaN(share) ? " |" : String.format(Locale.ROOT, " %.1f |", 100 * share);
    }
}
