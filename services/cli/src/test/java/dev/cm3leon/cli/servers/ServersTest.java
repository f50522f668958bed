package dev.cm3leon.cli.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.SilentTerminal;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With a `go` and a `npm` of our own: nothing is downloaded.
class ServersTest {
    @TempDir
    Path folder;

    private final Terminal terminal = SilentTerminal.open();

    private Servers servers() {
        return new Servers(folder.resolve("cache"), folder.resolve("tools") + ":/nowhere");
    }

    private void tool(String name, String script) throws IOException {
        Path tool = Files.createDirectories(folder.resolve("tools")).resolve(name);
        Files.writeString(tool, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void aMissingToolIsNamed() {
        assertThatThrownBy(() -> servers().install(Server.MINIO, terminal))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("minio is made with go, which is not on the PATH")
                .hasMessageContaining("Go 1.26");
    }

    @Test
    void whatIsThereOfAnotherVersionIsNotTakenForIt() throws IOException {
        Servers servers = servers();
        Path program = servers.program(Server.VERSITYGW);
        Files.createDirectories(program.getParent());
        Files.writeString(program, "");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));

        Files.writeString(
                Server.VERSITYGW.stamp(servers.cache()), "github.com/versity/versitygw/cmd/versitygw@v1.0.0\n");
        assertThat(servers.has(Server.VERSITYGW)).isFalse();

        Files.writeString(Server.VERSITYGW.stamp(servers.cache()), Server.VERSITYGW.recipe.version() + "\n");
        assertThat(servers.has(Server.VERSITYGW)).isTrue();
    }

    @Test
    void noTimeLeftIsSaidBeforeAnythingIsBegun() throws IOException {
        tool("go", "touch begun");

        assertThatThrownBy(() -> servers().install(Server.MINIO, terminal, Instant.now()))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("no time was left");

        assertThat(folder.resolve("cache/build/minio/begun")).doesNotExist();
    }

    @Test
    void everyRecipeIsPinned() {
        for (Server server : Server.values()) {
            assertThat(server.recipe.version()).as(server.title).matches(".*(@v?\\d|==\\d|sha256:).*");
            assertThat(Server.named(server.title)).isEqualTo(server);
        }
    }
}
