package dev.cm3leon.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "up", description = "Start the platform of this machine.", mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    UpCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        if (shared.remote() != null)
            throw Failure.usage("CM3_URL names a platform elsewhere: only one of this machine can be started");
        LocalPlatform platform = shared.platform();
        boolean was = platform.running().isPresent();
        platform.up(shared.terminal());
        var result = Gateway.JSON.createObjectNode();
        result.put("url", platform.url().toString())
                .put("home", platform.home().toString())
                .put("started", !was);
        shared.print(result, () -> was ? "already up: " + platform.url() : "");
        return 0;
    }
}
