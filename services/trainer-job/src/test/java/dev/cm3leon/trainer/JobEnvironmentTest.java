package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.cm3leon.trainer.torch.LostWorkerException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class JobEnvironmentTest {

    /// Which is not its own failure: one of them may still wait for a node.
    @Test
    void aWorkerThatMeetsNobodyHasLostThem() throws IOException {
        var environment = JobEnvironment.of(Map.of(
                "CM3_WORLD_SIZE", "2",
                "CM3_RANK", "0",
                "CM3_RENDEZVOUS", "127.0.0.1:" + Jobs.freePort()));

        assertThatThrownBy(() -> environment.meet(Duration.ofSeconds(1)))
                .isInstanceOf(LostWorkerException.class)
                .hasMessageContaining("worker 0 of 2 cannot meet");
    }

    /// Else a worker that is started by hand would look for its run where the platform never put it.
    @Test
    void theBucketIsThePlatformsUnlessTold() throws IOException {
        List<String> asked = new CopyOnWriteArrayList<>();
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().getPath());
            exchange.sendResponseHeaders(403, -1);
            exchange.close();
        });
        server.start();
        try {
            String endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
            var store = JobEnvironment.of(Map.of(
                            "CM3_S3_ENDPOINT", endpoint, "CM3_S3_ACCESS_KEY", "a key", "CM3_S3_SECRET_KEY", "a secret"))
                    .store()
                    .orElseThrow();

            assertThatThrownBy(() -> store.exists("a")).hasMessageContaining(endpoint);
            assertThat(asked.getFirst()).isIn("/cm3", "/cm3/");
        } finally {
            server.stop(0);
        }
    }
}
