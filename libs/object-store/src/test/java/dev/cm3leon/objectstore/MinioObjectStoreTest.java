package dev.cm3leon.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.gaul.s3proxy.S3Proxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against s3proxy on a folder: a real S3 endpoint that checks signatures.
class MinioObjectStoreTest implements ObjectStoreContract {

    @TempDir
    static Path folder;

    private static S3Proxy server;
    private static URI endpoint;
    private static MinioObjectStore store;

    @BeforeAll
    static void startTheServer() throws Exception {
        server = S3Servers.start(folder, "access", "secret");
        endpoint = URI.create("http://127.0.0.1:" + server.getPort());
        store = new MinioObjectStore(endpoint, endpoint, "access", "secret", "cm3", "us-east-1");
    }

    @AfterAll
    static void stopTheServer() throws Exception {
        store.close();
        server.stop();
    }

    @Override
    public ObjectStore store() {
        return store;
    }

    @Override
    public byte[] read(URI link) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(link).build(), HttpResponse.BodyHandlers.ofByteArray())
                .body();
    }

    @Test
    void presignsForTheEndpointThatBrowsersSee() {
        URI seen = URI.create("http://images.example:9000");
        try (var store = new MinioObjectStore(endpoint, seen, "access", "secret", "cm3", "us-east-1")) {
            URI link = store.presign("a.png", Duration.ofMinutes(1));

            assertThat(link.getHost()).isEqualTo("images.example");
            assertThat(link.getPort()).isEqualTo(9000);
        }
    }

    @Test
    void aWrongSecretIsRefusedAndTryingAgainIsNotSuggested() {
        try (var store = new MinioObjectStore(endpoint, endpoint, "access", "wrong", "cm3", "us-east-1")) {
            assertThatThrownBy(() -> store.put("a", "a".getBytes(UTF_8), "text/plain"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(endpoint.toString());
        }
    }

    @Test
    void aStoreThatCannotBeReachedMayBeTriedAgain() throws Exception {
        int closed;
        try (var socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        URI nowhere = URI.create("http://127.0.0.1:" + closed);
        try (var store = new MinioObjectStore(nowhere, nowhere, "access", "secret", "cm3", "us-east-1")) {
            assertThatThrownBy(() -> store.get("a"))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("object a")
                    .hasMessageContaining(nowhere.toString());
        }
    }
}
