package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.gateway.Generation;
import dev.cm3leon.cli.terminal.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "platform",
        description = {
            "How long a job takes outside the decode loop: from its request to its completion, minus the generator's own time.",
            "One job at a time, each with one token to write."
        },
        mixinStandardHelpOptions = true)
final class BenchPlatformCommand implements Callable<Integer> {
    private static final int WARM_UP = 10;

    @Mixin
    private final Shared shared;

    @Option(names = "--jobs", paramLabel = "N", description = "How many (200).")
    private int jobs = 200;

    BenchPlatformCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() {
        if (jobs < 1) throw Failure.usage("need --jobs >= 1, got " + jobs);
        Gateway gateway = shared.gateway();
        List<Double> outside = new ArrayList<>();
        Map<String, List<Double>> steps = new TreeMap<>();
        for (int i = -WARM_UP; i < jobs; i++) {
            JsonNode timeline = run(gateway, i);
            shared.terminal().progress("Measuring", "%d of %d jobs".formatted(Math.max(0, i + 1), jobs));
            if (i >= 0) measure(timeline, outside, steps);
        }

        ObjectNode result = Gateway.JSON.createObjectNode();
        result.put("jobs", jobs).put("p50_ms", percentile(outside, 50)).put("p99_ms", percentile(outside, 99));
        ObjectNode by = result.putObject("steps_p50_ms");
        steps.forEach((step, times) -> by.put(step, percentile(times, 50)));
        shared.print(result, () -> text(outside, steps));
        return 0;
    }

    private JsonNode run(Gateway gateway, int number) {
        ObjectNode request = Gateway.JSON.createObjectNode();
        var parts = Generation.parts(request);
        Generation.text(parts, "a person");
        Generation.hole(parts, "text");
        request.put("candidates", 1).put("seed", number);
        request.putObject("sampling").put("max_text_tokens", 1);
        String id = gateway.post("/v1/generations", request).path("id").asString();
        JsonNode job = gateway.followGeneration(id, state -> {});
        if (!job.path("status").asString().equals("completed")) {
            throw new Failure(Failure.JOB_FAILED, "job %s %s".formatted(id, job.path("failure")));
        }
        return gateway.get("/v1/generations/" + id + "/timeline");
    }

    private static void measure(JsonNode timeline, List<Double> outside, Map<String, List<Double>> steps) {
        double total = 0, decode = 0;
        for (JsonNode step : timeline.path("steps")) {
            total = step.path("milliseconds_since_start").asDouble();
            decode += 1000 * step.path("outputs").path("decode_seconds").asDouble(0);
            steps.computeIfAbsent(step.path("type").asString(), type -> new ArrayList<>())
                    .add(step.path("milliseconds_since_previous").asDouble());
        }
        outside.add(total - decode);
    }

    private static String text(List<Double> outside, Map<String, List<Double>> steps) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "outside the decode loop: p50 %.1f ms, p99 %.1f ms over %d jobs%n",
                percentile(outside, 50),
                percentile(outside, 99),
                outside.size()));
        steps.forEach((step, times) ->
                text.append(String.format(Locale.ROOT, "  %6.1f ms  until %s (p50)%n", percentile(times, 50), step)));
        return text.toString();
    }

    /// The smallest value that at least that share of the values does not exceed.
    static double percentile(List<Double> values, double percent) {
        List<Double> sorted = values.stream().sorted().toList();
        int rank = (int) Math.ceil(percent / 100 * sorted.size());
        return Math.round(10 * sorted.get(Math.max(0, rank - 1))) / 10.0;
    }
}
