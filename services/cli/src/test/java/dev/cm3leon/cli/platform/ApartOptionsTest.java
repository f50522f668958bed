package dev.cm3leon.cli.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.cli.servers.Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ApartOptionsTest {
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
