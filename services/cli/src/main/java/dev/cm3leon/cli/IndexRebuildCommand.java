package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
        name = "rebuild",
        description = "Build the index anew from the log of documents, beside the one that is searched meanwhile.",
        mixinStandardHelpOptions = true)
final class IndexRebuildCommand implements Callable<Integer> {
    private static final long LOOKS_MS = 500;

    @Mixin
    private final Shared shared;

    @Option(
            names = "--even-if-smaller",
            description = "Let it take the place of an index that has more documents than the log.")
    private boolean evenIfSmaller;

    @Option(names = "--detach", description = "Do not wait for its end.")
    private boolean detach;

    IndexRebuildCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws InterruptedException {
        Gateway gateway = shared.gateway();
        JsonNode rebuild = gateway.post(
                "/v1/index/rebuilds" + (evenIfSmaller ? "?even_if_smaller=true" : ""), Gateway.JSON.createObjectNode());
        String place = "/v1/index/rebuilds/" + rebuild.path("id").asString();
        while (!detach && rebuild.path("status").asString().equals("running")) {
            shared.terminal().progress("rebuilding", counts(rebuild));
            Thread.sleep(LOOKS_MS);
            rebuild = gateway.get(place);
        }
        JsonNode last = rebuild;
        shared.print(last, () -> IndexStatusCommand.line(last));
        return last.path("status").asString().equals("failed") ? Failure.JOB_FAILED : 0;
    }

    private static String counts(JsonNode rebuild) {
        return "%,d of %,d"
                .formatted(rebuild.path("read").asLong(), rebuild.path("total").asLong());
    }
}
