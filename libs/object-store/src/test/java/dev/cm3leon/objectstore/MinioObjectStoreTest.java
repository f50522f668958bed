package dev.cm3leon.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.gaul.s3proxy.S3Proxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against s3proxy on a folder: an S3 endpoint that checks signatures.
class MinioObjectStoreTest implements S3Contract {

    @TempDir
    static Path folder;

    private static S3Proxy server;
    private static Account account;
    private static MinioObjectStore store;

    @BeforeAll
    static void startTheServer() throws Exception {
        server = S3Servers.start(folder, "access", "secret");
        account = new Account(URI.create("http://127.0.0.1:" + server.getPort()), "access", "secret", "us-east-1");
        store = account.open(account.bucket());
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
    public Account account() {
        return account;
    }

    /// One: s3proxy looks at `If-Match` and then writes, which is not one step.
    @Override
    public int writers() {
        return 1;
    }

    @Test
    void manyMayFetchAnObjectToTheSamePlaceAtOnce(@TempDir Path copies) throws Exception {
        byte[] bytes = new byte[3 << 20];
        new Random(4).nextBytes(bytes);
        store.put("raced/file", bytes, "application/octet-stream");
        Path copy = copies.resolve("copy");
        Callable<Boolean> fetch = () -> store.get("raced/file", copy) && Arrays.equals(Files.readAllBytes(copy), bytes);

        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var whole :
                    threads.invokeAll(Stream.generate(() -> fetch).limit(32).toList())) {
                assertThat(whole.get()).isTrue();
            }
        }

        assertThat(copies.toFile().list()).containsExactly("copy");
    }

    @Test
    void aStoreWithoutLifecycleKeepsWhatIsTemporary() {
        try (var store = account.open(new Bucket("cm3-temporary", account.region(), null, List.of("prompts/"), 7))) {
            String key = store.putContent("prompts", new byte[] {1, 2}, ".json", "application/json");

            assertThat(store.get(key)).hasValue(new byte[] {1, 2});
        }
    }

    /// As the store does whose key was taken away while somebody used it.
    @ParameterizedTest
    @ValueSource(strings = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "AccessDenied"})
    void anAccessKeyThatIsNotTakenIsToldApart(String code) throws Exception {
        var refusing = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        refusing.createContext("/", exchange -> {
            boolean bucket = exchange.getRequestMethod().equals("HEAD");
            byte[] reason = "<Error><Code>%s</Code></Error>".formatted(code).getBytes(UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/xml");
            exchange.sendResponseHeaders(bucket ? 200 : 403, bucket ? -1 : reason.length);
            if (!bucket) exchange.getResponseBody().write(reason);
            exchange.close();
        });
        refusing.start();
        URI endpoint = URI.create("http://127.0.0.1:" + refusing.getAddress().getPort());
        try (var store = new MinioObjectStore(endpoint, "access", "secret", "cm3", "us-east-1")) {
            assertThatThrownBy(() -> store.get("a"))
                    .isExactlyInstanceOf(
                            code.equals("AccessDenied") ? IllegalStateException.class : AccessKeyException.class)
                    .hasMessageContaining(code);
        } finally {
            refusing.stop(0);
        }
    }

    @Test
    void aFileIsNeverCutIntoMorePartsThanAStoreTakes() {
        assertThat(MinioObjectStore.partSize(0)).isEqualTo(32L << 20);
        assertThat(MinioObjectStore.partSize(5L << 40)).isEqualTo(525L << 20); // 5 TiB, the largest object
        assertThat(Math.ceilDiv(5L << 40, MinioObjectStore.partSize(5L << 40))).isLessThanOrEqualTo(10_000);
    }

    @Test
    void aBucketOfNegativeDaysIsRefused() {
        assertThatThrownBy(() -> new Bucket("cm3", "us-east-1", null, List.of(), -1))
                .hasMessage("need temporary days >= 0, got -1");
    }
}
