package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "rollback",
        description = "Take a version out of service: the one that was promoted before draws again.",
        mixinStandardHelpOptions = true)
final class ModelsRollbackCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(paramLabel = "NAME@VERSION")
    private String model = "";

    ModelsRollbackCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        JsonNode now = shared.gateway().post(ModelsCommand.path(model) + "/rollback", Gateway.JSON.createObjectNode());
        shared.print(now, () -> ModelsCommand.describe(now));
        return 0;
    }
}
