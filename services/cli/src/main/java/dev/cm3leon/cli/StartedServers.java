package dev.cm3leon.cli;

import dev.cm3leon.cli.servers.Server;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which of the servers that can be installed a platform apart is started with.
final class StartedServers {
    @Option(
            names = "--store",
            paramLabel = "NAME",
            description = "The object store to start: minio, versitygw (minio).")
    private @Nullable String store;

    @Option(
            names = "--index",
            paramLabel = "NAME",
            description = "The Milvus to start: milvus-lite-2.5.1, milvus-lite-3.2.2 (milvus-lite-2.5.1).")
    private @Nullable String index;

    /// Whether one of them was said.
    boolean said() {
        return store != null || index != null;
    }

    Server store() {
        return store == null ? Server.MINIO : Server.named(store);
    }

    Server index() {
        return index == null ? Server.MILVUS_LITE_2_5 : Server.named(index);
    }
}
