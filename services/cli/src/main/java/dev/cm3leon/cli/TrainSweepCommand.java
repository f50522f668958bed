package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "sweep",
        description =
                "Search for hyper-parameters: a training run whose trials are short runs, within a budget of steps;"
                        + " a table and a plot at the end. Ctrl-C leaves it going, `cm3 train --cancel` stops it.",
        mixinStandardHelpOptions = true)
final class TrainSweepCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(paramLabel = "CONFIG", description = "A JSON file: see docs/training.md.")
    private Path configuration = Path.of("");

    TrainSweepCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException {
        if (!Files.isRegularFile(configuration)) throw Failure.usage("no such file: " + configuration);
        ObjectNode request = TrainCommand.request(configuration.toString());
        if (!request.path("configuration").has("budget_steps"))
            throw Failure.usage(configuration + " is no search: field budget_steps is missing");
        Gateway gateway = shared.gateway();
        String id = gateway.post("/v1/training-runs", request).path("id").asString();
        JsonNode run = new TrainCommand(shared).watched(gateway, id);

        String found = run.path("model").asString();
        Path written = Path.of(found);
        if (Files.isRegularFile(written)) {
            print(id, Gateway.JSON.readTree(written.toFile()), written.resolveSibling("sweep.png"));
        } else if (found.startsWith("runs/")) { // in the store
            String stored = "/v1/objects/runs/" + id + "/sweep.";
            JsonNode table = gateway.get(stored + "json");
            Path plot = configuration.toAbsolutePath().resolveSibling("sweep-" + id + ".png");
            Files.write(plot, gateway.bytes(stored + "png"));
            print(id, table, plot);
        } else { // of a process on another machine
            ObjectNode there = Gateway.JSON.createObjectNode().put("run", id).put("table", found);
            shared.print(there, () -> "The table and the plot are where the run was: " + found);
        }
        return 0;
    }

    private void print(String id, JsonNode table, Path plot) {
        shared.print(
                ((ObjectNode) table.deepCopy()).put("run", id).put("plot", plot.toString()),
                () -> text(table) + "Plot: " + plot);
    }

    /// The trials, the best first.
    private static String text(JsonNode table) {
        String metric = table.path("metric").asString();
        JsonNode trials = table.path("trials");
        StringBuilder text = new StringBuilder("rank  trial  steps  %-10s  %s%n"
                .formatted(
                        metric, String.join("  ", trials.path(0).path("changes").propertyNames())));
        for (JsonNode trial : trials) {
            JsonNode score = trial.path(metric);
            text.append("%4d  %5s  %5d  %-10s  %s%n"
                    .formatted(
                            trial.path("rank").asInt(),
                            trial.path("trial").asString(),
                            trial.path("steps").asLong(),
                            score.isNumber() ? String.format(Locale.ROOT, "%.5f", score.asDouble()) : score.asString(),
                            trial.path("changes")
                                    .valueStream()
                                    .map(JsonNode::asString)
                                    .collect(Collectors.joining("  "))));
        }
        return text.append("%d of %d steps%n"
                        .formatted(
                                table.path("spent_steps").asLong(),
                                table.path("budget_steps").asLong()))
                .toString();
    }
}
