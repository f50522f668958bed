package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "replay",
        description = "Put events back on the topics they came from.",
        mixinStandardHelpOptions = true)
final class DlqReplayCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(paramLabel = "TOPIC/PARTITION/OFFSET", description = "As `dlq list` shows them.")
    private List<String> places = new ArrayList<>();

    @Option(names = "--all", description = "All of them.")
    private boolean all;

    DlqReplayCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        if (all != places.isEmpty()) throw Failure.usage("need either places or --all");
        for (String place : places) {
            if (!place.matches("[A-Za-z0-9._-]+/\\d+/\\d+")) {
                throw Failure.usage("need TOPIC/PARTITION/OFFSET, got " + place);
            }
        }
        Gateway gateway = shared.gateway();
        if (all) {
            Gateway.each(DlqListCommand.all(gateway)).map(DlqListCommand::place).forEach(places::add);
        }
        var replayed = Gateway.JSON.createArrayNode();
        for (String place : places) {
            replayed.add(gateway.post("/v1/dead-letters/" + place + "/replay", Gateway.JSON.createObjectNode()));
        }
        shared.print(replayed, () -> "replayed " + replayed.size());
        return 0;
    }
}
