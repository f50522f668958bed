package dev.cm3leon.orchestrator;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.util.Config;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// As much of a Kubernetes API server as the launcher talks to: objects by path, resource versions, label selectors,
/// watches, owners. No controller acts here: a test does.
final class FakeApiServer implements AutoCloseable {
    static final JsonMapper JSON = new JsonMapper();

    private final HttpServer server;
    private final Map<String, ObjectNode> objects = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final Map<String, Refusal> refusals = new TreeMap<>();
    final List<String> requests = new ArrayList<>();
    private long version = 100;
    private long forgotten;
    private int cuts;

    private record Change(long version, String type, String path, ObjectNode object) {}

    private record Refusal(int code, String message) {}

    FakeApiServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                handle(exchange);
            }
        });
        server.start();
    }

    ApiClient client() {
        return Config.fromUrl("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /// @param what e.g. `POST jobs`
    synchronized void refuse(String what, int code, String message) {
        refusals.put(what, new Refusal(code, message));
    }

    synchronized void accept(String what) {
        refusals.remove(what);
    }

    /// Ends all watches in the middle, as a broken connection does.
    synchronized void cutWatches() {
        cuts++;
        notifyAll();
    }

    /// Forgets changes: a watch from before is answered with 410 Gone.
    synchronized void compact() {
        forgotten = version;
        changes.clear();
        notifyAll();
    }

    synchronized void forgetRequests() {
        requests.clear();
    }

    /// @param what e.g. `GET jobs`
    synchronized long asked(String what) {
        return requests.stream().filter(what::equals).count();
    }

    /// @param kind e.g. `jobs`
    synchronized List<String> names(String kind) {
        return objects.keySet().stream()
                .filter(path -> path.contains("/" + kind + "/"))
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .toList();
    }

    synchronized JsonNode get(String kind, String name) {
        return objects.get(path(kind, name)).deepCopy();
    }

    /// Merges into an object, as a controller does with a status.
    synchronized void change(String kind, String name, String merge) {
        ObjectNode object = objects.get(path(kind, name)).deepCopy();
        merge(object, JSON.readTree(merge));
        put("MODIFIED", path(kind, name), object);
    }

    synchronized void create(String path, String json) {
        put("ADDED", path, (ObjectNode) JSON.readTree(json));
    }

    synchronized void delete(String kind, String name) {
        remove(path(kind, name));
    }

    private String path(String kind, String name) {
        return objects.keySet().stream()
                .filter(path -> path.endsWith("/" + kind + "/" + name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind + " " + name + " among " + objects.keySet()));
    }

    private void put(String type, String path, ObjectNode object) {
        ((ObjectNode) object.path("metadata")).put("resourceVersion", Long.toString(++version));
        objects.put(path, object);
        changes.add(new Change(version, type, path, object.deepCopy()));
        notifyAll();
    }

    private void remove(String path) {
        ObjectNode gone = objects.remove(path);
        if (gone == null) return;
        changes.add(new Change(++version, "DELETED", path, gone));
        notifyAll();
        String uid = gone.path("metadata").path("uid").asString("");
        objects.entrySet().stream()
                .filter(o -> o.getValue()
                        .path("metadata")
                        .path("ownerReferences")
                        .valueStream()
                        .anyMatch(owner -> owner.path("uid").asString().equals(uid)))
                .map(Map.Entry::getKey)
                .toList()
                .forEach(this::remove);
    }

    private void handle(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getPath();
        Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (Boolean.parseBoolean(query.get("watch"))) {
            watch(exchange, path, query);
            return;
        }
        int code = 200;
        JsonNode answer;
        synchronized (this) {
            String kind = path.replaceFirst(".*/namespaces/[^/]+/([^/]+).*", "$1");
            requests.add(method + " " + kind);
            Refusal refusal = refusals.get(method + " " + kind);
            boolean collection = path.endsWith("/" + kind);
            if (refusal != null) {
                code = refusal.code;
                answer = status(refusal.code, refusal.message);
            } else if (method.equals("GET") && collection) {
                answer = list(path, query);
            } else if (method.equals("POST")) {
                var object = (ObjectNode) JSON.readTree(body);
                String name = path + "/" + object.path("metadata").path("name").asString();
                if (objects.containsKey(name)) {
                    code = 409;
                    answer = status(409, name + " already exists");
                } else {
                    ((ObjectNode) object.path("metadata"))
                            .put("uid", UUID.randomUUID().toString());
                    put("ADDED", name, object);
                    code = 201;
                    answer = object;
                }
            } else if (!objects.containsKey(path)) {
                code = 404;
                answer = status(404, path + " not found");
            } else if (method.equals("PATCH")) {
                ObjectNode object = objects.get(path).deepCopy();
                merge(object, JSON.readTree(body));
                put("MODIFIED", path, object);
                answer = object;
            } else if (method.equals("DELETE")) {
                remove(path);
                answer = status(200, "deleted");
            } else {
                answer = objects.get(path);
            }
        }
        byte[] bytes = JSON.writeValueAsBytes(answer);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private JsonNode list(String path, Map<String, String> query) {
        ObjectNode list = JSON.createObjectNode();
        list.putObject("metadata").put("resourceVersion", Long.toString(version));
        var items = list.putArray("items");
        objects.forEach((name, object) -> {
            if (name.startsWith(path + "/") && matches(object, query)) items.add(object);
        });
        return list;
    }

    private void watch(HttpExchange exchange, String path, Map<String, String> query) throws IOException {
        long seen = Long.parseLong(query.getOrDefault("resourceVersion", "0"));
        long end = System.nanoTime() + 1_000_000_000L * Long.parseLong(query.getOrDefault("timeoutSeconds", "60"));
        int cutsBefore;
        synchronized (this) {
            requests.add("WATCH from " + seen);
            cutsBefore = cuts;
        }
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().flush();
        while (System.nanoTime() < end) {
            List<JsonNode> news = new ArrayList<>();
            synchronized (this) {
                if (cuts != cutsBefore) return;
                if (seen < forgotten) {
                    ObjectNode gone = JSON.createObjectNode().put("type", "ERROR");
                    gone.set("object", status(410, "too old resource version"));
                    news.add(gone);
                }
                for (Change change : changes) {
                    if (change.version <= seen) continue;
                    seen = change.version;
                    if (!change.path.startsWith(path + "/") || !matches(change.object, query)) continue;
                    ObjectNode event = JSON.createObjectNode().put("type", change.type);
                    event.set("object", change.object);
                    news.add(event);
                }
                try {
                    if (news.isEmpty()) wait(50);
                } catch (InterruptedException e) {
                    return;
                }
            }
            for (JsonNode event : news) {
                exchange.getResponseBody().write((event + "\n").getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
                if (event.path("type").asString().equals("ERROR")) return;
            }
        }
    }

    private static boolean matches(ObjectNode object, Map<String, String> query) {
        String field = query.get("fieldSelector");
        if (field != null) {
            String wanted = field.substring(field.indexOf('=') + 1);
            return object.path("involvedObject").path("uid").asString("").equals(wanted);
        }
        String selector = query.get("labelSelector");
        return selector == null
                || Arrays.stream(selector.split(",")).allMatch(pair -> object.path("metadata")
                        .path("labels")
                        .path(pair.substring(0, pair.indexOf('=')))
                        .asString("")
                        .equals(pair.substring(pair.indexOf('=') + 1)));
    }

    private static void merge(ObjectNode into, JsonNode changes) {
        changes.propertyStream().forEach(change -> {
            if (change.getValue() instanceof ObjectNode && into.get(change.getKey()) instanceof ObjectNode inner) {
                merge(inner, change.getValue());
            } else into.set(change.getKey(), change.getValue());
        });
    }

    private static ObjectNode status(int code, String message) {
        return JSON.createObjectNode()
                .put("kind", "Status")
                .put("apiVersion", "v1")
                .put("status", code < 300 ? "Success" : "Failure")
                .put("message", message)
                .put("code", code);
    }

    private static Map<String, String> query(@Nullable String raw) {
        if (raw == null) return Map.of();
        return Arrays.stream(raw.split("&"))
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(p -> p[0], p -> URLDecoder.decode(p[1], StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
        cutWatches();
        server.stop(0);
    }
}
