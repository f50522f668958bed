package dev.cm3leon.gateway.intake;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/// How good a model must be to be promoted.
///
/// @param gate bounds of measures that the manifest's evaluation has, by name, e.g. `cm3.models.gate.psnr.at-least: 18`
@ConfigurationProperties("cm3.models")
public record PromotionProperties(@Nullable Map<String, Bound> gate) {

    private static final String VARIABLE = "CM3_MODELS_GATE_";

    /// @param atLeast the smallest value that passes, or null
    /// @param atMost the largest value that passes, or null
    public record Bound(@Nullable Double atLeast, @Nullable Double atMost) {
        public Bound {
            if (atLeast == null && atMost == null) {
                throw new IllegalArgumentException(
                        "need at-least or at-most of a measure of cm3.models.gate, got neither");
            }
        }
    }

    /// In the name of an environment variable `_` stands for a dot, so a measure with `_` in its own gets no bound from
    /// one. Whoever set it believes that there is a gate.
    ///
    /// @param variables the names of all
    public static void refuseUnread(Collection<String> variables) {
        for (String variable : variables) {
            String name = variable.toUpperCase(Locale.ROOT);
            if (!name.startsWith(VARIABLE) || name.matches(VARIABLE + "[^_]+_AT_?(LEAST|MOST)")) continue;
            throw new IllegalArgumentException(
                    "the variable " + variable + " is no bound of a measure: one with _ in its"
                            + " name is set as an argument or in SPRING_APPLICATION_JSON");
        }
    }

    /// What is wrong with an evaluation: the measure, what it has and what it needs. Empty when it passes.
    public List<String> shortcomings(Map<String, Double> evaluation) {
        List<String> found = new ArrayList<>();
        new TreeMap<>(gate == null ? Map.of() : gate).forEach((measure, bound) -> {
            Double value = evaluation.get(measure);
            if (value == null) {
                found.add("need %s %s, and its evaluation has none".formatted(measure, needed(bound)));
            } else if (bound.atLeast() != null && value < bound.atLeast()
                    || bound.atMost() != null && value > bound.atMost()) {
                found.add("need %s %s, got %s".formatted(measure, needed(bound), value));
            }
        });
        return found;
    }

    private static String needed(Bound bound) {
        if (bound.atLeast() == null) return "<= " + bound.atMost();
        if (bound.atMost() == null) return ">= " + bound.atLeast();
        return "from " + bound.atLeast() + " to " + bound.atMost();
    }
}
