package dev.cm3leon.cli.platform;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.servers.Server;
import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How a platform apart was started: kept while it is up, so that every command after that finds the same processes.
///
/// @param kafka `host:port` of a broker from outside; null to start one
/// @param s3 endpoint of an object store from outside; null to start one
/// @param milvus URI of a vector database from outside; null to start one
/// @param store the object store that is started
/// @param index the vector database that is started
/// @param faults whether every connection to a server goes through toxiproxy
/// @param ports by name of the process; with `faults`, `NAME-direct` is behind the proxy
public record ApartOptions(
        @Nullable String kafka,
        @Nullable String s3,
        @Nullable String milvus,
        Server store,
        Server index,
        boolean faults,
        Map<String, Integer> ports) {
    private static final int PATIENCE_MS = 5000;

    public ApartOptions {
        if (kafka != null && !kafka.matches("\\S+:\\d+")) throw Failure.usage("need --kafka HOST:PORT, got " + kafka);
        needUrl("--s3", s3);
        needUrl("--milvus", milvus);
        if (store != Server.MINIO && store != Server.VERSITYGW) {
            throw Failure.usage("need --store minio or versitygw, got " + store.title);
        }
        if (index != Server.MILVUS_LITE_2_5 && index != Server.MILVUS_LITE_3) {
            throw Failure.usage("need --index milvus-lite-2.5.1 or milvus-lite-3.2.2, got " + index.title);
        }
        if (faults && (kafka != null || s3 != null || milvus != null)) {
            throw Failure.usage("--faults is for servers that are started here, not for those from outside");
        }
        ports = Map.copyOf(ports);
    }

    private static void needUrl(String option, @Nullable String url) {
        if (url != null && !url.matches("https?://\\S+")) {
            throw Failure.usage("need %s like http://127.0.0.1:9000, got %s".formatted(option, url));
        }
    }

    /// Servers from outside are to answer, and their keys to be told, before anything is started: a service would wait
    /// for a server that is not there.
    ///
    /// @param environment of the command
    void needOutside(Map<String, String> environment) {
        if (s3 != null) {
            for (String key : List.of("CM3_S3_ACCESS_KEY", "CM3_S3_SECRET_KEY")) {
                if (environment.getOrDefault(key, "").isEmpty()) throw Failure.usage("--s3 needs " + key);
            }
        }
        if (kafka != null) needAnswer("--kafka", kafka, URI.create("tcp://" + kafka), 0);
        if (s3 != null) needAnswer("--s3", s3, URI.create(s3), s3.startsWith("https") ? 443 : 80);
        if (milvus != null) needAnswer("--milvus", milvus, URI.create(milvus), milvus.startsWith("https") ? 443 : 80);
    }

    private static void needAnswer(String option, String told, URI place, int usual) {
        if (place.getHost() == null) return; // several brokers
        try (Socket socket = new Socket()) {
            int port = place.getPort() < 0 ? usual : place.getPort();
            socket.connect(new InetSocketAddress(place.getHost(), port), PATIENCE_MS);
        } catch (IOException e) {
            String reason = e instanceof UnknownHostException ? "unknown host" : e.getMessage();
            throw new Failure(Failure.NOT_REACHABLE, "nothing answers at %s %s: %s".formatted(option, told, reason));
        }
    }

    ApartOptions withPorts(Map<String, Integer> others) {
        return new ApartOptions(kafka, s3, milvus, store, index, faults, others);
    }

    /// Whether another wish asks for the same servers.
    boolean sameServers(ApartOptions wish) {
        return withPorts(Map.of()).equals(wish.withPorts(Map.of()));
    }

    /// @throws IllegalStateException when there is none of that name
    public int port(String name) {
        Integer port = ports.get(name);
        if (port == null) throw new IllegalStateException("no port of " + name);
        return port;
    }

    ObjectNode json() {
        ObjectNode json = Gateway.JSON.createObjectNode();
        json.put("kafka", kafka).put("s3", s3).put("milvus", milvus);
        json.put("store", store.title).put("index", index.title).put("faults", faults);
        ObjectNode numbers = json.putObject("ports");
        ports.forEach(numbers::put);
        return json;
    }

    static ApartOptions of(JsonNode json) {
        Map<String, Integer> ports = new LinkedHashMap<>();
        json.path("ports")
                .propertyStream()
                .forEach(port -> ports.put(port.getKey(), port.getValue().asInt()));
        return new ApartOptions(
                Gateway.string(json, "kafka"),
                Gateway.string(json, "s3"),
                Gateway.string(json, "milvus"),
                Server.named(json.path("store").asString()),
                Server.named(json.path("index").asString()),
                json.path("faults").asBoolean(),
                ports);
    }
}
