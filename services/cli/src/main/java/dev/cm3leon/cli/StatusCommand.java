package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.platform.ApartOptions;
import dev.cm3leon.cli.platform.ApartPlatform;
import dev.cm3leon.cli.platform.LocalPlatform;
import dev.cm3leon.cli.platform.Part;
import dev.cm3leon.cli.platform.Processes;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "status",
        description =
                "Say whether the platform is up, and each process of one that is apart; exit code 3 where it is not.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    StatusCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        Gateway remote = shared.remote();
        ApartPlatform apart = shared.apart();
        var options = apart.running();
        if (remote == null && options.isPresent()) return apart(apart, options.get());
        LocalPlatform platform = shared.platform();
        Gateway gateway = remote == null ? new Gateway(platform.url()) : remote;
        boolean up = (remote != null || platform.running().isPresent()) && gateway.answers();
        boolean starting = remote == null && (platform.begun().isPresent() || platform.isStarting());
        ObjectNode result = Gateway.JSON.createObjectNode();
        result.put("up", up).put("url", gateway.url().toString());
        if (remote == null) {
            result.put("home", platform.home().toString())
                    .put("log", platform.log().toString());
            platform.begun()
                    .ifPresent(self -> result.put("pid", self.path("pid").asLong()));
        }
        shared.print(result, () -> {
            if (!up) return "%s (%s)".formatted(starting ? "starting" : "down", gateway.url());
            String where = remote == null
                    ? ", process %s, data in %s".formatted(result.path("pid").asString("?"), platform.home())
                    : "";
            return "up: %s%s".formatted(gateway.url(), where);
        });
        return up ? 0 : Failure.NOT_REACHABLE;
    }

    private int apart(ApartPlatform platform, ApartOptions options) {
        ObjectNode result = Gateway.JSON.createObjectNode();
        ArrayNode processes = Gateway.JSON.createArrayNode();
        Map<String, ProcessHandle> running = new LinkedHashMap<>();
        var parts = platform.parts(options);
        for (Part part : parts) {
            platform.processes.find(part.name()).ifPresent(process -> running.put(part.name(), process));
        }
        Map<Long, Long> memory = Processes.memory(running.values());
        boolean up = true;
        for (Part part : parts) {
            ProcessHandle process = running.get(part.name());
            String health = process == null ? "down" : part.isHealthy() ? "healthy" : "not ready";
            up &= health.equals("healthy");
            ObjectNode row = processes.addObject().put("name", part.name()).put("health", health);
            row.put("port", part.port())
                    .put("log", platform.processes.log(part.name()).toString());
            if (process == null) continue;
            row.put("pid", process.pid());
            row.put("memory_mb", memory.getOrDefault(process.pid(), 0L) >> 20);
            row.put(
                    "up_seconds",
                    Duration.between(Processes.startOf(process), Instant.now()).toSeconds());
        }
        result.put("up", up)
                .put("url", platform.url().toString())
                .put("home", platform.folder().toString());
        if (options.kafka() != null) result.put("kafka", options.kafka());
        if (options.s3() != null) result.put("s3", options.s3());
        if (options.milvus() != null) result.put("milvus", options.milvus());
        result.set("processes", processes);
        String state = up
                ? "up"
                : shared.platform().isStarting() ? "starting" : "not whole (cm3 up --apart starts what is down)";
        shared.print(result, () -> table(state, result, processes));
        return up ? 0 : Failure.NOT_REACHABLE;
    }

    private static String table(String state, ObjectNode result, ArrayNode processes) {
        StringBuilder text = new StringBuilder();
        text.append(state)
                .append(": ")
                .append(result.path("url").asString())
                .append(", data and logs in ")
                .append(result.path("home").asString())
                .append('\n');
        long memory = 0;
        for (JsonNode row : processes) {
            memory += row.path("memory_mb").asLong();
            text.append(String.format(
                    Locale.ROOT,
                    "  %-21s %-10s port %-6s %s%n",
                    row.path("name").asString(),
                    row.path("health").asString(),
                    row.path("port").asString(),
                    row.has("pid")
                            ? String.format(
                                    Locale.ROOT,
                                    "pid %-8s %5d MB  up %s",
                                    row.path("pid").asString(),
                                    row.path("memory_mb").asLong(),
                                    Terminal.seconds(row.path("up_seconds").asDouble()))
                            : ""));
        }
        for (String server : List.of("kafka", "s3", "milvus")) {
            if (result.has(server))
                text.append(String.format(
                        "  %-21s from outside: %s%n",
                        server, result.path(server).asString()));
        }
        return text.append(
                        String.format(Locale.ROOT, "  %d processes, %d MB resident together", processes.size(), memory))
                .toString();
    }
}
