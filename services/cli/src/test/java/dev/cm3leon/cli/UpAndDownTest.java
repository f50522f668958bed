package dev.cm3leon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.cli.platform.StartingPlatform;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands while another one is starting the platform, which goes on when one of them waits for it.
class UpAndDownTest {
    @TempDir
    Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter() {
        @Override
        public void write(String text, int from, int length) {
            super.write(text, from, length);
            if (starting == null || told || !text.startsWith("Waiting")) return;
            told = true;
            meanwhile.run();
        }
    };
    private @Nullable StartingPlatform starting;
    private Runnable meanwhile = () -> starting.begin();
    private boolean told;

    @AfterEach
    void end() {
        if (starting != null) starting.close();
        System.clearProperty("cm3.checkout");
    }

    @Test
    void oneThatAnotherCommandIsOnlyAboutToStartIsStoppedToo() throws IOException {
        starting = new StartingPlatform(home);
        assertThat(run("status")).isEqualTo(Failure.NOT_REACHABLE);

        assertThat(run("down")).isZero();

        assertThat(out).hasToString("starting (http://127.0.0.1:8080)\nstopped\n");
        assertThat(starting.isAlive()).isFalse();
    }

    @Test
    void whoStartsOneApartWaitsForAnotherCommandAndLooksThen() throws IOException {
        starting = new StartingPlatform(home);

        assertThat(run("up", "--apart")).isEqualTo(Failure.USAGE);

        assertThat(err.toString()).contains("Waiting", "the platform is up as one process");
        assertThat(starting.isAlive()).isTrue();
        assertThat(home.resolve("apart")).doesNotExist();
    }

    @Test
    void whoNeedsOneWaitsForAnotherCommandAndTakesTheOneApartThatItStarted() throws IOException {
        starting = new StartingPlatform(home);
        meanwhile = this::startOneApart;
        System.setProperty("cm3.checkout", home.toString());

        assertThat(run("search", "x")).isEqualTo(Failure.NOT_REACHABLE);

        assertThat(err.toString()).contains("Waiting", "the platform apart does not run");
        assertThat(home.resolve("logs")).doesNotExist();
    }

    @Test
    void whoStartsOneWaitsForAnotherCommandAndLooksForOneApartThen() throws IOException {
        starting = new StartingPlatform(home);
        meanwhile = this::startOneApart;
        System.setProperty("cm3.checkout", home.toString());

        assertThat(run("up")).isEqualTo(Failure.USAGE);

        assertThat(err.toString()).contains("Waiting", "the platform is up apart: `cm3 down` first");
        assertThat(home.resolve("logs")).doesNotExist();
    }

    /// What is written of one, whose processes have ended since.
    private void startOneApart() {
        try {
            Files.writeString(Files.createDirectory(home.resolve("apart")).resolve("apart.json"), """
                    {"store":"minio","index":"milvus-lite-3.2.2","faults":false,"ports":{"gateway":9}}""");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        starting.close();
    }

    private int run(String... arguments) {
        var terminal = new Terminal(
                new PrintWriter(out, true), new PrintWriter(err, true), false, false, Terminal.Colours.NONE, 80);
        return Cm3.run(terminal, Map.of("CM3_HOME", home.toString()), arguments);
    }
}
