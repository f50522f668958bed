package dev.cm3leon.cli;

import picocli.CommandLine.Option;

/// Which of the servers that can be installed a platform apart is started with.
final class StartedServers {
    @Option(
            names = "--store",
            paramLabel = "NAME",
            description = "The object store to start: minio, versitygw (minio).")
    private String store = Server.MINIO.title;

    @Option(
            names = "--index",
            paramLabel = "NAME",
            description = "The Milvus to start: milvus-lite-2.5.1, milvus-lite-3.2.2 (milvus-lite-2.5.1).")
    private String index = Server.MILVUS_LITE_2_5.title;

    Server store() {
        return Server.named(store);
    }

    Server index() {
        return Server.named(index);
    }
}
