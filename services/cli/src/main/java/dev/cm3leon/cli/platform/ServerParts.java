package dev.cm3leon.cli.platform;

import dev.cm3leon.cli.servers.Server;
import dev.cm3leon.cli.servers.Servers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The servers that are installed, as processes on a port of 127.0.0.1.
public final class ServerParts {
    private ServerParts() {}

    public static Part minio(String name, Servers servers, Path data, int port, String accessKey, String secretKey) {
        return new Part(
                name,
                List.of(
                        servers.program(Server.MINIO).toString(),
                        "server",
                        "--quiet",
                        "--address",
                        "127.0.0.1:" + port,
                        data.toString()),
                Map.of(
                        "MINIO_ROOT_USER",
                        accessKey,
                        "MINIO_ROOT_PASSWORD",
                        secretKey,
                        "MINIO_BROWSER",
                        "off",
                        "MINIO_UPDATE",
                        "off"),
                port,
                Health.MINIO);
    }

    /// @param region not us-east-1, which it takes for a wrong one when a bucket is made
    public static Part versitygw(
            String name,
            Servers servers,
            Path data,
            Path versions,
            int port,
            String region,
            String accessKey,
            String secretKey) {
        return new Part(
                name,
                List.of(
                        servers.program(Server.VERSITYGW).toString(),
                        "--region",
                        region,
                        "--port",
                        "127.0.0.1:" + port,
                        "posix",
                        "--versioning-dir",
                        versions.toString(),
                        data.toString()),
                Map.of("ROOT_ACCESS_KEY", accessKey, "ROOT_SECRET_KEY", secretKey),
                port,
                Health.PORT);
    }

    /// Started as its Python package would start it, but as a process of our own.
    ///
    /// @param database a file, whose name is of letters, digits, `.`, `-` and `_`, at most 36
    public static Part milvus25(String name, Servers servers, Path database, int port) {
        Path program = servers.program(Server.MILVUS_LITE_2_5);
        String libraries = program.resolveSibling("").toString();
        return new Part(
                name,
                List.of(program.toString(), database.toString(), "127.0.0.1:" + port, "ERROR"),
                Map.of("LD_LIBRARY_PATH", libraries, "DYLD_LIBRARY_PATH", libraries),
                port,
                Health.PORT);
    }

    public static Part milvus3(String name, Servers servers, Path data, int port) {
        return new Part(
                name,
                List.of(
                        servers.program(Server.MILVUS_LITE_3).toString(),
                        "server",
                        "--data-dir",
                        data.toString(),
                        "--host",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port)),
                Map.of(),
                port,
                Health.PORT);
    }
}
