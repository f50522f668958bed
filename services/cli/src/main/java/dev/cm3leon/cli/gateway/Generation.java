package dev.cm3leon.cli.gateway;

import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// One generation job, from submission to its end.
public final class Generation {
    private static final Duration SOON = Duration.ofSeconds(5);

    private Generation() {}

    /// Submits a request and follows the job to its end. A Ctrl-C meanwhile cancels it.
    ///
    /// @throws Failure JOB_FAILED with the step and the reason
    public static JsonNode complete(Gateway gateway, ObjectNode request, Terminal terminal) {
        String id = gateway.post("/v1/generations", request).path("id").asString();
        Thread cancel = new Thread(() -> {
            try {
                gateway.delete("/v1/generations/" + id, SOON);
                terminal.say("Cancelled.");
            } catch (Failure failure) {
                terminal.say("Not cancelled: " + failure.message());
            }
        });
        Runtime.getRuntime().addShutdownHook(cancel);
        JsonNode job;
        try {
            job = gateway.followGeneration(id, state -> show(state, terminal));
        } finally {
            Runtime.getRuntime().removeShutdownHook(cancel);
            terminal.settle();
        }
        String status = job.path("status").asString();
        if (status.equals("completed")) return job;
        JsonNode failure = job.path("failure");
        throw new Failure(
                Failure.JOB_FAILED,
                "job %s %s in step %s: %s"
                        .formatted(
                                job.path("id").asString(),
                                status.equals("cancelled") ? "was cancelled" : "failed",
                                failure.path("step").asString("?"),
                                failure.path("reason").asString("no reason was told")));
    }

    private static void show(JsonNode job, Terminal terminal) {
        String step = step(job.path("status").asString());
        int ahead = job.path("position").asInt(0);
        JsonNode progress = job.path("progress");
        String detail = "";
        if (job.path("status").asString().equals("generating") && progress.isObject()) {
            detail = "%d of %d tokens, %.0f tokens/s, %s left"
                    .formatted(
                            progress.path("position").asInt(),
                            progress.path("total").asInt(),
                            progress.path("tokens_per_second").asDouble(),
                            Terminal.seconds(progress.path("eta_seconds").asDouble()));
        } else if (ahead > 0) {
            detail = "%d %s before this one".formatted(ahead, ahead == 1 ? "job" : "jobs");
        }
        terminal.progress(step, detail);
    }

    private static String step(String status) {
        return switch (status) {
            case "queued" -> "Waiting";
            case "retrieving" -> "Looking for documents";
            case "tokenizing" -> "Reading the prompt";
            case "generating" -> "Generating";
            case "decoding" -> "Painting";
            case "ranking" -> "Choosing the best";
            default -> status;
        };
    }

    /// What a person wants to know about a finished job besides its result.
    public static void tell(JsonNode job, Terminal terminal) {
        terminal.say("Job %s, seed %s, model %s"
                .formatted(
                        job.path("id").asString(),
                        job.path("seed").asString("?"),
                        job.path("model").asString("?")));
        for (JsonNode document : job.path("evidence")) {
            terminal.say("Retrieved %s (score %s): %s"
                    .formatted(
                            document.path("document").asString(),
                            String.format(
                                    Locale.ROOT, "%.3f", document.path("score").asDouble()),
                            shortened(document.path("text").asString(""))));
        }
        String unknown =
                Gateway.each(job.path("unknown_words")).map(JsonNode::asString).collect(Collectors.joining(", "));
        if (!unknown.isEmpty()) {
            terminal.say("Warning: the model has never seen: " + unknown
                    + ". It drew something all the same; `cm3 ingest` a picture that shows what is meant.");
        }
    }

    public static String shortened(String text) {
        return text.length() <= 100 ? text : text.substring(0, 99) + "…";
    }

    public static ArrayNode parts(ObjectNode request) {
        return request.putArray("parts");
    }

    public static void text(ArrayNode parts, String text) {
        parts.addObject().put("type", "text").put("text", text);
    }

    public static void hole(ArrayNode parts, String modality) {
        parts.addObject().put("type", "hole").put("modality", modality);
    }

    public static void image(ArrayNode parts, byte[] file) {
        parts.addObject().put("type", "image").putObject("image").put("b64", base64(file));
    }

    public static String base64(byte[] file) {
        return java.util.Base64.getEncoder().encodeToString(file);
    }
}
