package dev.cm3leon.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "down",
        description = "Stop the platform of this machine. Jobs and training runs go on when it is up again.",
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
        boolean stopped =
                shared.apart().down(shared.terminal()) | shared.platform().down(shared.terminal());
        shared.print(
                Gateway.JSON.createObjectNode().put("stopped", stopped),
                () -> stopped ? "stopped" : "the platform was not up");
        return 0;
    }
}
