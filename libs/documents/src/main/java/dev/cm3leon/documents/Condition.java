package dev.cm3leon.documents;

import java.util.Locale;

/// What guidance takes for the condition, which the unconditional stream is without.
public enum Condition {
    /// What is given beside the holes; documents are kept.
    PROMPT,
    /// The retrieved documents, and with them what is given beside the holes. Where there are none it is laid
    /// so too, and whoever guides does it with a scale of 1.
    DOCUMENTS,
    /// Both, whatever is there.
    ALL;

    /// @param field that names it
    /// @param name `prompt`, `documents` or `all`
    /// @throws IllegalArgumentException naming the field
    public static Condition named(String field, String name) {
        for (Condition condition : values())
            if (condition.name().toLowerCase(Locale.ROOT).equals(name)) return condition;
        throw new IllegalArgumentException("need %s prompt, documents or all, got %s".formatted(field, name));
    }
}
