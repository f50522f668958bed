package dev.cm3leon.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.cm3leon.service.VectorIndexProperties;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/// There is no Docker engine in a build, so the compose file is held to what the services read and to itself.
class ComposeTest {
    private static final List<String> OURS =
            List.of("gateway", "tokenizer", "retriever", "generator", "reranker", "trainer-orchestrator");
    private static Map<String, Map<String, Object>> services;
    private static Map<String, Object> file;

    @BeforeAll
    @SuppressWarnings("unchecked")
    static void read() throws IOException {
        String text = Files.readString(ServiceSettings.root().resolve("docker-compose.yml"))
                .replace("${CM3_ACCESS_KEY:?set it to a name of your choice}", "somebody")
                .replace("${CM3_SECRET_KEY:?set it to a secret of 8 characters or more}", "a secret");
        file = new Yaml().load(text);
        services = (Map<String, Map<String, Object>>) file.get("services");
    }

    @Test
    void everyServiceOfTheChartIsInItBesideItsServers() {
        assertThat(services.keySet())
                .containsExactlyInAnyOrder(
                        "kafka",
                        "minio",
                        "etcd",
                        "milvus",
                        "gateway",
                        "tokenizer",
                        "retriever",
                        "generator",
                        "reranker",
                        "trainer",
                        "trainer-orchestrator");
    }

    @Test
    void whatIsWaitedForIsThereAndSaysThatItIsHealthy() {
        services.forEach((name, service) -> {
            Map<?, ?> waits = (Map<?, ?>) service.getOrDefault("depends_on", Map.of());
            for (Object other : waits.keySet()) {
                assertThat(services).as(name).containsKey(other.toString());
                if (waits.get(other).toString().contains("completed")) continue;
                assertThat(services.get(other.toString()))
                        .as(name + " waits for " + other)
                        .containsKey("healthcheck");
            }
        });
    }

    @Test
    void whatIsMountedIsDeclared() {
        services.forEach((name, service) -> {
            for (Object mount : (List<?>) service.getOrDefault("volumes", List.of())) {
                assertThat(((Map<?, ?>) file.get("volumes")).keySet().toString())
                        .as(name)
                        .contains(mount.toString().split(":")[0]);
            }
        });
    }

    @Test
    void theLogIsInItsVolume() {
        String mount =
                ((List<?>) services.get("kafka").get("volumes")).getFirst().toString();

        assertThat(mount).isEqualTo("kafka:" + environment("kafka").get("KAFKA_LOG_DIRS"));
    }

    @Test
    void whatWasReadIsRememberedAsLongAsTheLog() {
        assertThat(environment("kafka"))
                .containsEntry("KAFKA_LOG_RETENTION_MS", "-1")
                .containsEntry("KAFKA_OFFSETS_RETENTION_MINUTES", Integer.toString(Integer.MAX_VALUE));
    }

    @Test
    void theServicesReadEveryVariable() {
        for (String service : OURS) ServiceSettings.everyVariableIsRead(service, environment(service));
    }

    @Test
    void theServicesFindTheirServers() {
        for (String service : OURS) {
            var settings = new ServiceSettings(service, environment(service));
            assertThat(settings.get("spring.kafka.bootstrap-servers")).isEqualTo("kafka:9092");
            assertThat(settings.objectStore().endpoint().getHost()).isEqualTo("minio");
            assertThat(settings.objectStore().secretKey()).isEqualTo("a secret");
        }
        var index = new ServiceSettings("retriever", environment("retriever")).vectorIndex();
        assertThat(index.kind()).isEqualTo(VectorIndexProperties.Kind.MILVUS);
        assertThat(index.milvusUri().getHost()).isEqualTo("milvus");
        assertThat(new ServiceSettings("gateway", environment("gateway")).get("server.port"))
                .isEqualTo("8080");
        assertThat(new ServiceSettings("gateway", environment("gateway")).get("server.address"))
                .isEqualTo("0.0.0.0");
    }

    /// `up --wait` ends when it can be asked for something: that is what its check asks.
    @Test
    void theGatewayIsHealthyWhenItIsReady() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "NOT RUN: the image has a bash, this machine has none");
        List<String> check = new ArrayList<>();
        for (Object word : (List<?>) ((Map<?, ?>) services.get("gateway").get("healthcheck")).get("test"))
            check.add(word.toString());
        assertThat(check.removeFirst()).isEqualTo("CMD");
        var gateway = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        var status = new AtomicInteger(503);
        gateway.createContext("/actuator/health/readiness", exchange -> {
            String state = status.get() == 200 ? "UP" : "OUT_OF_SERVICE";
            byte[] answer = "{\"status\":\"%s\"}".formatted(state).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status.get(), answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        String port = "/" + gateway.getAddress().getPort();
        check.replaceAll(word -> word.replace("/8080", port));
        gateway.start();
        try {
            assertThat(new ProcessBuilder(check).start().waitFor()).isNotZero();
            status.set(200);
            assertThat(new ProcessBuilder(check).start().waitFor()).isZero();
        } finally {
            gateway.stop(0);
        }
        assertThat(new ProcessBuilder(check).start().waitFor()).isNotZero();
    }

    @Test
    void ourContainersAreNoRootAndWriteNowhere() {
        for (String service : OURS) {
            assertThat(services.get(service))
                    .containsEntry("user", "10001:10001")
                    .containsEntry("read_only", true)
                    .containsEntry("cap_drop", List.of("ALL"));
        }
    }

    /// They unpack native libraries there; without `exec` Docker's tmpfs would not let them be loaded.
    @Test
    void whatIsUnpackedInOurContainersMayBeRun() {
        for (String service : OURS) {
            assertThat(services.get(service)).containsEntry("tmpfs", List.of("/tmp:exec,mode=1777,size=4g"));
        }
    }

    @Test
    void noSecretIsInTheFile() throws IOException {
        assertThat(Files.readString(ServiceSettings.root().resolve("docker-compose.yml")))
                .contains("${CM3_SECRET_KEY:?")
                .doesNotContain("minioadmin");
    }

    @SuppressWarnings("unchecked")
    private static Map<String, String> environment(String service) {
        Map<String, String> environment = new LinkedHashMap<>();
        ((Map<String, Object>) services.get(service).get("environment"))
                .forEach((name, value) -> environment.put(name, value.toString()));
        return environment;
    }
}
