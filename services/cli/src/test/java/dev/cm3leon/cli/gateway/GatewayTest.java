package dev.cm3leon.cli.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// A platform that is there and does not answer, or not any more.
@Timeout(30)
class GatewayTest {
    private static final String RUN = "/v1/training-runs/r1";
    private static final String RUNNING = "{\"status\":\"running\"}";
    private static final String COMPLETED = "{\"status\":\"completed\"}";

    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    private Gateway gateway;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        gateway = new Gateway(url, Duration.ofSeconds(1));
    }

    @AfterEach
    void close() {
        over.countDown();
        server.stop(0);
    }

    @Test
    void anAnswerIsWaitedForOnlySoLong() {
        server.createContext("/", exchange -> pause(Duration.ofMinutes(1)));

        assertThatThrownBy(() -> gateway.get("/v1/index"))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.exitCode).isEqualTo(Failure.NOT_REACHABLE))
                .hasMessage("the platform at %s did not answer within 1 s", gateway.url());
    }

    @Test
    void theRestOfOneToo() {
        server.createContext("/", exchange -> say(exchange, "{\"half\":", Duration.ofMinutes(1), "1}"));

        assertThatThrownBy(() -> gateway.get("/v1/index")).hasMessageContaining("did not answer within 1 s");
    }

    /// Of a stream the limit is over when it begins.
    @Test
    void aStreamMayGoOnForLonger() {
        server.createContext(
                RUN + "/events", exchange -> say(exchange, event(RUNNING), Duration.ofSeconds(2), event(COMPLETED)));
        server.createContext(RUN, exchange -> say(exchange, COMPLETED, Duration.ZERO, ""));
        List<JsonNode> seen = new ArrayList<>();

        assertThat(gateway.followTraining("r1", seen::add)).hasToString(COMPLETED);
        assertThat(seen).hasSize(1);
    }

    @Test
    void aPlatformThatIsAwayIsAskedForAWhile() {
        var asked = new AtomicInteger();
        server.createContext(RUN + "/events", exchange -> {
            if (asked.getAndIncrement() == 0) say(exchange, event(RUNNING), Duration.ZERO, "");
            else exchange.close();
        });
        server.createContext(RUN, HttpExchange::close);

        assertThatThrownBy(() -> gateway.followTraining("r1", run -> {}))
                .hasMessage(
                        "the platform at %1$s has been away for 1 s; what was asked for goes on when it is up again, see %1$s%2$s",
                        gateway.url(), RUN);
        assertThat(asked).hasValueGreaterThan(2);
    }

    /// The answer has no stream then.
    @Test
    void aRunWhoseEndWasSeenAndThatCouldNotBeAskedForIsAskedForAgain() {
        var asked = new AtomicInteger();
        server.createContext(RUN + "/events", exchange -> {
            if (asked.getAndIncrement() == 0) {
                say(exchange, event(COMPLETED), Duration.ZERO, "");
            } else {
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
            }
        });
        server.createContext(RUN, exchange -> {
            if (asked.get() == 1) exchange.close();
            else say(exchange, COMPLETED, Duration.ZERO, "");
        });

        assertThat(gateway.followTraining("r1", run -> {})).hasToString(COMPLETED);
        assertThat(asked).hasValue(2);
    }

    private static String event(String run) {
        return "id: 1\ndata: {\"run\":%s}\n\n".formatted(run);
    }

    private void say(HttpExchange exchange, String first, Duration pause, String last) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(first.getBytes(UTF_8));
            exchange.getResponseBody().flush();
            pause(pause);
            exchange.getResponseBody().write(last.getBytes(UTF_8));
        }
    }

    private void pause(Duration pause) throws IOException {
        try {
            if (over.await(pause.toMillis(), TimeUnit.MILLISECONDS)) throw new IOException("the test is over");
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
