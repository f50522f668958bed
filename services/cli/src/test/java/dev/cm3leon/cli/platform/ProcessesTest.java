package dev.cm3leon.cli.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.SilentTerminal;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ProcessesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final Terminal terminal = SilentTerminal.open();
    private Processes processes;
    private ServerSocket listening;

    @BeforeEach
    void listen() throws IOException {
        processes = new Processes(folder);
        listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        processes.stop(List.of("sleeper", "other"), PATIENCE, terminal);
        listening.close();
    }

    private Part sleeper(String name, int port) {
        return new Part(name, List.of("sleep", "600"), Map.of(), port, Health.PORT);
    }

    @Test
    void whatWasStartedIsFoundByAnotherProcessOfOursAndStartedOnce() {
        Part part = sleeper("sleeper", listening.getLocalPort());
        Map<String, Duration> first = processes.up(List.of(part), PATIENCE, terminal);
        long pid = processes.find("sleeper").orElseThrow().pid();

        Processes another = new Processes(folder);
        Map<String, Duration> second = another.up(List.of(part), PATIENCE, terminal);

        assertThat(first).containsOnlyKeys("sleeper");
        assertThat(second).isEmpty();
        assertThat(another.find("sleeper").orElseThrow().pid()).isEqualTo(pid);
    }

    @Test
    void aKilledProcessIsStartedAgain() {
        Part part = sleeper("sleeper", listening.getLocalPort());
        processes.up(List.of(part), PATIENCE, terminal);
        long pid = processes.find("sleeper").orElseThrow().pid();

        assertThat(processes.kill("sleeper")).isTrue();
        assertThat(processes.find("sleeper")).isEmpty();
        assertThat(processes.kill("sleeper")).isFalse();
        processes.up(List.of(part), PATIENCE, terminal);

        assertThat(processes.find("sleeper").orElseThrow().pid()).isNotEqualTo(pid);
    }

    /// The number of a process that ended may be another one's by now.
    @Test
    void aProcessThatStartedAtAnotherTimeIsNotOurs() throws IOException {
        Files.createDirectories(folder.resolve("run"));
        Files.writeString(
                folder.resolve("run/sleeper.pid"), ProcessHandle.current().pid() + " 1000\n");

        assertThat(processes.find("sleeper")).isEmpty();
    }

    /// The time of day at which it started, as the system tells it, changes by as much as the clock is set.
    @Test
    @EnabledOnOs(OS.LINUX)
    void itsStartIsKeptAsTicksWhichNoSettingOfTheClockChanges() throws IOException {
        long pid = processes.start(sleeper("sleeper", 0)).pid();

        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String ticks = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
        assertThat(folder.resolve("run/sleeper.pid")).hasContent(pid + " " + ticks);
    }

    @Test
    void oneThatEndsIsReportedWithItsLastWords() {
        Part part = new Part(
                "sleeper", List.of("sh", "-c", "echo the disk is full; exit 3"), Map.of(), freePort(), Health.PORT);

        assertThatThrownBy(() -> processes.up(List.of(part), PATIENCE, terminal))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("sleeper ended while it started")
                .hasMessageContaining("the disk is full");
    }

    @Test
    void whatIsNotReadyInTimeIsNotLeftBehind() {
        Part good = sleeper("other", listening.getLocalPort()), bad = sleeper("sleeper", freePort());

        assertThatThrownBy(() -> processes.up(List.of(good, bad), Duration.ofMillis(500), terminal))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("not ready after 0 s: sleeper");

        assertThat(processes.find("sleeper")).isEmpty();
        assertThat(processes.find("other")).isEmpty();
    }

    /// As a run that was killed left them: one that needs another one to end was started after it.
    @Test
    void allOfAFolderAreEndedTheNewestFirst() throws IOException {
        Path ended = folder.resolve("ended");
        for (String name : List.of("other", "sleeper")) {
            String program =
                    "trap 'echo %s >>%s; exit' TERM; echo up; while :; do sleep 0.1; done".formatted(name, ended);
            processes.start(new Part(name, List.of("sh", "-c", program), Map.of(), 0, Health.PORT));
            while (!Files.readString(processes.log(name)).contains("up")) Gateway.pause(20);
        }

        new Processes(folder).stopAll(PATIENCE, terminal);

        assertThat(ended).hasContent("sleeper\nother\n");
        assertThat(folder.resolve("run")).isEmptyDirectory();
    }

    @Test
    void whereNothingWasStartedNothingIsEnded() {
        new Processes(folder.resolve("none")).stopAll(PATIENCE, terminal);
    }

    private static int freePort() {
        return FreePorts.of(List.of("one")).getOrDefault("one", 0);
    }
}
