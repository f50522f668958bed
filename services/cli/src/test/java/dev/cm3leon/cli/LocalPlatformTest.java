package dev.cm3leon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is known of a platform from its folder, without one.
class LocalPlatformTest {
    @TempDir
    Path home;

    private final Terminal terminal = new Terminal(
            new PrintWriter(System.out), new PrintWriter(System.err), false, false, Terminal.Colours.NONE, 80);

    /// After a crash the number of its process may be that of any other Java program.
    @Test
    void aProcessThatStartedAfterTheFileWasWrittenIsAnother() throws IOException {
        Path file = home.resolve("platform.json");
        Files.writeString(
                file,
                "{\"pid\":%d,\"port\":1}".formatted(ProcessHandle.current().pid()));
        var platform = new LocalPlatform(home, 1, null);
        assertThat(platform.running()).isPresent();

        Instant start = ProcessHandle.current().info().startInstant().orElseThrow();
        Files.setLastModifiedTime(file, FileTime.from(start.minus(Duration.ofMinutes(1))));

        assertThat(platform.running()).isEmpty();
        assertThat(platform.down(terminal)).isFalse();
    }

    @Test
    void oneThatIsStillStartingIsNotReadyAndCanBeStopped() throws IOException {
        Path program = Files.writeString(
                home.resolve("Starting.java"), "void main() throws Exception { Thread.sleep(60_000); }");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(), program.toString())
                .start();
        Files.writeString(
                home.resolve("platform.json"), "{\"pid\":%d,\"port\":7,\"starting\":true}".formatted(process.pid()));
        var platform = new LocalPlatform(home, 1, null);

        assertThat(platform.running()).isEmpty();
        assertThat(platform.url()).hasPort(7);
        assertThat(platform.down(terminal)).isTrue();
        assertThat(process.isAlive()).isFalse();
    }

    /// Held by another process it is waited for; held by this one it is refused.
    @Test
    void whoStartsItHoldsTheLock() throws IOException {
        try (var channel =
                        FileChannel.open(home.resolve("up.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var held = channel.lock()) {
            assertThatThrownBy(() -> new LocalPlatform(home, 1, home).up(terminal))
                    .isInstanceOf(OverlappingFileLockException.class);
        }
        assertThat(home.resolve("logs")).doesNotExist();
    }

    @Test
    void nothingIsStartedWithoutACheckoutAndNoFolderIsMade() {
        Path none = home.resolve("none");

        assertThatThrownBy(() -> new LocalPlatform(none, 1, null).up(terminal)).hasMessageContaining("no platform");
        assertThat(none).doesNotExist();
    }
}
