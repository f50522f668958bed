package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.platform.LocalPlatform;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "down",
        description = {
            "Stop the platform of this machine, also one that another command is starting.",
            "Jobs and training runs go on when it is up again."
        },
        mixinStandardHelpOptions = true)
final class DownCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    DownCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        shared.requireHere("stopped");
        LocalPlatform platform = shared.platform();
        boolean starting = platform.isStarting();
        boolean any = stop();
        while (starting) { // else what another command is only about to start would come up afterwards
            shared.terminal().progress("Waiting", "for the command that is starting the platform");
            Gateway.pause(100);
            starting = platform.isStarting();
            any |= stop();
        }
        boolean stopped = any;
        shared.print(
                Gateway.JSON.createObjectNode().put("stopped", stopped),
                () -> stopped ? "stopped" : "the platform was not up");
        return 0;
    }

    private boolean stop() {
        return shared.apart().down(shared.terminal()) | shared.platform().down(shared.terminal());
    }
}
