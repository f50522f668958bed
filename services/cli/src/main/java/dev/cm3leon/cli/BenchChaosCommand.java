package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.platform.ApartOptions;
import dev.cm3leon.cli.platform.ApartPlatform;
import dev.cm3leon.cli.platform.FreePorts;
import dev.cm3leon.cli.platform.LocalPlatform;
import dev.cm3leon.cli.platform.MainProcess;
import dev.cm3leon.cli.platform.Part;
import dev.cm3leon.cli.platform.Processes;
import dev.cm3leon.cli.servers.Servers;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "chaos",
        description = {
            "Do the same jobs twice on a platform apart of its own: once calmly, and once while every process in turn is killed (kill -9) and started again, and every connection to a server is cut and delayed.",
            "Exit code 0 means: none was lost, none was done twice, and the images are the same to the byte."
        },
        mixinStandardHelpOptions = true)
final class BenchChaosCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final Duration TRAINING_PATIENCE = Duration.ofMinutes(60);
    private static final Duration CUT = Duration.ofSeconds(3);
    private static final Duration DELAYED = Duration.ofSeconds(6);
    private static final List<String> PROXIES = List.of("kafka", "object-store", "milvus");
    private static final List<String> PROMPTS = List.of(
            "a person with spiky blue hair, a full beard and a red jacket on a pink background",
            "Sana Gold in a green t-shirt on a yellow background",
            "a person with long black hair on a blue background",
            "Sana Gold in a striped red shirt on a white background",
            "a person with a grey beard and a green jacket");

    @Mixin
    private final Shared shared;

    @Option(names = "--jobs", paramLabel = "N", description = "How many (200).")
    private int jobs = 200;

    @Option(
            names = "--train",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Also a training run (demo-tiny) each time, whose loss is to be the same (yes).")
    private boolean train = true;

    @Mixin
    private final StartedServers servers = new StartedServers();

    @Option(names = "--keep", description = "Leave the platform up, to look into it.")
    private boolean keep;

    BenchChaosCommand(Shared shared) {
        this.shared = shared;
    }

    BenchChaosCommand(Shared shared, int jobs, boolean train) {
        this.shared = shared;
        this.jobs = jobs;
        this.train = train;
    }

    /// What came of a series of jobs.
    ///
    /// @param images by number of the job: the content addresses of its images
    /// @param failed by number of the job: the reason
    /// @param lost by number of the job: how far it came, and why no further if that is known
    /// @param completed ids of the jobs that have images
    record Outcome(
            Map<Integer, List<String>> images,
            Map<Integer, String> failed,
            Map<Integer, String> lost,
            List<String> completed,
            double seconds) {}

    @Override
    public Integer call() {
        if (jobs < 1) throw Failure.usage("need --jobs >= 1, got " + jobs);
        Path checkout = shared.platform().checkout();
        if (checkout == null) throw Failure.usage("need a checkout: the platform is started from it");
        var wish = new ApartOptions(null, null, null, servers.store(), servers.index(), true, Map.of());
        Path home = checkout.resolve("target/chaos");
        int port = FreePorts.of(List.of("gateway")).getOrDefault("gateway", 0);
        ApartPlatform platform =
                new ApartPlatform(new LocalPlatform(home, port, checkout), shared.servers(), shared.environment());
        Terminal terminal = shared.terminal();
        platform.down(terminal); // of a run that was broken off
        try {
            Servers.deleteTree(home);
        } catch (IOException e) {
            throw new Failure(Failure.OTHER, "cannot use %s: %s".formatted(home, e.getMessage()));
        }
        Thread stop = new Thread(() -> platform.down(terminal));
        if (!keep) Runtime.getRuntime().addShutdownHook(stop);
        try {
            Map<String, Duration> started = platform.up(wish, terminal);
            return run(platform, started);
        } finally {
            if (!keep) {
                platform.down(terminal);
                Runtime.getRuntime().removeShutdownHook(stop);
            }
        }
    }

    private int run(ApartPlatform platform, Map<String, Duration> started) {
        Terminal terminal = shared.terminal();
        ApartOptions options = platform.running().orElseThrow();
        Gateway gateway = new Gateway(platform.url());
        await(terminal, "Indexing the demo bank", platform.folder().resolve("demo-bank.done"));

        terminal.say("Calm: %d jobs".formatted(jobs));
        Map<Integer, String> calmIds = new TreeMap<>();
        long begin = System.nanoTime();
        for (int i = 0; i < jobs; i++) calmIds.put(i, submit(gateway, "calm", i));
        Outcome calm = outcome(gateway, calmIds, begin);
        Map<String, Long> memory = memory(platform, options);
        JsonNode calmRun = train ? training(gateway, startTraining(gateway)) : null;

        String run = train ? startTraining(gateway) : null;
        Map<Integer, String> ids = new TreeMap<>();
        Map<String, Duration> restarts = new LinkedHashMap<>();
        begin = System.nanoTime();
        List<Disturbance> disturbances = disturbances(platform, options, restarts);
        for (int d = 0; d < disturbances.size(); d++) {
            Disturbance disturbance = disturbances.get(d);
            int from = jobs * d / disturbances.size(), to = jobs * (d + 1) / disturbances.size();
            terminal.say("Chaos %d of %d: %s, with jobs %d to %d under way"
                    .formatted(d + 1, disturbances.size(), disturbance.what(), from, to - 1));
            var submitting = CompletableFuture.runAsync(() -> {
                for (int i = from; i < to; i++) ids.put(i, submit(gateway, "chaos", i));
            });
            Gateway.pause(700); // some are in every step by now
            disturbance.how().run();
            submitting.join();
        }
        Outcome chaos = outcome(gateway, ids, begin);
        JsonNode chaosRun = run == null ? null : training(gateway, run);
        int dead = deadLetters(gateway).size();
        JsonNode results = results(platform.bootstrapServers(options), platform.folder());
        long twice = twice(calm.completed(), results) + twice(chaos.completed(), results);
        return tell(calm, chaos, twice, dead, calmRun, chaosRun, started, restarts, memory);
    }

    private record Disturbance(String what, Runnable how) {}

    private List<Disturbance> disturbances(
            ApartPlatform platform, ApartOptions options, Map<String, Duration> restarts) {
        List<Disturbance> all = new ArrayList<>();
        for (Part part : platform.parts(options)) {
            if (part.name().equals("toxiproxy")) continue; // it stands for the network
            all.add(new Disturbance("kill -9 " + part.name(), () -> {
                platform.processes.kill(part.name());
                Gateway.pause(500);
                restarts.putAll(platform.processes.up(List.of(part), Duration.ofMinutes(5), shared.terminal()));
            }));
        }
        Gateway toxiproxy = new Gateway(URI.create("http://127.0.0.1:" + options.port("toxiproxy")));
        for (String proxy : PROXIES) {
            all.add(new Disturbance("%s cut off for %d s".formatted(proxy, CUT.toSeconds()), () -> {
                enable(toxiproxy, proxy, false);
                Gateway.pause(CUT.toMillis());
                enable(toxiproxy, proxy, true);
            }));
            all.add(new Disturbance("%s delayed by 700 ms for %d s".formatted(proxy, DELAYED.toSeconds()), () -> {
                ObjectNode toxic = Gateway.JSON.createObjectNode();
                toxic.put("name", "late")
                        .put("type", "latency")
                        .putObject("attributes")
                        .put("latency", 700)
                        .put("jitter", 200);
                toxiproxy.post("/proxies/" + proxy + "/toxics", toxic);
                Gateway.pause(DELAYED.toMillis());
                toxiproxy.delete("/proxies/" + proxy + "/toxics/late");
            }));
        }
        return all;
    }

    private static void enable(Gateway toxiproxy, String proxy, boolean enabled) {
        toxiproxy.post("/proxies/" + proxy, Gateway.JSON.createObjectNode().put("enabled", enabled));
    }

    /// Submits until it is taken: with a key of its own, so that asking again makes no second job.
    private String submit(Gateway gateway, String series, int number) {
        ObjectNode request = Gateway.JSON.createObjectNode();
        request.put("prompt", PROMPTS.get(number % PROMPTS.size()));
        request.put("candidates", 2).put("seed", number);
        return Gateway.untilReached(PATIENCE, () -> gateway.post("/v1/generations", request, series + "-" + number))
                .path("id")
                .asString();
    }

    private static JsonNode deadLetters(Gateway gateway) {
        return Gateway.untilReached(PATIENCE, () -> DlqListCommand.all(gateway));
    }

    /// Waits until all jobs are over, or can get no further, or time is up: those that are not over are lost.
    private Outcome outcome(Gateway gateway, Map<Integer, String> ids, long begin) {
        Map<Integer, String> waiting = new TreeMap<>(ids);
        Map<Integer, List<String>> images = new TreeMap<>();
        Map<Integer, String> failed = new TreeMap<>();
        List<String> completed = new ArrayList<>();
        Map<String, String> dead = new HashMap<>(); // by the job's id: why an event of it could not be handled
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (int round = 1; !dead.keySet().containsAll(waiting.values()) && System.nanoTime() < end; round++) {
            for (var job : Map.copyOf(waiting).entrySet()) {
                JsonNode state = Gateway.untilReached(PATIENCE, () -> gateway.get("/v1/generations/" + job.getValue()));
                if (!Gateway.isFinal(state)) continue;
                waiting.remove(job.getKey());
                if (state.path("status").asString().equals("completed")) {
                    images.put(job.getKey(), images(state));
                    completed.add(job.getValue());
                } else {
                    failed.put(job.getKey(), state.path("failure").toString());
                }
            }
            shared.terminal()
                    .progress("Waiting", "%d of %d jobs are over".formatted(ids.size() - waiting.size(), ids.size()));
            if (round % 10 == 0) {
                for (JsonNode letter : deadLetters(gateway)) {
                    dead.put(
                            letter.path("subject").asString(""),
                            "a dead letter from %s: %s"
                                    .formatted(
                                            letter.path("original_topic").asString(),
                                            letter.path("reason").asString()));
                }
            }
            Gateway.pause(300);
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        Map<Integer, String> lost = new TreeMap<>();
        waiting.forEach((number, id) -> {
            JsonNode state = Gateway.untilReached(PATIENCE, () -> gateway.get("/v1/generations/" + id));
            String reason = dead.getOrDefault(id, "no dead letter");
            lost.put(number, "%s is %s, %s".formatted(id, state.path("status").asString(), reason));
        });
        shared.terminal().settle();
        return new Outcome(images, failed, lost, completed, seconds);
    }

    /// By job: how many different results of it the log has.
    private static JsonNode results(String brokers, Path folder) {
        Path file = folder.resolve("completions.json");
        MainProcess.ofPlatform("standalone.Completions", "256m")
                .runForJson(List.of(brokers, file.toString()), Redirect.DISCARD);
        return Gateway.JSON.readTree(file);
    }

    /// How many jobs have results that differ. One that is delivered again is the same to the letter, and no harm.
    ///
    /// @param results by job: how many different ones the log has
    /// @throws Failure where it has none of a job that is completed: then it cannot be told
    static long twice(List<String> completed, JsonNode results) {
        for (String id : completed) {
            if (results.path(id).asInt(0) < 1) {
                throw new Failure(Failure.OTHER, "generation-completed.v1 has no result of job %s".formatted(id));
            }
        }
        return completed.stream().filter(id -> results.path(id).asInt() > 1).count();
    }

    private static List<String> images(JsonNode job) {
        return Gateway.each(job.path("candidates"))
                .map(candidate -> candidate.path("index").asInt() + ":"
                        + candidate.path("image").path("key").asString(""))
                .sorted()
                .toList();
    }

    private static String startTraining(Gateway gateway) {
        ObjectNode request = Gateway.JSON.createObjectNode().put("configuration", "demo-tiny");
        return gateway.post("/v1/training-runs", request).path("id").asString();
    }

    private JsonNode training(Gateway gateway, String id) {
        long end = System.nanoTime() + TRAINING_PATIENCE.toNanos();
        while (true) {
            JsonNode run = Gateway.untilReached(PATIENCE, () -> gateway.get("/v1/training-runs/" + id));
            if (Gateway.isFinal(run) || System.nanoTime() > end) return run;
            shared.terminal()
                    .progress(
                            "Training",
                            "%s, step %d of %d"
                                    .formatted(
                                            run.path("stage").asString("?"),
                                            run.path("step").asLong(),
                                            run.path("steps").asLong()));
            Gateway.pause(1000);
        }
    }

    private static Map<String, Long> memory(ApartPlatform platform, ApartOptions options) {
        Map<String, ProcessHandle> running = new LinkedHashMap<>();
        for (Part part : platform.parts(options)) {
            Optional<ProcessHandle> process = platform.processes.find(part.name());
            process.ifPresent(handle -> running.put(part.name(), handle));
        }
        Map<Long, Long> resident = Processes.memory(running.values());
        Map<String, Long> memory = new LinkedHashMap<>();
        running.forEach((name, process) -> memory.put(name, resident.getOrDefault(process.pid(), 0L) >> 20));
        return memory;
    }

    private static void await(Terminal terminal, String what, Path file) {
        long begin = System.nanoTime();
        while (!Files.exists(file)) {
            Duration waited = Duration.ofNanos(System.nanoTime() - begin);
            if (waited.compareTo(PATIENCE) > 0) throw new Failure(Failure.OTHER, what + " takes too long");
            terminal.progress(what, "%d s".formatted(waited.toSeconds()));
            Gateway.pause(200);
        }
        terminal.settle();
    }

    private int tell(
            Outcome calm,
            Outcome chaos,
            long twice,
            int dead,
            @Nullable JsonNode calmRun,
            @Nullable JsonNode chaosRun,
            Map<String, Duration> started,
            Map<String, Duration> restarts,
            Map<String, Long> memory) {
        List<Integer> different = new ArrayList<>();
        calm.images().forEach((number, images) -> {
            if (!images.equals(chaos.images().get(number))) different.add(number);
        });
        boolean sameLoss = calmRun == null || chaosRun == null || sameLoss(summary(calmRun), summary(chaosRun));
        boolean good = calm.images().size() == jobs
                && chaos.images().size() == jobs
                && twice == 0
                && dead == 0
                && different.isEmpty()
                && sameLoss;

        ObjectNode result = Gateway.JSON.createObjectNode();
        result.put("jobs", jobs).put("calm_completed", calm.images().size());
        result.put("completed", chaos.images().size())
                .put("lost", chaos.lost().size())
                .put("twice", twice);
        result.put("dead_letters", dead);
        result.put("failed", chaos.failed().size()).put("different_images", different.size());
        result.put("calm_jobs_per_second", jobs / calm.seconds());
        result.put("calm_seconds", calm.seconds()).put("seconds", chaos.seconds());
        if (calmRun != null && chaosRun != null) {
            result.set("calm_training", summary(calmRun));
            result.set("training", summary(chaosRun));
            result.put("same_loss", sameLoss);
        }
        ObjectNode processes = result.putObject("processes");
        memory.forEach((name, megabytes) -> {
            ObjectNode row = processes.putObject(name).put("memory_mb", megabytes);
            if (started.containsKey(name)) row.put("start_seconds", seconds(started, name));
            if (restarts.containsKey(name)) row.put("restart_seconds", seconds(restarts, name));
        });
        Map<Integer, String> failures = new HashMap<>(calm.failed());
        failures.putAll(calm.lost());
        failures.putAll(chaos.failed());
        failures.putAll(chaos.lost());
        ObjectNode reasons = result.putObject("failures");
        failures.forEach((number, reason) -> reasons.put(Integer.toString(number), reason));
        shared.print(result, () -> text(result, different, good));
        return good ? 0 : Failure.OTHER;
    }

    private static double seconds(Map<String, Duration> times, String name) {
        return times.getOrDefault(name, Duration.ZERO).toMillis() / 1e3;
    }

    private static ObjectNode summary(JsonNode run) {
        ObjectNode summary = Gateway.JSON.createObjectNode();
        summary.put("status", run.path("status").asString()).set("loss", run.path("loss"));
        if (run.path("metrics") instanceof ObjectNode metrics) {
            summary.set("metrics", metrics.deepCopy().without("data_wait")); // a time, of this machine
        }
        return summary;
    }

    private static boolean sameLoss(JsonNode one, JsonNode other) {
        return one.path("status").asString().equals("completed")
                && other.path("status").asString().equals("completed")
                && one.path("loss").equals(other.path("loss"))
                && one.path("metrics").equals(other.path("metrics"));
    }

    private String text(ObjectNode result, List<Integer> different, boolean good) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "%s: of %d jobs %d completed, %d lost, %d done twice, %d failed, %d dead letters; images of %d differ from the calm run%n",
                good ? "good" : "NOT GOOD",
                jobs,
                result.path("completed").asInt(),
                result.path("lost").asInt(),
                result.path("twice").asInt(),
                result.path("failed").asInt(),
                result.path("dead_letters").asInt(),
                different.size()));
        text.append(String.format(
                Locale.ROOT,
                "calm: %.1f s, %.2f jobs/s; chaos: %.1f s%n",
                result.path("calm_seconds").asDouble(),
                result.path("calm_jobs_per_second").asDouble(),
                result.path("seconds").asDouble()));
        if (result.has("training")) {
            text.append(
                    "training: calm %s, chaos %s%n".formatted(result.path("calm_training"), result.path("training")));
        }
        text.append("process                memory   started  restarted after kill -9\n");
        result.path("processes")
                .propertyStream()
                .forEach(row -> text.append(String.format(
                        Locale.ROOT,
                        "%-21s %5d MB %7.1f s %s%n",
                        row.getKey(),
                        row.getValue().path("memory_mb").asLong(),
                        row.getValue().path("start_seconds").asDouble(),
                        row.getValue().has("restart_seconds")
                                ? String.format(
                                        Locale.ROOT,
                                        "%7.1f s",
                                        row.getValue().path("restart_seconds").asDouble())
                                : "")));
        String reasons = result.path("failures")
                .propertyStream()
                .limit(5)
                .map(failure -> "job %s: %s"
                        .formatted(failure.getKey(), failure.getValue().asString()))
                .collect(Collectors.joining("\n"));
        return text.append(reasons).toString();
    }
}
