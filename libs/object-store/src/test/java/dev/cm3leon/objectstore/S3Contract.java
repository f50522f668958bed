package dev.cm3leon.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveBucketArgs;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What holds for [MinioObjectStore] on every S3 server.
interface S3Contract extends ObjectStoreContract {

    Account account();

    /// Where a server is, and who may use it.
    record Account(URI endpoint, String accessKey, String secretKey, String region) {

        MinioObjectStore open(Bucket bucket) {
            return new MinioObjectStore(endpoint, accessKey, secretKey, bucket);
        }

        Bucket bucket() {
            return Bucket.plain("cm3-" + UUID.randomUUID(), region);
        }

        MinioClient client() {
            return MinioClient.builder()
                    .endpoint(endpoint.toString())
                    .region(region)
                    .credentials(accessKey, secretKey)
                    .build();
        }
    }

    @Test
    default void aWrongSecretIsRefusedAndTryingAgainIsNotSuggested() {
        var wrong = new Account(
                account().endpoint(),
                account().accessKey(),
                "wrong-secret",
                account().region());
        try (var store = wrong.open(account().bucket())) {
            assertThatThrownBy(() -> store.put("a", "a".getBytes(UTF_8), "text/plain"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(account().endpoint().toString());
        }
    }

    @Test
    default void aStoreThatCannotBeReachedMayBeTriedAgain() throws Exception {
        int closed;
        try (var socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        URI nowhere = URI.create("http://127.0.0.1:" + closed);
        try (var store = new MinioObjectStore(nowhere, "access", "secret", "cm3", "us-east-1")) {
            assertThatThrownBy(() -> store.get("a"))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("object a")
                    .hasMessageContaining(nowhere.toString());
        }
    }

    @Test
    default void whatIsNotWhatWasWrittenIsNamed(@TempDir Path folder) throws Exception {
        Bucket bucket = account().bucket();
        try (var store = account().open(bucket);
                var client = account().client()) {
            store.put("runs/r1/step-7.safetensors", "good".getBytes(UTF_8), "application/octet-stream");
            client.putObject(PutObjectArgs.builder()
                    .bucket(bucket.name())
                    .object("runs/r1/step-7.safetensors")
                    .data("goof".getBytes(UTF_8), 4)
                    .userMetadata(Map.of("sha256", ContentKey.sha256("good".getBytes(UTF_8))))
                    .build());

            assertThatThrownBy(() -> store.get("runs/r1/step-7.safetensors"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("object runs/r1/step-7.safetensors is damaged");
            assertThatThrownBy(() -> store.get("runs/r1/step-7.safetensors", folder.resolve("copy")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("object runs/r1/step-7.safetensors is damaged");
            assertThat(folder).isEmptyDirectory();
        }
    }

    @Test
    default void aBucketThatWasTakenAwayIsMadeAgain() throws Exception {
        Bucket bucket = account().bucket();
        try (var store = account().open(bucket);
                var client = account().client()) {
            store.put("a", "a".getBytes(UTF_8), "text/plain");
            store.delete("a");
            client.removeBucket(RemoveBucketArgs.builder().bucket(bucket.name()).build());

            assertThatThrownBy(() -> store.put("b", "b".getBytes(UTF_8), "text/plain"))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("NoSuchBucket");
            store.put("b", "b".getBytes(UTF_8), "text/plain");

            assertThat(store.get("b")).hasValue("b".getBytes(UTF_8));
        }
    }
}
