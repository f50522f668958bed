package dev.cm3leon.vectorindex;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What an index was made for, which is its name, e.g. `v4_1f3a90bc_hnsw_0`.
///
/// @param layout of the fields of a document in it, and of its words
/// @param encoder the digest of what made its vectors
/// @param type of index, in lower case
/// @param time when it was begun, 0 where that was since there was none
record IndexName(int layout, String encoder, String type, long time) {

    private static final Pattern NAME = Pattern.compile("v(\\d{1,9})_([0-9a-f]{8})_(\\w+)_(\\d{1,18})");

    /// Empty where that is no name of an index.
    static Optional<IndexName> of(String name) {
        Matcher parts = NAME.matcher(name);
        if (!parts.matches()) return Optional.empty();
        return Optional.of(new IndexName(
                Integer.parseInt(parts.group(1)), parts.group(2), parts.group(3), Long.parseLong(parts.group(4))));
    }

    boolean isFirst() {
        return time == 0;
    }

    /// Of the same layout and encoder: what is searched or added there can be here.
    boolean fits(IndexName other) {
        return layout == other.layout && encoder.equals(other.encoder);
    }

    IndexName at(long other) {
        return new IndexName(layout, encoder, type, other);
    }

    /// What the names of all that were made for the same begin with.
    String prefix() {
        return "v" + layout + "_" + encoder + "_" + type + "_";
    }

    @Override
    public String toString() {
        return prefix() + time;
    }
}
