package dev.cm3leon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.TinyModel;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.cloud.stream.binder.test.TestChannelBinderConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/// A gateway whose broker does not answer.
@SpringBootTest(
        classes = GatewayApplication.class,
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.config.name=gateway",
            "cm3.object-store.kind=memory",
            "spring.kafka.bootstrap-servers=127.0.0.1:1"
        })
@Import(TestChannelBinderConfiguration.class)
@DirtiesContext
class StartingGatewayTest {

    @TempDir
    private static Path folder;

    @LocalServerPort
    private int port;

    @DynamicPropertySource
    static void tinyModel(DynamicPropertyRegistry registry) {
        TinyModel.write(folder.resolve("tiny"), 1);
        registry.add("cm3.model.location", () -> folder.resolve("tiny").toUri().toString());
    }

    @Test
    void answersNothingFromAStateThatItHasNotRead() throws Exception {
        var http = HttpClient.newHttpClient();
        var submit = http.send(
                HttpRequest.newBuilder(uri("/v1/generations"))
                        .POST(BodyPublishers.ofString("{\"prompt\": \"a\"}"))
                        .build(),
                BodyHandlers.ofString());
        var readiness = http.send(
                HttpRequest.newBuilder(uri("/actuator/health/readiness")).build(), BodyHandlers.ofString());
        var models = http.send(HttpRequest.newBuilder(uri("/v1/models")).build(), BodyHandlers.ofString());

        for (String change : new String[] {"promote", "rollback"}) {
            var changed = http.send(
                    HttpRequest.newBuilder(uri("/v1/models/tiny/0.0.1/" + change))
                            .POST(BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
            assertThat(changed.statusCode()).as(change).isEqualTo(503);
            assertThat(changed.body()).as(change).contains("reading the log");
        }
        // whose it is says the log; an image is everybody's
        var sweep = http.send(
                HttpRequest.newBuilder(uri("/v1/objects/runs/r1/sweep.json")).build(), BodyHandlers.ofString());
        var image = http.send(
                HttpRequest.newBuilder(uri("/v1/objects/" + Examples.KEY)).build(), BodyHandlers.ofString());
        assertThat(sweep.statusCode()).isEqualTo(503);
        assertThat(image.statusCode()).isEqualTo(404);
        assertThat(submit.statusCode()).isEqualTo(503);
        assertThat(submit.headers().firstValue("Retry-After")).isPresent();
        assertThat(submit.body()).contains("reading the log");
        assertThat(readiness.statusCode()).isEqualTo(503);
        assertThat(models.statusCode()).isEqualTo(200);
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }
}
