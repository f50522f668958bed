package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.trainer.evaluation.EvaluationSpecification.Asked;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a report says, by the words that it says it in, and what was asked for it.
record Measured(JsonNode report, List<FakePlatform.Request> requests) {

    static Measured of(Report report, FakePlatform platform) {
        return new Measured(JsonMapper.shared().readTree(report.json("fake@1")), List.copyOf(platform.requests));
    }

    /// A share as `1 of 2`.
    String share(String section, String row, String column) {
        return share(figure(section, row, column));
    }

    double number(String section, String row, String column) {
        return figure(section, row, column).path("value").asDouble();
    }

    /// A share that is said below a table.
    String said(String section, String statement) {
        return share(statement(section, statement));
    }

    double numberSaid(String section, String statement) {
        return statement(section, statement).path("value").asDouble();
    }

    /// Of a section's specification.
    String hash(String section) {
        return section(section).path("hash").asString();
    }

    /// What the hash is of besides what was asked.
    Map<String, String> settings(String section) {
        return section(section).path("specification").path("settings").properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, setting -> setting.getValue().asString()));
    }

    /// The requests whose answers a row is of.
    List<FakePlatform.Request> asked(String section, String row) {
        JsonNode asked =
                there(section(section).path("specification").path("asked").path(row), row);
        int count = asked.path("requests").asInt();
        return IntStream.rangeClosed(0, requests.size() - count)
                .mapToObj(from -> requests.subList(from, from + count))
                .filter(some -> Asked.of(
                                some.stream().map(FakePlatform.Request::json).toList(), List.of())
                        .sha256()
                        .equals(asked.path("sha256").asString()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody was asked for " + row));
    }

    private JsonNode figure(String section, String row, String column) {
        JsonNode figures = named(section(section).path("rows"), "row", row).path("figures");
        return there(figures.path(column), column);
    }

    private JsonNode statement(String section, String statement) {
        return there(section(section).path("statements").path(statement), statement);
    }

    private JsonNode section(String title) {
        return StreamSupport.stream(report.path("sections").spliterator(), false)
                .filter(one ->
                        one.path("specification").path("section").asString().equals(title))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no section " + title));
    }

    private static JsonNode named(JsonNode all, String field, String name) {
        return StreamSupport.stream(all.spliterator(), false)
                .filter(one -> one.path(field).asString().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + field + " " + name));
    }

    private static JsonNode there(JsonNode node, String what) {
        if (node.isMissingNode()) throw new AssertionError("no " + what);
        return node;
    }

    private static String share(JsonNode figure) {
        return figure.path("hits").asLong() + " of " + figure.path("of").asLong();
    }
}
