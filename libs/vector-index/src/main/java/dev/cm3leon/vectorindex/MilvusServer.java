package dev.cm3leon.vectorindex;

import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.client.RetryConfig;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.exception.MilvusClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A Milvus server, and how it is used. Connects when it is first asked.
public final class MilvusServer implements AutoCloseable {

    private final URI uri;
    private final String token;
    private final IndexParam.IndexType indexType;
    private final String collection;
    private final AtomicReference<@Nullable CompletableFuture<MilvusClientV2>> client = new AtomicReference<>();

    /// @param token `user:password`, or empty
    /// @param indexType of the vectors, as Milvus names it: `HNSW`, `AUTOINDEX`, `FLAT`, …
    /// @param collection what the names of the collections begin with
    public MilvusServer(URI uri, String token, String indexType, String collection) {
        this.uri = uri;
        this.token = token;
        this.indexType = type(indexType);
        this.collection = collection;
        if (!collection.matches("[A-Za-z_][A-Za-z0-9_]{0,99}")) {
            throw new IllegalArgumentException(
                    "need a collection of letters, digits and _ (at most 100), got '" + collection + "'");
        }
    }

    private static IndexParam.IndexType type(String name) {
        try {
            return IndexParam.IndexType.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("need an index type of Milvus, one of "
                    + Arrays.toString(IndexParam.IndexType.values()) + ", got '" + name + "'");
        }
    }

    String collection() {
        return collection;
    }

    String indexType() {
        return indexType.name();
    }

    IndexParam.IndexType type() {
        return indexType;
    }

    /// Runs requests; failures say what could not be done, where, and by their type whether trying again may help.
    <T> T call(String what, String where, Function<MilvusClientV2, T> requests) {
        String message = "could not " + what + " the index " + where + " at " + uri + ": ";
        try {
            return requests.apply(client());
        } catch (MilvusClientException e) {
            if (isUnknownCode(e)) {
                throw new UncheckedIOException(
                        message + "the server refused with a code that the client does not know", new IOException(e));
            }
            switch (e.getErrorCode()) {
                case INVALID_PARAMS, CLIENT_ERROR -> throw new IllegalArgumentException(message + e.getMessage(), e);
                default -> throw new UncheckedIOException(message + e.getMessage(), new IOException(e));
            }
        } catch (StatusRuntimeException e) {
            throw new UncheckedIOException(message + e.getStatus().getCode(), new IOException(e));
        }
    }

    /// The client cannot read a refusal whose code it does not know, and makes an error of its own of it. Milvus Lite
    /// 3.2.2 has such a code, 101, for a collection that is not loaded, as none is after a restart.
    private static boolean isUnknownCode(MilvusClientException e) {
        return e.getCause() instanceof IllegalArgumentException unreadable
                && String.valueOf(unreadable.getMessage()).contains("unknown enum value");
    }

    /// Connecting to a server that is away takes half a minute: whoever comes meanwhile shares that try's end.
    private MilvusClientV2 client() {
        var mine = new CompletableFuture<MilvusClientV2>();
        var shared = client.compareAndExchange(null, mine);
        if (shared == null) {
            shared = mine;
            try {
                mine.complete(connect());
            } catch (RuntimeException | Error e) {
                client.compareAndSet(mine, null); // the next one tries again
                mine.completeExceptionally(e);
            }
        }
        try {
            return shared.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failed ? failed : e;
        }
    }

    private MilvusClientV2 connect() {
        MilvusClientV2 connected;
        try {
            connected = new MilvusClientV2(ConnectConfig.builder()
                    .uri(uri.toString())
                    .token(token)
                    .connectTimeoutMs(10_000)
                    .rpcDeadlineMs(30_000)
                    .build());
        } catch (MilvusClientException | StatusRuntimeException | IllegalArgumentException e) {
            throw e; // who calls tells these apart
        } catch (RuntimeException e) { // the client's own where a server answers that it is not ready yet
            throw new UncheckedIOException("could not connect to " + uri + ": " + e.getMessage(), new IOException(e));
        }
        connected.retryConfig(RetryConfig.builder().maxRetryTimes(3).build());
        return connected;
    }

    @Override
    public void close() {
        var last = client.getAndSet(null);
        if (last != null) last.thenAccept(MilvusClientV2::close);
    }
}
