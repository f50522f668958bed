package dev.cm3leon.cli;

import java.util.LinkedHashMap;
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
record ApartOptions(
        @Nullable String kafka,
        @Nullable String s3,
        @Nullable String milvus,
        Server store,
        Server index,
        boolean faults,
        Map<String, Integer> ports) {

    ApartOptions {
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

    ApartOptions withPorts(Map<String, Integer> others) {
        return new ApartOptions(kafka, s3, milvus, store, index, faults, others);
    }

    /// Whether another wish asks for the same servers.
    boolean sameServers(ApartOptions wish) {
        return withPorts(Map.of()).equals(wish.withPorts(Map.of()));
    }

    /// @throws IllegalStateException when there is none of that name
    int port(String name) {
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
