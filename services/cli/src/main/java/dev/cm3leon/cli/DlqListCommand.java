package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

@Command(name = "list", description = "Show them, with the reasons.", mixinStandardHelpOptions = true)
final class DlqListCommand implements Callable<Integer> {
    private static final int PAGE = 200; // the most that the gateway tells at once

    @Mixin
    private final Shared shared;

    DlqListCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        ArrayNode letters = all(shared.gateway());
        shared.print(
                Gateway.JSON.createObjectNode().set("dead_letters", letters),
                () -> letters.isEmpty()
                        ? "no dead letters"
                        : Gateway.each(letters).map(DlqListCommand::line).collect(Collectors.joining("\n")));
        return 0;
    }

    /// Page by page, the oldest first.
    static ArrayNode all(Gateway gateway) {
        ArrayNode all = Gateway.JSON.createArrayNode();
        JsonNode page;
        do {
            long after =
                    all.isEmpty() ? -1 : all.path(all.size() - 1).path("offset").asLong();
            page = gateway.get("/v1/dead-letters?limit=%d&after=%d".formatted(PAGE, after))
                    .path("dead_letters");
            Gateway.each(page).forEach(all::add);
        } while (page.size() == PAGE);
        return all;
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
