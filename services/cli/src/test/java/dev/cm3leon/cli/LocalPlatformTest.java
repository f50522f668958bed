package dev.cm3leon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is known of a platform from its folder, without one.
class LocalPlatformTest {
    /// A command that starts a platform, and the platform: when it is told to, it takes the folder.
    private static final String STARTING = """
            import java.nio.channels.FileChannel;
            import java.nio.file.*;

            void main(String[] arguments) throws Exception {
                Path home = Path.of(arguments[0]);
                var up = open(home.resolve("up.lock"));
                IO.println("about to");
                System.in.read();
                var platform = open(home.resolve("platform.lock"));
                long pid = ProcessHandle.current().pid();
                Path file = Files.writeString(home.resolve("platform.json.new"),
                        "{\\"pid\\":%d,\\"port\\":7,\\"starting\\":true}".formatted(pid));
                Files.move(file, home.resolve("platform.json"));
                up.close();
                IO.println("begun");
                Thread.currentThread().join();
            }

            FileChannel open(Path lock) throws Exception {
                var channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                channel.lock();
                return channel;
            }
            """;

    @TempDir
    Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter() {
        @Override
        public void write(String text, int from, int length) {
            super.write(text, from, length);
            if (starting == null || told || !text.startsWith("Waiting")) return;
            told = true;
            goOn(starting);
        }
    };
    private final Terminal terminal = new Terminal(
            new PrintWriter(out, true), new PrintWriter(err, true), false, false, Terminal.Colours.NONE, 80);
    private @Nullable Process starting;
    private boolean told;

    @AfterEach
    void end() {
        if (starting != null) starting.destroyForcibly().onExit().join();
    }

    /// After a crash the number of its process may be that of any other program.
    @Test
    void aProcessThatDoesNotHoldTheFolderIsAnother() throws IOException {
        writtenBy(ProcessHandle.current().pid());

        assertThat(new LocalPlatform(home, 1, null).running()).isEmpty();
        assertThat(new LocalPlatform(home, 1, null).down(terminal)).isFalse();
    }

    /// The clock was set by an hour since it wrote its file, as that of a machine which slept.
    @Test
    void theOneThatHoldsTheFolderIsFoundWhateverTheClockSays() throws IOException {
        Path file = writtenBy(ProcessHandle.current().pid());
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));

        try (var held = locked("platform.lock")) {
            assertThat(new LocalPlatform(home, 1, null).running()).isPresent();
        }
    }

    @Test
    void oneThatIsStillStartingIsNotReadyAndCanBeStopped() throws IOException {
        Process process = starting();
        goOn(process);
        assertThat(line(process)).isEqualTo("begun");
        var platform = new LocalPlatform(home, 1, null);

        assertThat(platform.running()).isEmpty();
        assertThat(platform.url()).hasPort(7);
        assertThat(platform.down(terminal)).isTrue();
        assertThat(process.toHandle().isAlive()).isFalse(); // asks the system
    }

    @Test
    void oneThatAnotherCommandIsOnlyAboutToStartIsStoppedToo() throws IOException {
        Process process = starting();
        assertThat(run("status")).isEqualTo(Failure.NOT_REACHABLE);

        assertThat(run("down")).isZero();

        assertThat(out).hasToString("starting (http://127.0.0.1:8080)\nstopped\n");
        assertThat(process.toHandle().isAlive()).isFalse(); // asks the system
    }

    @Test
    void whoStartsOneApartWaitsForAnotherCommandAndLooksThen() throws IOException {
        Process process = starting();

        assertThat(run("up", "--apart")).isEqualTo(Failure.USAGE);

        assertThat(err.toString()).contains("Waiting", "the platform is up as one process");
        assertThat(process.isAlive()).isTrue();
        assertThat(home.resolve("apart")).doesNotExist();
    }

    @Test
    void aHeapIsWhatItsVariableSays() {
        var platform = new LocalPlatform(home, 1, home);
        var environment =
                Map.of("CM3_HEAP_RETRIEVER", "1600m", "CM3_HEAP_TRAINER_ORCHESTRATOR", "2g", "CM3_HEAP_GATEWAY", "2");
        var apart = new ApartPlatform(platform, Servers.of(Map.of()), environment);

        assertThat(apart.heap("retriever")).isEqualTo("1600m");
        assertThat(apart.heap("trainer-orchestrator")).isEqualTo("2g");
        assertThat(apart.heap("reranker")).isEqualTo("160m");
        assertThatThrownBy(() -> apart.heap("gateway"))
                .hasMessage("need a size such as 1600m or 2g for CM3_HEAP_GATEWAY, got 2");
    }

    /// Held by another process it is waited for; held by this one it is refused.
    @Test
    void whoStartsItHoldsTheLock() throws IOException {
        var platform = new LocalPlatform(home, 1, home);
        var apart = new ApartPlatform(platform, Servers.of(Map.of()), Map.of());
        var wish = new ApartOptions(null, null, null, Server.MINIO, Server.MILVUS_LITE_3, false, Map.of());
        try (var held = locked("up.lock")) {
            assertThatThrownBy(() -> platform.up(terminal)).isInstanceOf(OverlappingFileLockException.class);
            assertThatThrownBy(() -> apart.up(wish, terminal)).isInstanceOf(OverlappingFileLockException.class);
        }
        assertThat(home.resolve("logs")).doesNotExist();
        assertThat(home.resolve("apart")).doesNotExist();
    }

    @Test
    void nothingIsStartedWithoutACheckoutAndNoFolderIsMade() {
        Path none = home.resolve("none");

        assertThatThrownBy(() -> new LocalPlatform(none, 1, null).up(terminal)).hasMessageContaining("no platform");
        assertThat(none).doesNotExist();
    }

    private int run(String... arguments) {
        return Cm3.run(terminal, Map.of("CM3_HOME", home.toString()), arguments);
    }

    private Path writtenBy(long pid) throws IOException {
        return Files.writeString(home.resolve("platform.json"), "{\"pid\":%d,\"port\":1}".formatted(pid));
    }

    private FileChannel locked(String name) throws IOException {
        var channel = FileChannel.open(home.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channel.lock();
        return channel;
    }

    /// A process that holds the lock of those who start one, and has started nothing yet.
    private Process starting() throws IOException {
        Path program = Files.writeString(home.resolve("Starting.java"), STARTING);
        starting = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        program.toString(),
                        home.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(line(starting)).isEqualTo("about to");
        return starting;
    }

    private static String line(Process process) throws IOException {
        BufferedReader lines = process.inputReader();
        return String.valueOf(lines.readLine());
    }

    private static void goOn(Process process) {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
