package dev.cm3leon.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
        name = "status",
        description = "Show which index is searched, and what it has.",
        mixinStandardHelpOptions = true)
final class IndexStatusCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    IndexStatusCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        JsonNode index = shared.gateway().get("/v1/index");
        shared.print(index, () -> text(index));
        return 0;
    }

    private static String text(JsonNode index) {
        String text = "index      %s%ndocuments  %,d (%,d additions in the log)%n"
                .formatted(
                        index.path("index_version").asString(),
                        index.path("documents").asLong(),
                        index.path("logged").asLong());
        if (index.path("outdated").isString())
            text += "outdated   " + index.path("outdated").asString() + "\n";
        JsonNode rebuild = index.path("latest_rebuild");
        if (rebuild.isObject()) text += "rebuild    " + line(rebuild);
        return text;
    }

    /// A rebuild on one line.
    static String line(JsonNode rebuild) {
        String id = rebuild.path("id").asString();
        return switch (rebuild.path("status").asString()) {
            case "completed" ->
                "%s done: %,d documents (%,d rejected) in %.1f s, now %s"
                        .formatted(
                                id,
                                rebuild.path("documents").asLong(),
                                rebuild.path("rejected").asLong(),
                                rebuild.path("seconds").asDouble(),
                                rebuild.path("index_version").asString());
            case "failed" -> id + " failed: " + rebuild.path("reason").asString();
            default ->
                "%s running: %,d of %,d"
                        .formatted(
                                id,
                                rebuild.path("read").asLong(),
                                rebuild.path("total").asLong());
        };
    }
}
