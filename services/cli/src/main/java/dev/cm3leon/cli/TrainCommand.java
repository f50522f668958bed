package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "train",
        description = "Train a model and watch its loss. Ctrl-C leaves the run going; --cancel stops it.",
        mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
    private static final int SPARKLINE = 24;
    private static final String NOT_THERE = ", not with a run that is there";

    @Mixin
    private final Shared shared;

    @Parameters(
            arity = "0..1",
            paramLabel = "CONFIG",
            description = "A JSON file, or the name of a configuration that comes with the trainer: demo (an hour of"
                    + " one core with AVX-512, else about two), scenes (all stages of the served model, whose own"
                    + " were started one by one: about fifteen hours of two cores), demo-tiny (a try of seconds).")
    private @Nullable String configuration;

    @Option(
            names = "--job",
            paramLabel = "JSON",
            description = "What the run asks of a cluster, e.g. '{\"workers\": 2, \"gpu\": 1}'; see docs/operate.md.")
    private @Nullable String job;

    @Option(
            names = "--from-scratch",
            description =
                    "Begin with nothing trained, whatever was trained before: what every new run does, said aloud.")
    private boolean fromScratch;

    @Option(names = "--detach", description = "Do not watch; print the run's id.")
    private boolean detach;

    @Option(names = "--follow", paramLabel = "RUN", description = "Watch a run that was started before.")
    private @Nullable String follow;

    @Option(names = "--cancel", paramLabel = "RUN", description = "Stop a run.")
    private @Nullable String cancel;

    @Option(names = "--suspend", paramLabel = "RUN", description = "Let a run leave its machines for a while.")
    private @Nullable String suspend;

    @Option(names = "--resume", paramLabel = "RUN", description = "Let a suspended run go on.")
    private @Nullable String resume;

    @Option(names = "--list", description = "Show the latest 20 runs.")
    private boolean list;

    private final List<Double> losses = new ArrayList<>();
    private String stage = "";

    TrainCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException {
        long asked = Stream.of(configuration, follow, cancel, suspend, resume)
                        .filter(Objects::nonNull)
                        .count()
                + (list ? 1 : 0);
        if (asked != 1) throw Failure.usage("need one of CONFIG, --follow, --cancel, --suspend, --resume and --list");
        if (configuration == null) {
            if (fromScratch) throw Failure.usage("--from-scratch begins a new run: it goes with CONFIG" + NOT_THERE);
            if (job != null) throw Failure.usage("--job is asked for a new run: it goes with CONFIG" + NOT_THERE);
            if (detach) throw Failure.usage("--detach leaves a new run alone: it goes with CONFIG" + NOT_THERE);
        }
        ObjectNode request = configuration == null ? null : request(configuration);
        if (request != null && job != null) request.set("job", json("--job", job));
        Gateway gateway = shared.gateway();
        if (list) return list(gateway);
        if (cancel != null) {
            gateway.delete("/v1/training-runs/" + cancel);
            JsonNode run =
                    gateway.followTraining(cancel, state -> shared.terminal().progress("Stopping", ""));
            shared.print(run, () -> run.path("status").asString());
            return 0;
        }
        if (suspend != null) return change(gateway, suspend, "suspend");
        if (resume != null) return change(gateway, resume, "resume");
        String id = request == null
                ? String.valueOf(follow)
                : gateway.post("/v1/training-runs", request).path("id").asString();
        if (detach) {
            shared.print(Gateway.JSON.createObjectNode().put("id", id), () -> id);
            return 0;
        }
        return watch(gateway, id);
    }

    private int change(Gateway gateway, String id, String how) {
        JsonNode run = gateway.post("/v1/training-runs/" + id + "/" + how, Gateway.JSON.createObjectNode());
        shared.print(run, () -> how + " asked of " + id);
        return 0;
    }

    /// What asks for a run of a file, or of a configuration by its name.
    static ObjectNode request(String configuration) throws IOException {
        ObjectNode request = Gateway.JSON.createObjectNode();
        Path file = Path.of(configuration);
        if (Files.isRegularFile(file)) {
            JsonNode settings = json(file.toString(), Files.readString(file));
            if (settings.get("shards") instanceof ObjectNode shards) placeCorpus(shards, file);
            for (JsonNode later : settings.path("finetune"))
                for (JsonNode source : later.path("corpora"))
                    if (source instanceof ObjectNode one) placeCorpus(one, file);
            request.set("configuration", settings);
        } else if (configuration.matches("[a-z0-9-]+")) request.put("configuration", configuration);
        else throw Failure.usage("no such file: " + file);
        return request;
    }

    /// A corpus beside the file is told by its whole path: the job runs in another folder.
    private static void placeCorpus(ObjectNode source, Path file) {
        String corpus = source.path("corpus").asString("");
        Path folder = file.toAbsolutePath().resolveSibling(corpus).normalize();
        if (!corpus.isEmpty() && Files.isDirectory(folder)) source.put("corpus", folder.toString());
    }

    private static JsonNode json(String what, String text) {
        try {
            return Gateway.JSON.readTree(text);
        } catch (JacksonException e) {
            throw Failure.usage("%s is not JSON: %s".formatted(what, e.getOriginalMessage()));
        }
    }

    private int list(Gateway gateway) {
        JsonNode answer = gateway.get("/v1/training-runs");
        JsonNode runs = answer.path("training_runs");
        shared.print(
                answer,
                () -> runs.isEmpty()
                        ? "no training runs"
                        : Gateway.each(runs)
                                .map(run -> "%s  %s  %s%s"
                                        .formatted(
                                                run.path("id").asString(),
                                                run.path("created_at").asString(""),
                                                run.path("status").asString(),
                                                outcome(run)))
                                .collect(Collectors.joining("\n")));
        return 0;
    }

    /// What is worth knowing of a run in its state: where it is, what it made, why it failed.
    private static String outcome(JsonNode run) {
        return switch (run.path("status").asString()) {
            case "completed" ->
                "  %s after %s"
                        .formatted(
                                run.path("model").asString("trained"),
                                Terminal.seconds(run.path("seconds").asDouble()));
            case "failed", "cancelled" ->
                run.path("reason").isString() ? "  " + run.path("reason").asString() : "";
            default -> run.path("stage").isString() ? "  " + run.path("stage").asString() + "  " + line(run) : "";
        };
    }

    private int watch(Gateway gateway, String id) {
        JsonNode run = watched(gateway, id);
        shared.print(run, () -> "%s after %s"
                .formatted(
                        run.path("model").asString("trained"),
                        Terminal.seconds(run.path("seconds").asDouble())));
        String model = run.path("model").asString("");
        if (!model.isEmpty() && Files.isDirectory(Path.of(model)))
            shared.terminal()
                    .say("To draw with it: `cm3 models publish %s`, then `cm3 models promote` what that prints."
                            .formatted(model));
        return 0;
    }

    /// Shows a run until it is completed.
    ///
    /// @throws Failure when it ends otherwise
    JsonNode watched(Gateway gateway, String id) {
        Terminal terminal = shared.terminal();
        terminal.say("Training run " + id);
        Thread detached = new Thread(() -> terminal.say(
                "The run goes on. Watch it with `cm3 train --follow %s`, stop it with `cm3 train --cancel %s`."
                        .formatted(id, id)));
        Runtime.getRuntime().addShutdownHook(detached);
        JsonNode run;
        try {
            run = gateway.followTraining(id, this::show);
        } finally {
            Runtime.getRuntime().removeShutdownHook(detached);
            terminal.settle();
        }
        String status = run.path("status").asString();
        if (!status.equals("completed")) {
            throw new Failure(
                    Failure.JOB_FAILED,
                    "run %s %s: %s"
                            .formatted(
                                    id,
                                    status.equals("cancelled") ? "was cancelled" : "failed",
                                    run.path("reason").asString("no reason was told")));
        }
        return run;
    }

    /// A run that is joined later tells of its past first: that is on the curve too, and the rest is as it is now.
    private void show(JsonNode told) {
        JsonNode run = told.path("run"), event = told.path("event");
        if (event.path("type").asString("").equals("training-progress.v1")) {
            String of = event.path("stage").asString("");
            if (!of.equals(stage)) losses.clear();
            stage = of;
            losses.add(event.path("loss").asDouble());
        }
        if (!run.path("stage").isString()) {
            shared.terminal().progress(run.path("status").asString(), "");
            return;
        }
        shared.terminal().progress(run.path("stage").asString(), line(run) + "  " + sparkline(losses));
    }

    private static String line(JsonNode run) {
        return String.format(
                Locale.ROOT,
                "step %d of %d  loss %.4f  %.0f tokens/s  %s left",
                run.path("step").asLong(),
                run.path("steps").asLong(),
                run.path("loss").asDouble(),
                run.path("tokens_per_second").asDouble(),
                Terminal.seconds(run.path("eta_seconds").asDouble()));
    }

    /// The last values as bars of eight heights, the lowest of them at the bottom.
    static String sparkline(List<Double> values) {
        List<Double> shown = values.subList(Math.max(0, values.size() - SPARKLINE), values.size());
        double low = shown.stream().mapToDouble(v -> v).min().orElse(0);
        double high = shown.stream().mapToDouble(v -> v).max().orElse(0);
        StringBuilder bars = new StringBuilder();
        for (double value : shown) {
            int height = high == low ? 0 : (int) Math.round(7 * (value - low) / (high - low));
            bars.append("▁▂▃▄▅▆▇█".charAt(height));
        }
        return bars.toString();
    }
}
