package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "promote",
        description =
                "Let a published version draw the jobs that name no model. Jobs that are under way are finished by the model they began with.",
        mixinStandardHelpOptions = true)
final class ModelsPromoteCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(paramLabel = "NAME@VERSION")
    private String model = "";

    @Option(
            names = "--share",
            paramLabel = "SHARE",
            description = "Of the jobs, more than 0 and at most 1: less than 1 is a canary. Default: 1.")
    private double share = 1;

    ModelsPromoteCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        var body = Gateway.JSON.createObjectNode().put("share", share);
        JsonNode now = shared.gateway().post(ModelsCommand.path(model) + "/promote", body);
        shared.print(now, () -> ModelsCommand.describe(now));
        return 0;
    }
}
