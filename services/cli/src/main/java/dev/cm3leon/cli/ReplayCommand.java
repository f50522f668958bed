package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.gateway.Generation;
import dev.cm3leon.cli.terminal.Failure;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "replay",
        description = "Do a finished job again, with the same seed and the same documents, and compare what comes out.",
        mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
    @Mixin
    private final Shared shared;

    @Parameters(paramLabel = "JOB", description = "The id of a completed job.")
    private String id = "";

    ReplayCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        Gateway gateway = shared.gateway();
        JsonNode before = gateway.get("/v1/generations/" + id);
        if (!before.path("status").asString().equals("completed")) {
            throw Failure.usage("need a completed job, got one that is "
                    + before.path("status").asString());
        }

        JsonNode after = again(gateway, before);

        List<String> was = drawn(before), is = drawn(after);
        long same = IntStream.range(0, Math.min(was.size(), is.size()))
                .filter(i -> was.get(i).equals(is.get(i)))
                .count();
        boolean equal = was.size() == is.size() && same == was.size();
        ObjectNode result = Gateway.JSON.createObjectNode();
        result.put("job", id).put("replay", after.path("id").asString());
        result.put("candidates", was.size()).put("same", same).put("equal", equal);
        shared.print(result, () -> "%d of %d candidates are the same%s"
                .formatted(same, was.size(), equal ? "" : ": NOT reproduced"));
        return equal ? 0 : Failure.OTHER;
    }

    private JsonNode again(Gateway gateway, JsonNode before) {
        try {
            return Generation.complete(gateway, request(before), shared.terminal());
        } catch (Failure failure) {
            String model = before.path("model").asString();
            if (!failure.message().equals("no model has the id " + model)) throw failure;
            throw new Failure(
                    failure.exitCode,
                    "job %s was drawn by %s, which is not here any more, so it cannot be done again"
                            .formatted(id, model),
                    "model");
        }
    }

    private static ObjectNode request(JsonNode before) {
        ObjectNode request = Gateway.JSON.createObjectNode();
        request.set("parts", before.path("parts"));
        request.put("candidates", before.path("candidates").size());
        request.put("seed", before.path("seed").asLong());
        request.put("model", before.path("model").asString());
        request.set("sampling", before.path("sampling"));
        if (before.path("evidence").isEmpty()) request.putObject("retrieval").put("documents", 0);
        else {
            var given = request.putObject("retrieval").putArray("given");
            before.path("evidence")
                    .forEach(document -> given.add(document.path("document").asString()));
        }
        return request;
    }

    /// The images' content addresses, or the texts, by candidate.
    private static List<String> drawn(JsonNode job) {
        return Gateway.each(job.path("candidates"))
                .sorted(java.util.Comparator.comparingInt(c -> c.path("index").asInt()))
                .map(candidate -> candidate
                        .path("image")
                        .path("key")
                        .asString(candidate.path("text").asString("")))
                .toList();
    }
}
