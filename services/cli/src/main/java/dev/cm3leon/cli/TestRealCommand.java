package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.platform.ControlPlane;
import dev.cm3leon.cli.platform.FreePorts;
import dev.cm3leon.cli.platform.MainProcess;
import dev.cm3leon.cli.platform.Part;
import dev.cm3leon.cli.platform.Processes;
import dev.cm3leon.cli.platform.ServerParts;
import dev.cm3leon.cli.servers.Server;
import dev.cm3leon.cli.servers.Servers;
import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "real",
        description = {
            "Install and start the real servers, run the tests that want them (tag `real`) and the platform on them under chaos, and stop everything.",
            "A server that cannot be installed or started is left out, and said so."
        },
        mixinStandardHelpOptions = true)
final class TestRealCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final String ACCESS_KEY = "testadmin",
            SECRET_KEY = "testadmin123",
            VERSITYGW_REGION = "eu-central-1";
    private static final Pattern TEST = Pattern.compile(
            "<testcase name=\"([^\"]*)\" classname=\"([^\"]*)\"[^>]*>\\s*<skipped message=\"([^\"]*)\"");

    @Mixin
    private final Shared shared;

    @Option(
            names = "--install-limit",
            paramLabel = "MINUTES",
            description = "How long installing may take altogether (40); what is not made by then is skipped.")
    private int installLimit = 40;

    @Option(
            names = "--chaos-jobs",
            paramLabel = "N",
            description = "Jobs of the chaos test of the platform on these servers (30); 0 leaves it out.")
    private int chaosJobs = 30;

    @Option(
            names = "--module",
            paramLabel = "DIR",
            description = "Only this module's tests, repeatable (all that have some).")
    private List<String> only = List.of();

    private final Map<String, String> skipped = new LinkedHashMap<>();
    private final Map<String, String> properties = new LinkedHashMap<>();

    TestRealCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException {
        Path checkout = shared.platform().checkout();
        if (checkout == null) throw Failure.usage("need a checkout: tests are run from their sources");
        if (installLimit < 0) throw Failure.usage("need --install-limit >= 0, got " + installLimit);
        if (chaosJobs < 0) throw Failure.usage("need --chaos-jobs >= 0, got " + chaosJobs);
        Path folder = checkout.resolve("target/real");
        Processes processes = new Processes(folder);
        processes.stopAll(STOP, shared.terminal()); // of a run that was killed
        Servers.deleteTree(folder);
        Files.createDirectories(folder);

        install();
        List<Part> parts = parts(folder);
        int tests;
        Instant begin = Instant.now();
        List<String> modules = modules(checkout);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> processes.stopAll(STOP, shared.terminal())));
        try {
            for (Part part : parts) start(processes, part);
            if (missing(Server.KUBE_CONTROL_PLANE, Server.KUBECTL).isEmpty()) {
                startKubernetes(new ControlPlane(folder.resolve("kubernetes"), shared.servers(), processes));
            }
            for (Server client : List.of(Server.KUBECTL, Server.HELM)) {
                if (shared.servers().has(client)) {
                    properties.put(
                            "cm3.real." + client.title,
                            shared.servers().program(client).toString());
                }
            }
            properties.put(
                    "cm3.real.trainer",
                    checkout.resolve("services/trainer-job/target/job/lib")
                            .resolve("*")
                            .toString());
            tests = maven(checkout, modules);
        } finally {
            processes.stopAll(STOP, shared.terminal());
        }
        Map<String, String> skippedTests = skippedTests(checkout, modules, begin);
        int chaos = chaos();
        tell(modules, tests, chaos, skippedTests);
        return tests == 0 && chaos == 0 ? 0 : Failure.OTHER;
    }

    private List<Server> missing(Server... servers) {
        return Stream.of(servers)
                .filter(server -> !shared.servers().has(server))
                .toList();
    }

    /// The quickest first, so that the limit leaves out as little as can be.
    private void install() {
        Instant end = Instant.now().plus(Duration.ofMinutes(installLimit));
        List<Server> missing = Stream.of(Server.values())
                .filter(server -> !shared.servers().has(server))
                .sorted(java.util.Comparator.comparingInt(server -> server.minutes))
                .toList();
        if (!missing.isEmpty()) {
            shared.terminal()
                    .say("Installing %d servers, about %s on two idle cores"
                            .formatted(missing.size(), Servers.estimate(missing)));
        }
        for (Server server : missing) {
            try {
                shared.servers().install(server, shared.terminal(), end);
            } catch (Failure failure) {
                skip(server.title, failure.message());
            }
        }
    }

    private void skip(String what, String reason) {
        skipped.put(what, reason);
        shared.terminal().say("SKIPPED " + what + ": " + reason);
    }

    private void start(Processes processes, Part part) {
        try {
            processes.up(List.of(part), PATIENCE, shared.terminal());
        } catch (Failure failure) {
            properties.keySet().removeIf(property -> property.startsWith("cm3.real." + part.name()));
            skip(part.name(), failure.message());
        }
    }

    private void startKubernetes(ControlPlane kubernetes) {
        try {
            kubernetes.up(shared.terminal());
            properties.put("cm3.real.kubeconfig", kubernetes.kubeconfig().toString());
        } catch (Failure failure) {
            skip("Kubernetes control plane", failure.message());
        }
    }

    /// The servers that could be installed, named as the properties that say where they are.
    private List<Part> parts(Path folder) throws IOException {
        Servers servers = shared.servers();
        Map<String, Integer> ports = FreePorts.of(List.of("milvus25", "milvus3", "minio", "versitygw"));
        List<Part> parts = new ArrayList<>();
        for (String data : List.of("milvus25", "milvus3", "minio", "versitygw", "versions")) {
            Files.createDirectories(folder.resolve("data").resolve(data));
        }
        Path data = folder.resolve("data");
        if (servers.has(Server.MILVUS_LITE_2_5)) {
            parts.add(ServerParts.milvus25(
                    "milvus25", servers, data.resolve("milvus25/test.db"), ports.getOrDefault("milvus25", 0)));
        }
        if (servers.has(Server.MILVUS_LITE_3)) {
            parts.add(
                    ServerParts.milvus3("milvus3", servers, data.resolve("milvus3"), ports.getOrDefault("milvus3", 0)));
        }
        if (servers.has(Server.MINIO)) {
            int port = ports.getOrDefault("minio", 0);
            parts.add(ServerParts.minio("minio", servers, data.resolve("minio"), port, ACCESS_KEY, SECRET_KEY));
        }
        if (servers.has(Server.VERSITYGW)) {
            parts.add(ServerParts.versitygw(
                    "versitygw",
                    servers,
                    data.resolve("versitygw"),
                    data.resolve("versions"),
                    ports.getOrDefault("versitygw", 0),
                    VERSITYGW_REGION,
                    ACCESS_KEY,
                    SECRET_KEY));
        }
        for (Part part : parts) {
            String property = "cm3.real." + part.name();
            properties.put(property, "http://127.0.0.1:" + part.port());
            if (part.name().startsWith("milvus")) continue;
            properties.put(property + ".access-key", ACCESS_KEY);
            properties.put(property + ".secret-key", SECRET_KEY);
            if (part.name().equals("versitygw")) properties.put(property + ".region", VERSITYGW_REGION);
        }
        return parts;
    }

    /// The modules whose tests have the tag.
    private List<String> modules(Path checkout) throws IOException {
        if (!only.isEmpty()) return only;
        TreeSet<String> modules = new TreeSet<>();
        try (Stream<Path> files = Files.walk(checkout)) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".java")).toList()) {
                String path = checkout.relativize(file).toString();
                int sources = path.indexOf("/src/test/java/");
                if (sources > 0 && Files.readString(file).contains("@Tag(\"real\")"))
                    modules.add(path.substring(0, sources));
            }
        }
        return List.copyOf(modules);
    }

    /// @return Maven's exit code
    private int maven(Path checkout, List<String> modules) {
        if (modules.isEmpty()) {
            skip("tests against real servers", "no module has any");
            return 0;
        }
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                "exec \"$@\" >&2", // the result is alone on standard output
                "cm3",
                "mvn",
                "-B",
                "-ntp",
                "-Preal",
                "-pl",
                String.join(",", modules),
                "-am",
                "test",
                "-Dsurefire.failIfNoSpecifiedTests=false",
                "-Dsurefire.rerunFailingTestsCount=1")); // one that passes then is told as a flake
        properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        shared.terminal()
                .say("Testing %s against %s"
                        .formatted(
                                String.join(", ", modules),
                                String.join(
                                        ", ",
                                        properties.keySet().stream()
                                                .filter(name -> name.indexOf('.', 9) < 0)
                                                .toList())));
        var builder = new ProcessBuilder(command).directory(checkout.toFile()).inheritIO();
        builder.environment().putIfAbsent("JAVA25_HOME", System.getProperty("java.home"));
        return MainProcess.toItsEnd("Maven", builder);
    }

    private static Map<String, String> skippedTests(Path checkout, List<String> modules, Instant begin)
            throws IOException {
        Map<String, String> skipped = new LinkedHashMap<>();
        for (String module : modules) {
            Path reports = checkout.resolve(module).resolve("target/surefire-reports");
            if (!Files.isDirectory(reports)) continue;
            try (var files = Files.newDirectoryStream(reports, "TEST-*.xml")) {
                for (Path file : files) {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(begin)) continue;
                    var matcher = TEST.matcher(Files.readString(file));
                    while (matcher.find()) {
                        skipped.put(matcher.group(2) + "." + matcher.group(1), matcher.group(3));
                    }
                }
            }
        }
        return skipped;
    }

    /// @return the exit code
    private int chaos() {
        if (chaosJobs == 0) {
            skipped.put("chaos", "--chaos-jobs 0");
            return 0;
        }
        List<Server> missing = missing(Server.MINIO, Server.MILVUS_LITE_2_5, Server.TOXIPROXY);
        if (!missing.isEmpty()) {
            skip(
                    "chaos",
                    "not installed: "
                            + missing.stream().map(server -> server.title).toList());
            return 0;
        }
        try {
            return new BenchChaosCommand(shared.aside(), chaosJobs, false).call();
        } catch (Failure failure) {
            shared.terminal().say("cm3: chaos: " + failure.message());
            return Failure.OTHER;
        }
    }

    private void tell(List<String> modules, int tests, int chaos, Map<String, String> skippedTests) {
        ObjectNode result = Gateway.JSON.createObjectNode();
        result.put("tests", tests == 0 ? "passed" : "failed").put("chaos", chaos == 0 ? "passed" : "failed");
        ArrayNode named = result.putArray("modules");
        modules.forEach(named::add);
        ObjectNode left = result.putObject("skipped");
        skipped.forEach(left::put);
        skippedTests.forEach(left::put);
        shared.print(result, () -> {
            StringBuilder text = new StringBuilder("tests against real servers: %s, chaos: %s%n"
                    .formatted(tests == 0 ? "passed" : "FAILED", chaos == 0 ? "passed or skipped" : "FAILED"));
            if (left.isEmpty()) return text.append("nothing was skipped").toString();
            text.append("=== SKIPPED ===\n");
            left.propertyStream()
                    .forEach(entry -> text.append("  %s: %s%n"
                            .formatted(
                                    entry.getKey(), firstLine(entry.getValue().asString()))));
            return text.toString();
        });
    }

    private static String firstLine(@Nullable String text) {
        return text == null ? "" : text.lines().findFirst().orElse("");
    }
}
