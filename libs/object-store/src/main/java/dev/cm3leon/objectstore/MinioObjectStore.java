package dev.cm3leon.objectstore;

import io.minio.BucketExistsArgs;
import io.minio.DeleteBucketLifecycleArgs;
import io.minio.GetBucketLifecycleArgs;
import io.minio.GetBucketVersioningArgs;
import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.SetBucketLifecycleArgs;
import io.minio.SetBucketVersioningArgs;
import io.minio.StatObjectArgs;
import io.minio.UploadObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import io.minio.messages.Filter;
import io.minio.messages.Item;
import io.minio.messages.LifecycleConfiguration;
import io.minio.messages.LifecycleConfiguration.Expiration;
import io.minio.messages.LifecycleConfiguration.NoncurrentVersionExpiration;
import io.minio.messages.LifecycleConfiguration.Rule;
import io.minio.messages.VersioningConfiguration;
import io.minio.messages.VersioningConfiguration.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import javax.net.SocketFactory;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Objects in one bucket of an S3 endpoint, which is made when it is first needed.
public final class MinioObjectStore implements ObjectStore, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(MinioObjectStore.class);
    private static final Map<String, String> ONLY_IF_ABSENT = Map.of("If-None-Match", "*");
    private static final String SHA256 = "sha256"; // user metadata
    private static final String DIGEST = "x-amz-meta-sha256"; // the same, as a header of an answer
    private static final long PART = 32L << 20; // bytes
    private static final int COPIED = 64 << 10; // bytes at once
    private static final long MOST_PARTS = 10_000;
    private static final Set<String> ACCESS_KEY_REFUSED =
            Set.of("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken");
    private static final String RULES = "cm3 "; // our lifecycle rules begin with it

    private final URI endpoint;
    private final Bucket settings;
    private final String bucket;
    private final OkHttpClient http;
    private final MinioClient client;
    private volatile boolean bucketIsThere;

    public MinioObjectStore(URI endpoint, String accessKey, String secretKey, Bucket bucket) {
        this.endpoint = endpoint;
        this.settings = bucket;
        this.bucket = bucket.name();
        this.http = new OkHttpClient.Builder()
                .socketFactory(new NoDelaySocketFactory())
                .connectTimeout(Duration.ofSeconds(2))
                .readTimeout(Duration.ofSeconds(30))
                .writeTimeout(Duration.ofSeconds(30))
                .build();
        this.client = MinioClient.builder()
                .endpoint(endpoint.toString())
                .region(bucket.region())
                .credentials(accessKey, secretKey)
                .httpClient(http)
                .build();
    }

    /// A bucket that is made when it is missing, and otherwise left as it is.
    public MinioObjectStore(URI endpoint, String accessKey, String secretKey, String bucket, String region) {
        this(endpoint, accessKey, secretKey, Bucket.plain(bucket, region));
    }

    @Override
    public void put(String key, byte[] bytes, String mediaType) {
        put(key, bytes, mediaType, Map.of());
    }

    /// In parts of 32 MiB, or more where 10,000 of them would not do. The file is read twice: first for its SHA-256.
    @Override
    public void put(String key, Path file, String mediaType) {
        String digest;
        long bytes;
        try {
            digest = ContentKey.sha256(file);
            bytes = Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException("could not read " + file + " to put object " + key, e);
        }
        call(
                "put",
                key,
                "",
                () -> client.uploadObject(UploadObjectArgs.builder()
                        .bucket(bucket)
                        .object(key)
                        .filename(file.toString(), partSize(bytes))
                        .contentType(mediaType)
                        .userMetadata(Map.of(SHA256, digest))
                        .build()));
    }

    /// @return bytes, a multiple of 1 MiB
    static long partSize(long bytes) {
        long mebibytes = Math.ceilDiv(Math.ceilDiv(bytes, MOST_PARTS), 1L << 20);
        return Math.max(PART, mebibytes << 20);
    }

    /// One request: the store itself refuses to write what is there already. What is temporary is written again, so
    /// that its days begin anew.
    @Override
    public String putContent(String prefix, byte[] bytes, String suffix, String mediaType) {
        String key = ContentKey.of(prefix, bytes, suffix);
        put(key, bytes, mediaType, settings.isTemporary(key) ? Map.of() : ONLY_IF_ABSENT);
        return key;
    }

    /// @return whether the condition held
    private boolean put(String key, byte[] bytes, String mediaType, Map<String, String> condition) {
        return call(
                        "put",
                        key,
                        "PreconditionFailed",
                        () -> client.putObject(PutObjectArgs.builder()
                                .bucket(bucket)
                                .object(key)
                                .data(bytes, bytes.length)
                                .contentType(mediaType)
                                .userMetadata(Map.of(SHA256, ContentKey.sha256(bytes)))
                                .extraHeaders(condition)
                                .build()))
                .isPresent();
    }

    @Override
    public boolean replace(String key, byte @Nullable [] expected, byte[] bytes, String mediaType) {
        Map<String, String> condition = ONLY_IF_ABSENT;
        if (expected != null) {
            Read now = read(key).orElse(null);
            if (now == null || !Arrays.equals(now.bytes(), expected)) return false;
            condition = Map.of("If-Match", now.tag());
        }
        if (put(key, bytes, mediaType, condition)) return true;
        // a put whose answer was lost on the way was sent again, and refused because of itself
        return read(key).filter(now -> Arrays.equals(now.bytes(), bytes)).isPresent();
    }

    @Override
    public Optional<byte[]> get(String key) {
        return read(key).map(Read::bytes);
    }

    private record Read(byte[] bytes, String tag, @Nullable String digest) {}

    private Optional<Read> read(String key) {
        Optional<Read> read = call("get", key, "NoSuchKey", () -> {
            try (GetObjectResponse object = open(key)) {
                return new Read(
                        object.readAllBytes(),
                        header(object, "ETag"),
                        object.headers().get(DIGEST));
            }
        });
        read.ifPresent(one -> ContentKey.check(key, one.digest(), ContentKey.sha256(one.bytes())));
        return read;
    }

    private record Copied(String found, Optional<String> noted) {}

    @Override
    public boolean get(String key, Path file) {
        // of this call alone: another one may fetch the same
        Path part = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            Optional<Copied> copied;
            try (OutputStream local = Files.newOutputStream(part)) {
                copied = call("get", key, "NoSuchKey", () -> copy(key, local, file));
            }
            if (copied.isEmpty()) return false;
            ContentKey.check(
                    key, copied.get().noted().orElse(null), copied.get().found());
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException e) {
            throw unwritten(key, file, e);
        } finally {
            part.toFile().delete();
        }
    }

    /// @throws IOException when it cannot be read
    private Copied copy(String key, OutputStream local, Path file) throws MinioException, IOException {
        MessageDigest digest = ContentKey.sha256();
        try (GetObjectResponse object = open(key)) {
            byte[] bytes = new byte[COPIED];
            for (int n = object.read(bytes); n >= 0; n = object.read(bytes)) {
                digest.update(bytes, 0, n);
                try {
                    local.write(bytes, 0, n);
                } catch (IOException e) {
                    throw unwritten(key, file, e);
                }
            }
            return new Copied(
                    HexFormat.of().formatHex(digest.digest()),
                    Optional.ofNullable(object.headers().get(DIGEST)));
        }
    }

    private static LocalFileException unwritten(String key, Path file, IOException reason) {
        return new LocalFileException("could not write object " + key + " to " + file, reason);
    }

    private GetObjectResponse open(String key) throws MinioException {
        return client.getObject(
                GetObjectArgs.builder().bucket(bucket).object(key).build());
    }

    private static String header(GetObjectResponse object, String name) throws IOException {
        String value = object.headers().get(name);
        if (value == null) throw new IOException("the answer has no " + name);
        return value;
    }

    @Override
    public List<String> keys(String prefix) {
        return call("list", prefix + "*", "", () -> {
                    List<String> found = new ArrayList<>();
                    for (var result : client.listObjects(ListObjectsArgs.builder()
                            .bucket(bucket)
                            .prefix(prefix)
                            .recursive(true)
                            .build())) {
                        Item item = result.get();
                        if (!item.isDir()) found.add(item.objectName());
                    }
                    return found.stream().sorted().toList();
                })
                .orElseThrow();
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

    /// Runs one request; empty when the store answers with the code that is no failure here.
    private <T> Optional<T> call(String what, String key, String harmless, Request<T> request) {
        try {
            ensureBucket();
            return Optional.of(request.run());
        } catch (ErrorResponseException e) {
            if (e.errorResponse().code().equals(harmless)) return Optional.empty();
            String code = e.errorResponse().code();
            String message = "could not " + what + " object " + key + " at " + endpoint + ": " + code;
            boolean bucketIsGone = code.equals("NoSuchBucket"); // the next try makes it again
            if (bucketIsGone) bucketIsThere = false;
            if (bucketIsGone || mayHelp(e.response().code())) {
                throw new UncheckedIOException(message, new IOException(e));
            }
            if (ACCESS_KEY_REFUSED.contains(code)) throw new AccessKeyException(message, e);
            throw new IllegalStateException(message, e);
        } catch (MinioException | IOException | IllegalStateException e) { // the client wraps a refused connection
            throw new UncheckedIOException(
                    "could not " + what + " object " + key + " at " + endpoint + ": " + reason(e), new IOException(e));
        }
    }

    /// Whether the same request may go well later: the store is busy, starting, or was asked twice at once.
    private static boolean mayHelp(int status) {
        return status >= 500 && status != 501 || status == 409 || status == 429;
    }

    /// Makes what is missing; what is there is left alone.
    private void ensureBucket() throws MinioException {
        if (bucketIsThere) return;
        if (!client.bucketExists(BucketExistsArgs.builder().bucket(bucket).build())) {
            try {
                client.makeBucket(MakeBucketArgs.builder().bucket(bucket).build());
            } catch (ErrorResponseException e) { // another service was quicker
                if (!e.errorResponse().code().startsWith("BucketAlready")) throw e;
            }
        }
        ensureVersioning();
        ensureLifecycle();
        bucketIsThere = true;
    }

    private void ensureVersioning() throws MinioException {
        if (settings.versioning() == null) return;
        var wanted = settings.versioning() ? Status.ENABLED : Status.SUSPENDED;
        try {
            var now = client.getBucketVersioning(
                            GetBucketVersioningArgs.builder().bucket(bucket).build())
                    .status();
            if (now == wanted || (now != Status.ENABLED && wanted == Status.SUSPENDED)) return; // never on is off
            client.setBucketVersioning(SetBucketVersioningArgs.builder()
                    .bucket(bucket)
                    .config(new VersioningConfiguration(wanted, null, null, null))
                    .build());
        } catch (ErrorResponseException e) {
            if (wanted == Status.SUSPENDED && !mayHelp(e.response().code())) return; // it knows no versions: off
            log.error("bucket {} at {} is to keep versions, and cannot", bucket, endpoint);
            throw e;
        }
    }

    /// Rules of others stay. A store that knows no lifecycle, or does not let us, keeps what is temporary; we say so.
    private void ensureLifecycle() throws MinioException {
        List<Rule> wanted = rules();
        try {
            LifecycleConfiguration now = client.getBucketLifecycle(
                    GetBucketLifecycleArgs.builder().bucket(bucket).build());
            List<Rule> there = now == null || now.rules() == null ? List.of() : now.rules();
            List<Rule> ours = there.stream().filter(MinioObjectStore::isOurs).toList();
            if (described(ours).equals(described(wanted))) return;
            List<Rule> all = new ArrayList<>(there);
            all.removeIf(MinioObjectStore::isOurs);
            all.addAll(wanted);
            if (all.isEmpty()) {
                client.deleteBucketLifecycle(
                        DeleteBucketLifecycleArgs.builder().bucket(bucket).build());
            } else {
                client.setBucketLifecycle(SetBucketLifecycleArgs.builder()
                        .bucket(bucket)
                        .config(new LifecycleConfiguration(all))
                        .build());
            }
        } catch (ErrorResponseException e) {
            if (wanted.isEmpty()) return;
            log.warn(
                    "bucket {} at {} keeps {} for good: its store says {} to a lifecycle",
                    bucket,
                    endpoint,
                    settings.temporary(),
                    e.errorResponse().code());
        }
    }

    private List<Rule> rules() {
        if (settings.temporaryDays() == 0) return List.of();
        return settings.temporary().stream()
                .map(prefix -> new Rule(
                        io.minio.messages.Status.ENABLED,
                        null,
                        new Expiration((ZonedDateTime) null, settings.temporaryDays(), null, null),
                        new Filter(prefix),
                        RULES + prefix,
                        new NoncurrentVersionExpiration(1, null),
                        null,
                        null))
                .toList();
    }

    private static boolean isOurs(Rule rule) {
        return rule.id() != null && rule.id().startsWith(RULES);
    }

    /// Prefix and days of each rule.
    private static Map<String, Integer> described(List<Rule> rules) {
        Map<String, Integer> days = new TreeMap<>();
        rules.forEach(rule -> days.put(
                rule.id(), rule.expiration() == null ? 0 : rule.expiration().days()));
        return days;
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
