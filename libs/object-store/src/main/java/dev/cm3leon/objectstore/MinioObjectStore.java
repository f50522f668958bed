package dev.cm3leon.objectstore;

import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.StatObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.SocketFactory;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/// Objects in one bucket of an S3 endpoint, which is made when it is first needed.
public final class MinioObjectStore implements ObjectStore, AutoCloseable {

    private static final Map<String, String> ONLY_IF_ABSENT = Map.of("If-None-Match", "*");

    private final URI endpoint;
    private final String bucket;
    private final OkHttpClient http;
    private final MinioClient client;
    private final MinioClient presigner;
    private volatile boolean bucketIsThere;

    /// @param endpoint where the services reach the store
    /// @param publicEndpoint where a browser reaches it: what [#presign] links to
    public MinioObjectStore(
            URI endpoint, URI publicEndpoint, String accessKey, String secretKey, String bucket, String region) {
        this.endpoint = endpoint;
        this.bucket = bucket;
        this.http = new OkHttpClient.Builder()
                .socketFactory(new NoDelaySocketFactory())
                .connectTimeout(Duration.ofSeconds(2))
                .readTimeout(Duration.ofSeconds(30))
                .writeTimeout(Duration.ofSeconds(30))
                .build();
        this.client = client(endpoint, accessKey, secretKey, region);
        this.presigner = client(publicEndpoint, accessKey, secretKey, region);
    }

    private MinioClient client(URI at, String accessKey, String secretKey, String region) {
        return MinioClient.builder()
                .endpoint(at.toString())
                .region(region)
                .credentials(accessKey, secretKey)
                .httpClient(http)
                .build();
    }

    @Override
    public void put(String key, byte[] bytes, String mediaType) {
        put(key, bytes, mediaType, Map.of());
    }

    /// One request: the store itself refuses to write what is there already.
    @Override
    public String putContent(String prefix, byte[] bytes, String suffix, String mediaType) {
        String key = ContentKey.of(prefix, bytes, suffix);
        put(key, bytes, mediaType, ONLY_IF_ABSENT);
        return key;
    }

    private void put(String key, byte[] bytes, String mediaType, Map<String, String> condition) {
        call(
                "put",
                key,
                "PreconditionFailed",
                () -> client.putObject(PutObjectArgs.builder()
                        .bucket(bucket)
                        .object(key)
                        .data(bytes, bytes.length)
                        .contentType(mediaType)
                        .extraHeaders(condition)
                        .build()));
    }

    @Override
    public Optional<byte[]> get(String key) {
        return call("get", key, "NoSuchKey", () -> {
                    var request =
                            GetObjectArgs.builder().bucket(bucket).object(key).build();
                    try (InputStream object = client.getObject(request)) {
                        return object.readAllBytes();
                    }
                })
                .map(bytes -> ContentKey.checked(key, bytes));
    }

    @Override
    public boolean exists(String key) {
        return call(
                        "look for",
                        key,
                        "NoSuchKey",
                        () -> client.statObject(StatObjectArgs.builder()
                                .bucket(bucket)
                                .object(key)
                                .build()))
                .isPresent();
    }

    @Override
    public void delete(String key) {
        call("delete", key, "NoSuchKey", () -> {
            client.removeObject(
                    RemoveObjectArgs.builder().bucket(bucket).object(key).build());
            return key;
        });
    }

    @Override
    public URI presign(String key, Duration validity) {
        return call(
                        "presign",
                        key,
                        "",
                        () -> URI.create(presigner.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                                .method(Http.Method.GET)
                                .bucket(bucket)
                                .object(key)
                                .expiry((int) validity.toSeconds())
                                .build())))
                .orElseThrow();
    }

    /// Runs one request; empty when the store answers with the code that is no failure here.
    private <T> Optional<T> call(String what, String key, String harmless, Request<T> request) {
        try {
            ensureBucket();
            return Optional.of(request.run());
        } catch (ErrorResponseException e) {
            if (e.errorResponse().code().equals(harmless)) return Optional.empty();
            String message = "could not " + what + " object " + key + " at " + endpoint + ": "
                    + e.errorResponse().code();
            if (e.response().code() >= 500) throw new UncheckedIOException(message, new IOException(e));
            throw new IllegalStateException(message, e);
        } catch (MinioException | IOException | IllegalStateException e) { // the client wraps a refused connection
            throw new UncheckedIOException(
                    "could not " + what + " object " + key + " at " + endpoint + ": " + reason(e), new IOException(e));
        }
    }

    private void ensureBucket() throws MinioException {
        if (bucketIsThere) return;
        if (!client.bucketExists(BucketExistsArgs.builder().bucket(bucket).build())) {
            try {
                client.makeBucket(MakeBucketArgs.builder().bucket(bucket).build());
            } catch (ErrorResponseException e) { // another service was quicker
                if (!e.errorResponse().code().startsWith("BucketAlready")) throw e;
            }
        }
        bucketIsThere = true;
    }

    private static @Nullable String reason(Throwable e) {
        Throwable last = e;
        while (last.getCause() != null) last = last.getCause();
        return last.getMessage();
    }

    @Override
    public void close() {
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
    }

    private interface Request<T> {
        T run() throws MinioException, IOException;
    }

    /// Sends small requests at once: without TCP_NODELAY a put waits for the other side's delayed acknowledgement.
    private static final class NoDelaySocketFactory extends SocketFactory {

        private final SocketFactory sockets = SocketFactory.getDefault();

        @Override
        public Socket createSocket() throws IOException {
            return noDelay(sockets.createSocket());
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return noDelay(sockets.createSocket(host, port));
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            return noDelay(sockets.createSocket(host, port, local, localPort));
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return noDelay(sockets.createSocket(host, port));
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            return noDelay(sockets.createSocket(host, port, local, localPort));
        }

        private static Socket noDelay(Socket socket) throws IOException {
            socket.setTcpNoDelay(true);
            return socket;
        }
    }
}
