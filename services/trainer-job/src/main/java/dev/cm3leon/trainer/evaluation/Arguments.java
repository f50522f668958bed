package dev.cm3leon.trainer.evaluation;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Options of a command line, each with a value.
record Arguments(Map<String, String> given) {

    static Arguments of(String[] words, Set<String> known) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < words.length; i += 2) {
            if (!known.contains(words[i]) || i + 1 == words.length) {
                throw new IllegalArgumentException("options are " + known + " with a value each, got " + words[i]);
            }
            given.put(words[i], words[i + 1]);
        }
        return new Arguments(given);
    }

    String required(String option) {
        String value = given.get(option);
        if (value == null) throw new IllegalArgumentException(option + " is needed");
        return value;
    }

    String get(String option, String otherwise) {
        @Nullable String value = given.get(option);
        return value == null ? otherwise : value;
    }

    /// Of a list with commas; none where it is not given.
    Set<String> names(String option) {
        @Nullable String value = given.get(option);
        return value == null ? Set.of() : Set.of(value.split(","));
    }

    /// Of a JSON object; empty where it is not given.
    Map<String, Object> json(String option) {
        return JsonMapper.shared().readValue(get(option, "{}"), new TypeReference<>() {});
    }

    int number(String option, int otherwise) {
        return Integer.parseInt(get(option, Integer.toString(otherwise)));
    }
}
