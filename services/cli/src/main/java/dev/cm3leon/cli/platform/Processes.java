package dev.cm3leon.cli.platform;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Processes that run in the background, in a folder: `run/NAME.pid` and `logs/NAME.log` each.
public final class Processes {
    private static final long LARGEST_LOG = 20 << 20;
    private static final String PID = ".pid";

    private final Path folder;

    public Processes(Path folder) {
        this.folder = folder;
    }

    public Path log(String name) {
        return folder.resolve("logs").resolve(name + ".log");
    }

    private Path pidFile(String name) {
        return folder.resolve("run").resolve(name + PID);
    }

    /// The live process that was started under a name, and not another one that has got its number since.
    public Optional<ProcessHandle> find(String name) {
        try {
            String[] words = Files.readString(pidFile(name)).strip().split(" ");
            long mark = Long.parseLong(words[1]);
            return ProcessHandle.of(Long.parseLong(words[0]))
                    .filter(process -> process.isAlive() && markOf(process) == mark);
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    /// What tells a process from another one of its number: when it started, on a clock that nobody sets. On
    /// Linux those are ticks since the machine was started; its time of day is made of them, and changes when
    /// that is set.
    private static long markOf(ProcessHandle process) {
        try {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19]);
        } catch (IOException e) {
            return startOf(process).toEpochMilli();
        }
    }

    public static Instant startOf(ProcessHandle process) {
        return process.info().startInstant().orElse(Instant.EPOCH);
    }

    /// Of a process in the background, deaf to the terminal's Ctrl-C and its closing: ignored signals are inherited.
    static ProcessBuilder background(List<String> command, Redirect output) {
        List<String> deaf = new ArrayList<>(List.of("sh", "-c", "trap '' INT HUP; exec \"$@\"", "cm3"));
        deaf.addAll(command);
        return new ProcessBuilder(deaf)
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(output);
    }

    ProcessHandle start(Part part) {
        try {
            Path log = log(part.name());
            Files.createDirectories(log.getParent());
            Files.createDirectories(pidFile(part.name()).getParent());
            if (Files.exists(log) && Files.size(log) > LARGEST_LOG) {
                Files.move(log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
            }
            var builder =
                    background(part.command(), Redirect.appendTo(log.toFile())).directory(folder.toFile());
            builder.environment().putAll(part.environment());
            ProcessHandle process = builder.start().toHandle();
            Files.writeString(pidFile(part.name()), process.pid() + " " + markOf(process) + "\n");
            return process;
        } catch (IOException e) {
            throw new Failure(Failure.OTHER, "cannot start %s: %s".formatted(part.name(), e.getMessage()));
        }
    }

    /// Starts what does not run and waits until all are healthy.
    ///
    /// @return how long each that was started took, in the order in which they were ready
    /// @throws Failure with the last words of one that ended, or of those that were not ready in time; what
    ///     was started here is stopped then
    public Map<String, Duration> up(List<Part> parts, Duration patience, Terminal terminal) {
        Map<Part, ProcessHandle> started = new LinkedHashMap<>();
        Map<String, Long> sizes = new LinkedHashMap<>();
        List<Part> waiting = new ArrayList<>();
        long begin = System.nanoTime();
        for (Part part : parts) {
            Optional<ProcessHandle> running = find(part.name());
            sizes.put(part.name(), sizeOf(log(part.name())));
            if (running.isEmpty()) started.put(part, start(part));
            waiting.add(part);
        }
        Map<String, Duration> ready = new LinkedHashMap<>();
        try {
            while (true) {
                for (Part part : List.copyOf(waiting)) {
                    if (part.isHealthy()) {
                        waiting.remove(part);
                        if (started.containsKey(part))
                            ready.put(part.name(), Duration.ofNanos(System.nanoTime() - begin));
                    } else if (find(part.name()).isEmpty()) {
                        throw new Failure(
                                Failure.NOT_REACHABLE,
                                "%s ended while it started; its last words:\n%s\n(all of it: %s)"
                                        .formatted(part.name(), lastWords(part, sizes), log(part.name())));
                    }
                }
                if (waiting.isEmpty()) break;
                Duration waited = Duration.ofNanos(System.nanoTime() - begin);
                String names = waiting.stream().map(Part::name).collect(Collectors.joining(", "));
                if (waited.compareTo(patience) > 0) {
                    Part first = waiting.getFirst();
                    throw new Failure(
                            Failure.NOT_REACHABLE,
                            "not ready after %d s: %s; the last words of %s:\n%s"
                                    .formatted(patience.toSeconds(), names, first.name(), lastWords(first, sizes)));
                }
                terminal.progress("Starting", "%d s, waiting for %s".formatted(waited.toSeconds(), names));
                Gateway.pause(100);
            }
        } catch (Failure failure) {
            terminal.settle();
            stop(started.keySet().stream().map(Part::name).toList(), Duration.ofSeconds(10), terminal);
            throw failure;
        }
        terminal.settle();
        return ready;
    }

    private String lastWords(Part part, Map<String, Long> sizes) {
        return LocalPlatform.lastLines(log(part.name()), sizes.getOrDefault(part.name(), 0L));
    }

    /// @return which of them ran
    public List<String> stop(Collection<String> names, Duration patience, Terminal terminal) {
        Map<String, ProcessHandle> running = new LinkedHashMap<>();
        for (String name : names) find(name).ifPresent(process -> running.put(name, process));
        end(running, patience, terminal);
        for (String name : names) deletePid(name);
        return List.copyOf(running.keySet());
    }

    /// Ends everything that was started here, by this process or another one, one after the other and the newest first:
    /// what was started later may need what was there before.
    public void stopAll(Duration patience, Terminal terminal) {
        for (var newest = newest(); newest.isPresent(); newest = newest()) {
            stop(List.of(newest.get()), patience, terminal);
        }
    }

    /// Of those with a pid file.
    private Optional<String> newest() {
        Path run = folder.resolve("run");
        if (!Files.isDirectory(run)) return Optional.empty();
        try (Stream<Path> files = Files.list(run)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(PID))
                    .map(file -> file.substring(0, file.length() - PID.length()))
                    .max(Comparator.comparing(this::started)
                            .thenComparing(
                                    name -> find(name).map(ProcessHandle::pid).orElse(0L)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private FileTime started(String name) {
        try {
            return Files.getLastModifiedTime(pidFile(name));
        } catch (IOException e) {
            return FileTime.fromMillis(0); // another one has deleted it
        }
    }

    /// Ends processes, all at once, and waits; what does not end is killed.
    ///
    /// @param running by what they are called
    static void end(Map<String, ProcessHandle> running, Duration patience, Terminal terminal) {
        running.values().forEach(ProcessHandle::destroy);
        var ends = running.values().stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new);
        try {
            if (!running.isEmpty()) terminal.progress("Stopping", String.join(", ", running.keySet()));
            CompletableFuture.allOf(ends).get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            running.forEach((name, process) -> {
                if (!process.isAlive()) return;
                terminal.say("%s did not stop within %d s and is killed.".formatted(name, patience.toSeconds()));
                process.destroyForcibly();
                process.onExit().join();
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        terminal.settle();
    }

    /// `kill -9`, and waits until it is gone.
    ///
    /// @return whether it ran
    public boolean kill(String name) {
        Optional<ProcessHandle> process = find(name);
        process.ifPresent(handle -> {
            handle.destroyForcibly();
            handle.onExit().join();
        });
        return process.isPresent();
    }

    private void deletePid(String name) {
        try {
            Files.deleteIfExists(pidFile(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long sizeOf(Path file) {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    /// Resident bytes of each process with what it started, as `ps` tells; nothing where there is no `ps`.
    public static Map<Long, Long> memory(Collection<ProcessHandle> processes) {
        Map<Long, Long> resident = new LinkedHashMap<>();
        @Nullable Process ps = null;
        try {
            ps = new ProcessBuilder("ps", "-A", "-o", "pid=,rss=")
                    .redirectErrorStream(true)
                    .start();
            try (var lines = new BufferedReader(new InputStreamReader(ps.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    String[] words = line.strip().split("\\s+");
                    if (words.length == 2) resident.put(Long.parseLong(words[0]), Long.parseLong(words[1]) << 10);
                }
            }
        } catch (IOException | NumberFormatException e) {
            return Map.of();
        } finally {
            if (ps != null) ps.destroy();
        }
        return processes.stream().collect(Collectors.toMap(ProcessHandle::pid, process -> Stream.concat(
                        Stream.of(process), process.descendants())
                .mapToLong(each -> resident.getOrDefault(each.pid(), 0L))
                .sum()));
    }
}
