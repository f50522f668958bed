package dev.cm3leon.model;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// Fields of a `config.json`, each checked when it is read.
public record ConfigFields(JsonNode json) {

    /// @throws ModelFormatException naming the field when it is no whole number of 1 or more
    public int size(String field) {
        return size(field, json.path(field), 1);
    }

    /// @throws ModelFormatException naming the field when it is no whole number of that or more
    public int size(String field, int least) {
        return size(field, json.path(field), least);
    }

    /// @throws ModelFormatException naming the field when it is no list of such numbers
    public List<Integer> sizes(String field) {
        if (!json.path(field).isArray()) {
            throw new ModelFormatException("need a list for %s, got %s".formatted(field, json.path(field)));
        }
        return json.path(field)
                .valueStream()
                .map(value -> size(field, value, 1))
                .toList();
    }

    /// False where it is not there.
    ///
    /// @throws ModelFormatException naming the field when it is neither true nor false
    public boolean flag(String field) {
        JsonNode value = json.path(field);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw new ModelFormatException("need true or false for %s, got %s".formatted(field, value));
        }
        return value.asBoolean(false);
    }

    private static int size(String field, JsonNode value, int least) {
        if (!value.isInt() || value.intValue() < least) {
            throw new ModelFormatException("need a whole number >= %d for %s, got %s".formatted(least, field, value));
        }
        return value.intValue();
    }
}
