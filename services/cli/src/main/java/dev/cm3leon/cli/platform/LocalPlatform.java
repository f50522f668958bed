package dev.cm3leon.cli.platform;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The platform of this machine: one process that runs in the background, and its data folder.
public final class LocalPlatform {
    private static final Duration START = Duration.ofMinutes(5);
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final int LAST_LINES = 30;

    private final Path home;
    private final int wantedPort;
    private final @Nullable Path checkout;

    /// @param home the data folder
    /// @param checkout the built checkout it is started from; null where there is none
    public LocalPlatform(Path home, int wantedPort, @Nullable Path checkout) {
        this.home = home;
        this.wantedPort = wantedPort;
        this.checkout = checkout;
    }

    public static LocalPlatform of(Map<String, String> environment) {
        String home = environment.getOrDefault("CM3_HOME", System.getProperty("user.home") + "/.cm3leon");
        String checkout = System.getProperty("cm3.checkout");
        return new LocalPlatform(
                Path.of(home).toAbsolutePath().normalize(),
                port(environment.getOrDefault("CM3_PORT", "8080")),
                checkout == null ? null : Path.of(checkout));
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= 65535) return port;
        } catch (NumberFormatException e) {
            // said below
        }
        throw Failure.usage("need 1 <= CM3_PORT <= 65535, got " + text);
    }

    public Path log() {
        return home.resolve("logs").resolve("platform.log");
    }

    /// What the process says on its standard streams: the log is its own to write.
    private Path output() {
        return home.resolve("logs").resolve("platform.out");
    }

    public Path home() {
        return home;
    }

    int wantedPort() {
        return wantedPort;
    }

    public @Nullable Path checkout() {
        return checkout;
    }

    private Path file() {
        return home.resolve("platform.json");
    }

    /// The folder of one apart.
    Path apart() {
        return home.resolve("apart");
    }

    /// There while one apart is up.
    Path apartFile() {
        return apart().resolve("apart.json");
    }

    /// Held by the command that starts a platform of either kind in this folder.
    private LockFile starting() {
        return new LockFile(home.resolve("up.lock"));
    }

    /// Whether a command is starting one of either kind in this folder.
    public boolean isStarting() {
        return starting().isHeld();
    }

    /// Does what one command at a time may do.
    <T> T alone(Supplier<T> work, Terminal terminal) {
        return starting().holding(work, "for the command that is starting the platform", terminal);
    }

    /// What the running platform wrote about itself; empty where none runs, or none is ready yet.
    public Optional<JsonNode> running() {
        return begun().filter(self -> !self.path("starting").asBoolean(false));
    }

    /// The same, also of one that is still starting.
    public Optional<JsonNode> begun() {
        try {
            JsonNode self = Gateway.JSON.readTree(Files.readAllBytes(file()));
            boolean alive = process(self).isPresent();
            return alive ? Optional.of(self) : Optional.empty();
        } catch (IOException | JacksonException e) {
            return Optional.empty();
        }
    }

    /// The process that wrote the file: another one that has got its number since does not hold the folder.
    private Optional<ProcessHandle> process(JsonNode self) {
        return ProcessHandle.of(self.path("pid").asLong(-1))
                .filter(process -> process.isAlive() && new LockFile(home.resolve("platform.lock")).isHeld());
    }

    public URI url() {
        int port = begun().map(self -> self.path("port").asInt(wantedPort)).orElse(wantedPort);
        return URI.create("http://127.0.0.1:" + port);
    }

    /// Starts it and waits until it answers. Of several commands at once the first one starts it, the others wait.
    ///
    /// @return whether this one started it
    /// @throws Failure USAGE where one apart is there, be it by another command that this one waited for
    public boolean up(Terminal terminal) {
        needNotApart();
        if (checkout == null && begun().isEmpty())
            throw new Failure(Failure.NOT_REACHABLE, "no platform answers at " + url());
        return alone(() -> upAlone(terminal), terminal);
    }

    private void needNotApart() {
        if (Files.exists(apartFile())) throw Failure.usage("the platform is up apart: `cm3 down` first");
    }

    private boolean upAlone(Terminal terminal) {
        needNotApart();
        Optional<JsonNode> begun = begun();
        if (begun.isPresent()) {
            await(process(begun.get()).orElse(null), 0, terminal);
            warnOfOldCode(terminal);
            return false;
        }
        if (checkout == null) throw new Failure(Failure.NOT_REACHABLE, "no platform answers at " + url());
        needFreePort();
        long logged = logSize();
        Process process = launch(checkout, List.of());
        try {
            await(process.toHandle(), logged, terminal);
        } catch (Failure failure) {
            process.destroyForcibly(); // else it might come up later, unasked
            throw failure;
        }
        terminal.say("The platform is up: %s (data in %s, stop it with: cm3 down)".formatted(url(), home));
        return true;
    }

    /// Starts and stops one in a folder of its own, which is removed again: what its JVM has loaded is kept beside the
    /// build, so that every later start is faster, the first one too.
    public static void rehearse(Path checkout) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("cm3-rehearsal");
        Process process = new LocalPlatform(folder, 0, checkout).launch(checkout, List.of("--rehearse"));
        if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS))
            process.destroyForcibly().waitFor();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }

    private void needFreePort() {
        if (FreePorts.has(wantedPort)) return;
        throw new Failure(
                Failure.NOT_REACHABLE,
                "port %d is used by another program, and no platform of %s runs: stop it, or set CM3_PORT to a free port"
                        .formatted(wantedPort, home));
    }

    private Process launch(Path checkout, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-Xmx" + System.getProperty("cm3.platform.memory", "2g"),
                "-XX:+UseSerialGC",
                "-XX:Tier4InvocationThreshold=50000", // C2 comes ten times later: a quarter less CPU to start
                "-XX:Tier4MinInvocationThreshold=6000",
                "-XX:Tier4CompileThreshold=150000",
                "-XX:Tier4BackEdgeThreshold=400000",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules",
                "jdk.incubator.vector",
                "-Dai.djl.offline=true",
                "-Dcm3.orchestrator.trainer-classpath="
                        + checkout.resolve("services/trainer-job/target/job/lib")
                                .resolve("*"),
                "-XX:SharedArchiveFile=" + checkout.resolve("target/platform.jsa"),
                "-XX:+AutoCreateSharedArchive",
                "-Xlog:disable", // of an archive that does not fit
                "-cp",
                checkout.resolve("services/standalone/target/platform/lib")
                        .resolve("*")
                        .toString(),
                "dev.cm3leon.standalone.Platform"));
        command.addAll(arguments);
        try {
            Files.createDirectories(log().getParent());
            Files.deleteIfExists(file()); // of one that was killed
            var builder = Processes.background(command, Redirect.to(output().toFile()));
            builder.environment().put("CM3_HOME", home.toString());
            builder.environment().put("CM3_PORT", Integer.toString(wantedPort));
            builder.environment().putIfAbsent("DJL_OFFLINE", "true");
            builder.environment().putIfAbsent("OPT_OUT_TRACKING", "true");
            return builder.start();
        } catch (IOException e) {
            throw new Failure(Failure.OTHER, "cannot start the platform: " + e.getMessage());
        }
    }

    private void await(@Nullable ProcessHandle process, long logged, Terminal terminal) {
        Instant begin = Instant.now();
        while (true) {
            boolean alive = process != null && process.isAlive();
            if (running().isPresent() && new Gateway(url()).answers()) break;
            Duration waited = Duration.between(begin, Instant.now());
            if (!alive) {
                terminal.settle();
                throw new Failure(
                        Failure.NOT_REACHABLE,
                        "the platform stopped while it started; its last words:\n" + lastWords(logged)
                                + "\n(all of it: " + log() + ")");
            }
            if (waited.compareTo(START) > 0) {
                terminal.settle();
                throw new Failure(
                        Failure.NOT_REACHABLE,
                        "the platform did not answer for %d s; its last words:\n%s\n(all of it: %s)"
                                .formatted(START.toSeconds(), lastWords(logged), log()));
            }
            if (waited.toMillis() > 500) {
                terminal.progress("Starting the platform", "%d s".formatted(waited.toSeconds()));
            }
            Gateway.pause(100);
        }
        terminal.settle();
    }

    private void warnOfOldCode(Terminal terminal) {
        if (checkout == null) return;
        try {
            FileTime built = Files.getLastModifiedTime(checkout.resolve("target/cm3.built"));
            FileTime started = Files.getLastModifiedTime(file());
            if (built.compareTo(started) > 0) {
                terminal.say(
                        "Note: the running platform is older than this build; `cm3 down` first to use the new code.");
            }
        } catch (IOException e) {
            // built otherwise: nothing to compare
        }
    }

    /// One that is still starting is stopped too.
    ///
    /// @return whether there was one to stop
    public boolean down(Terminal terminal) {
        Optional<ProcessHandle> found = begun().flatMap(this::process);
        if (found.isEmpty()) return false;
        Processes.end(Map.of("the platform", found.get()), STOP, terminal);
        return true;
    }

    private long logSize() {
        try {
            return Files.exists(log()) ? Files.size(log()) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String lastWords(long logged) {
        return lastLines(log(), logged) + lastLines(output(), 0);
    }

    /// The last lines of a file, of what was written from a position on.
    public static String lastLines(Path path, long from) {
        try (var file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(Math.max(Math.min(from, file.length()), file.length() - 65536));
            byte[] bytes = new byte[(int) (file.length() - file.getFilePointer())];
            file.readFully(bytes);
            List<String> lines =
                    new String(bytes, StandardCharsets.UTF_8).lines().toList();
            return lines.stream()
                    .skip(Math.max(0, lines.size() - LAST_LINES))
                    .collect(Collectors.joining("\n", "", lines.isEmpty() ? "" : "\n"));
        } catch (IOException e) {
            return ""; // it did not come so far
        }
    }
}
