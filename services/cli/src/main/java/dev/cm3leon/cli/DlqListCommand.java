package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(name = "list", description = "Show them, with the reasons.", mixinStandardHelpOptions = true)
final class DlqListCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    DlqListCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        JsonNode answer = shared.gateway().get("/v1/dead-letters");
        JsonNode letters = answer.path("dead_letters");
        shared.print(
                answer,
                () -> letters.isEmpty()
                        ? "no dead letters"
                        : Gateway.each(letters).map(DlqListCommand::line).collect(Collectors.joining("\n")));
        return 0;
    }

    /// `topic/partition/offset`: what replay takes.
    static String place(JsonNode letter) {
        return letter.path("topic").asString() + "/" + letter.path("partition").asInt() + "/"
                + letter.path("offset").asLong();
    }

    private static String line(JsonNode letter) {
        return "%s  %s  from %s%s: %s"
                .formatted(
                        place(letter),
                        letter.path("at").asString(""),
                        letter.path("original_topic").asString("?"),
                        letter.path("subject").isString()
                                ? " of " + letter.path("subject").asString()
                                : "",
                        letter.path("reason").asString(""));
    }
}
