package dev.cm3leon.cli.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.cli.servers.Server;
import dev.cm3leon.cli.servers.Servers;
import dev.cm3leon.cli.terminal.SilentTerminal;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is known of a platform from its folder, without one.
class LocalPlatformTest {
    @TempDir
    Path home;

    private final Terminal terminal = SilentTerminal.open();

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
        try (var starting = new StartingPlatform(home)) {
            starting.begin();
            assertThat(starting.line()).isEqualTo("begun");
            var platform = new LocalPlatform(home, 1, null);

            assertThat(platform.running()).isEmpty();
            assertThat(platform.url()).hasPort(7);
            assertThat(platform.down(terminal)).isTrue();
            assertThat(starting.isAlive()).isFalse();
        }
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

    private Path writtenBy(long pid) throws IOException {
        return Files.writeString(home.resolve("platform.json"), "{\"pid\":%d,\"port\":1}".formatted(pid));
    }

    private FileChannel locked(String name) throws IOException {
        var channel = FileChannel.open(home.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channel.lock();
        return channel;
    }
}
