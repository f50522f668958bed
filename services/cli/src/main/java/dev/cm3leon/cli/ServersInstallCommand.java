package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.servers.Server;
import dev.cm3leon.cli.servers.Servers;
import dev.cm3leon.cli.terminal.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "install",
        description = {
            "Install real servers into CM3_SERVERS (~/.cache/cm3leon/servers) with pip, go and npm.",
            "What is there is left alone; a broken installation is gone on with."
        },
        mixinStandardHelpOptions = true)
final class ServersInstallCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(paramLabel = "NAME", description = "Which (all of `cm3 servers list`).")
    private List<String> names = List.of();

    ServersInstallCommand(Shared shared) {
        this.shared = shared;
    }

    /// One that cannot be made does not keep the others from being made.
    @Override
    public Integer call() {
        Servers servers = shared.servers();
        List<Server> wanted = names.isEmpty()
                ? List.of(Server.values())
                : names.stream().map(Server::named).toList();
        List<Server> missing =
                wanted.stream().filter(server -> !servers.has(server)).toList();
        if (!missing.isEmpty()) {
            shared.terminal()
                    .say("Installing %d of %d, about %s on two idle cores"
                            .formatted(missing.size(), wanted.size(), Servers.estimate(missing)));
        }
        List<Failure> failures = new ArrayList<>();
        for (Server server : missing) {
            try {
                servers.install(server, shared.terminal());
            } catch (Failure failure) {
                shared.terminal().say("cm3: " + failure.message());
                failures.add(failure);
            }
        }
        ObjectNode result = Gateway.JSON.createObjectNode();
        for (Server server : wanted) {
            if (servers.has(server))
                result.put(server.title, servers.program(server).toString());
            else result.putNull(server.title);
        }
        shared.print(
                result,
                () -> failures.isEmpty()
                        ? "%d installed in %s".formatted(wanted.size(), servers.cache())
                        : "%d of %d could not be installed".formatted(failures.size(), wanted.size()));
        return failures.isEmpty() ? 0 : Failure.OTHER;
    }
}
