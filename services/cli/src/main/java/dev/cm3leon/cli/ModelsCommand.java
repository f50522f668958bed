package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
        name = "models",
        description = "Show the models there are, those that serve first; promote, roll back, publish, quantize.",
        mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    ModelsCommand(Shared shared) {
        this.shared = shared;
    }

    /// With its own commands.
    static CommandLine line(Terminal terminal, java.util.Map<String, String> environment) {
        CommandLine line = new CommandLine(new ModelsCommand(new Shared(terminal, environment)));
        line.addSubcommand("list", new ModelsCommand(new Shared(terminal, environment)));
        line.addSubcommand(new ModelsPromoteCommand(new Shared(terminal, environment)));
        line.addSubcommand(new ModelsRollbackCommand(new Shared(terminal, environment)));
        line.addSubcommand(new ModelsPublishCommand(new Shared(terminal, environment)));
        line.addSubcommand(new ModelsQuantizeCommand(new Shared(terminal, environment)));
        return line;
    }

    @Override
    public Integer call() {
        JsonNode answer = shared.gateway().get("/v1/models");
        shared.print(answer, () -> Gateway.each(answer.path("data"))
                .map(ModelsCommand::describe)
                .collect(Collectors.joining("\n")));
        return 0;
    }

    static String describe(JsonNode model) {
        double share = model.path("share").asDouble(0);
        String evaluation = model.path("evaluation").properties().stream()
                .map(measure ->
                        "%s %.4g".formatted(measure.getKey(), measure.getValue().asDouble()))
                .collect(Collectors.joining(", "));
        String ended = model.path("jobs").properties().stream()
                .map(status -> "%d %s".formatted(status.getValue().asLong(), status.getKey()))
                .collect(Collectors.joining(", "));
        return "%s@%s  %s%s%s, licence %s%s%s"
                .formatted(
                        model.path("id").asString(),
                        model.path("version").asString("?"),
                        model.path("status").asString("?"),
                        share > 0 ? ", draws %.0f %% of the jobs".formatted(100 * share) : "",
                        ended.isEmpty() ? "" : ", jobs: " + ended,
                        model.path("licence").asString("?"),
                        model.path("run").isString()
                                ? ", of run " + model.path("run").asString()
                                : "",
                        evaluation.isEmpty() ? "" : "\n    " + evaluation);
    }

    /// `name@version` as a path under `/v1/models`.
    static String path(String model) {
        int at = model.indexOf('@');
        if (at < 1 || !model.matches("[A-Za-z0-9._@-]+")) {
            throw Failure.usage("need a model as NAME@VERSION, got " + model);
        }
        return "/v1/models/" + model.substring(0, at) + "/" + model.substring(at + 1);
    }
}
