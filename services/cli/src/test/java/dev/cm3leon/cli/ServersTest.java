package dev.cm3leon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With a `go` and a `npm` of our own: nothing is downloaded.
class ServersTest {
    @TempDir
    Path folder;

    private final Terminal terminal = new Terminal(
            new PrintWriter(new StringWriter()),
            new PrintWriter(new StringWriter()),
            false,
            false,
            Terminal.Colours.NONE,
            80);

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

    @Test
    void optionsOfAPlatformApartAreReadAsTheyWereWritten() {
        var options = new ApartOptions(
                "broker:9092",
                null,
                "http://milvus:19530",
                Server.VERSITYGW,
                Server.MILVUS_LITE_3,
                false,
                Map.of("gateway", 1));

        assertThat(ApartOptions.of(options.json())).isEqualTo(options);
    }

    @Test
    void anAddressThatIsNoneIsRefusedByItsOption() {
        assertThatThrownBy(() ->
                        new ApartOptions("broker", null, null, Server.MINIO, Server.MILVUS_LITE_2_5, false, Map.of()))
                .hasMessage("need --kafka HOST:PORT, got broker");
        assertThatThrownBy(() -> new ApartOptions(
                        null, "127.0.0.1:9000", null, Server.MINIO, Server.MILVUS_LITE_2_5, false, Map.of()))
                .hasMessageContaining("need --s3 like http://")
                .hasMessageContaining("got 127.0.0.1:9000");
        assertThatThrownBy(
                        () -> new ApartOptions(null, null, null, Server.HELM, Server.MILVUS_LITE_2_5, false, Map.of()))
                .hasMessageContaining("need --store minio or versitygw, got helm");
    }

    @Test
    void aServerFromOutsideIsToAnswerAndItsKeysToBeToldBeforeAnythingStarts() throws IOException {
        int nobody = FreePorts.of(List.of("nobody")).getOrDefault("nobody", 0);
        Map<String, String> keys = Map.of("CM3_S3_ACCESS_KEY", "somebody", "CM3_S3_SECRET_KEY", "secret");

        try (var there = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            String s3 = "http://127.0.0.1:" + there.getLocalPort();

            outside("127.0.0.1:" + there.getLocalPort(), s3, s3).needOutside(keys);
            assertThatThrownBy(() -> outside(null, s3, null).needOutside(Map.of("CM3_S3_ACCESS_KEY", "somebody")))
                    .hasMessage("--s3 needs CM3_S3_SECRET_KEY");
            assertThatThrownBy(() -> outside("127.0.0.1:" + nobody, s3, s3).needOutside(keys))
                    .hasMessageStartingWith("nothing answers at --kafka 127.0.0.1:" + nobody + ": ");
            assertThatThrownBy(() ->
                            outside(null, s3, "http://127.0.0.1:" + nobody).needOutside(keys))
                    .hasMessageStartingWith("nothing answers at --milvus http://127.0.0.1:" + nobody + ": ");
        }
    }

    private static ApartOptions outside(@Nullable String kafka, @Nullable String s3, @Nullable String milvus) {
        return new ApartOptions(kafka, s3, milvus, Server.MINIO, Server.MILVUS_LITE_2_5, false, Map.of());
    }
}
