package dev.cm3leon.corpora;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Fields of a record that may be anything.
final class Fields {
    /// What no text of a record is longer than.
    static final int MAX_TEXT = 100_000;

    private Fields() {}

    /// The field's text without space around it; empty when there is none.
    static String text(JsonNode record, String field) {
        JsonNode node = record.path(field);
        String text = node.isString() ? node.stringValue() : node.isNumber() ? node.toString() : "";
        return text.length() > MAX_TEXT ? "" : text.strip();
    }

    /// The id in a field, a whole number >= 0; -1 when there is none.
    static long id(JsonNode record, String field) {
        JsonNode node = record.path(field);
        if (node.isIntegralNumber() && node.canConvertToLong()) return Math.max(-1, node.longValue());
        if (node.isString() && node.stringValue().matches("\\d{1,18}")) return Long.parseLong(node.stringValue());
        return -1;
    }

    /// The `answer` of each element of `answers`.
    static List<String> answers(JsonNode record) {
        var answers = new ArrayList<String>();
        for (JsonNode one : record.path("answers")) {
            String answer = text(one, "answer");
            if (!answer.isEmpty()) answers.add(answer);
        }
        return answers;
    }

    /// What stands in a list most often, the first of equals.
    static String mostCommon(List<String> values) {
        Map<String, Integer> counts = new HashMap<>();
        for (String value : values) counts.merge(value, 1, Integer::sum);
        String best = values.getFirst();
        for (String value : values) if (counts.getOrDefault(value, 0) > counts.getOrDefault(best, 0)) best = value;
        return best;
    }
}
