package dev.cm3leon.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "status",
        description = "Say whether the platform is up; exit code 3 where it is not.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    StatusCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        LocalPlatform platform = shared.platform();
        Gateway remote = shared.remote();
        Gateway gateway = remote == null ? new Gateway(platform.url()) : remote;
        boolean up = (remote != null || platform.running().isPresent()) && gateway.answers();
        ObjectNode result = Gateway.JSON.createObjectNode();
        result.put("up", up).put("url", gateway.url().toString());
        if (remote == null) {
            result.put("home", platform.home().toString())
                    .put("log", platform.log().toString());
            platform.running()
                    .ifPresent(self -> result.put("pid", self.path("pid").asLong()));
        }
        shared.print(result, () -> {
            if (!up) return "down (%s)".formatted(gateway.url());
            String where = remote == null
                    ? ", process %s, data in %s".formatted(result.path("pid").asString("?"), platform.home())
                    : "";
            return "up: %s%s".formatted(gateway.url(), where);
        });
        return up ? 0 : Failure.NOT_REACHABLE;
    }
}
