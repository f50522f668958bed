package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.servers.Server;
import dev.cm3leon.cli.servers.Servers;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "list",
        description = "Show the real servers the platform can be run against, and which are installed.",
        mixinStandardHelpOptions = true)
final class ServersListCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    ServersListCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        Servers servers = shared.servers();
        ObjectNode result = Gateway.JSON.createObjectNode();
        for (Server server : Server.values()) {
            result.putObject(server.title)
                    .put("installed", servers.has(server))
                    .put("program", servers.program(server).toString())
                    .put("version", server.recipe.version())
                    .put("tool", server.recipe.tool())
                    .put("about", server.about);
        }
        shared.print(result, () -> Arrays.stream(Server.values())
                .map(server -> "%-20s %-14s %s"
                        .formatted(
                                server.title,
                                servers.has(server)
                                        ? "installed"
                                        : "%s, %d min".formatted(server.recipe.tool(), server.minutes),
                                server.about))
                .collect(Collectors.joining("\n", "", "\nin " + servers.cache())));
        return 0;
    }
}
