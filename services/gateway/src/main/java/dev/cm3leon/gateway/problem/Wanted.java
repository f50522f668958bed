package dev.cm3leon.gateway.problem;

import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// What a field is to be, in words.
public final class Wanted {

    private Wanted() {}

    /// @param type of the field, or null where it is not known
    public static String of(@Nullable Class<?> type) {
        if (type == null) return "something else";
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(constant -> JsonMapper.shared().convertValue(constant, String.class))
                            .collect(Collectors.joining(", "));
        }
        if (type == Integer.class || type == Long.class || type == int.class || type == long.class) {
            return "a whole number";
        }
        if (type == Double.class || type == double.class) return "a number";
        if (type == String.class) return "a string";
        if (Collection.class.isAssignableFrom(type)) return "an array";
        if (type == Boolean.class || type == boolean.class) return "true or false";
        return "an object";
    }
}
