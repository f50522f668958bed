package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.metrics.Share;
import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.avatars.Score;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The scores of one row: over all attributes, over those fixed for a character, and over those that are free.
record Marks(Score all, Score fixed, Score free) {

    private static final Set<Attribute> FIXED = Arrays.stream(Attribute.values())
            .filter(Attribute::fixed)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Attribute.class)));

    static Marks of(List<Portrait> truth, List<Map<Attribute, String>> read) {
        return new Marks(
                Score.of(truth, read, EnumSet.allOf(Attribute.class)),
                Score.of(truth, read, FIXED),
                Score.of(truth, read, EnumSet.complementOf(EnumSet.copyOf(FIXED))));
    }

    /// Each attribute, their mean, all fixed ones right, all free ones, and all.
    List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Attribute attribute : Attribute.values()) {
            Share share = all.byAttribute().get(attribute);
            figures.add(share == null ? Figure.NONE : Figure.narrow(share));
        }
        figures.add(Figure.share(all.mean()));
        figures.add(Figure.narrow(fixed.allRight()));
        figures.add(Figure.narrow(free.allRight()));
        figures.add(Figure.of(all.allRight()));
        return figures;
    }
}
