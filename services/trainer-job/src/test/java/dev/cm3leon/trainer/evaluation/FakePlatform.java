package dev.cm3leon.trainer.evaluation;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The gateway's HTTP API before a bank and a model that are what a test says, and all that was asked of it.
///
/// Documents whose name stands in the prompt are found first, or those that show what a picture shows.
final class FakePlatform implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern NAME = Pattern.compile("\\p{Lu}[^\\s,]* \\p{Lu}[^\\s,]*");

    record Document(String id, String text, RgbImage picture, String licence) {

        /// The two words of its text that begin with a capital; empty where there are none.
        String name() {
            Matcher name = NAME.matcher(text);
            return name.find() ? name.group() : "";
        }

        byte[] rgb() {
            return picture.rgb();
        }
    }

    /// @param json as it was sent
    /// @param documents that stand in front, the first one first
    record Request(Map<String, Object> json, List<Document> documents) {

        Map<String, Object> retrieval() {
            return as(json.get("retrieval"));
        }

        /// All that it says.
        String words() {
            return json.containsKey("prompt")
                    ? (String) json.get("prompt")
                    : texts().stream().collect(Collectors.joining(" "));
        }

        List<String> texts() {
            return parts("text").stream().map(part -> (String) part.get("text")).toList();
        }

        /// The picture that it shows.
        RgbImage picture() {
            return read(as(parts("image").getFirst().get("image")));
        }

        boolean isForText() {
            return parts("hole").stream().anyMatch(hole -> hole.get("modality").equals("text"));
        }

        List<Map<String, Object>> parts() {
            return as(json.getOrDefault("parts", List.of()));
        }

        private List<Map<String, Object>> parts(String type) {
            return parts().stream()
                    .filter(part -> part.get("type").equals(type))
                    .toList();
        }
    }

    /// Draws a picture of 64 x 64 (a `byte[]`) or writes a text.
    interface Model {
        Object answer(Request request);
    }

    final List<Request> requests = new ArrayList<>();
    final SortedMap<String, Document> bank = new TreeMap<>();
    Model model = request -> "";

    /// Whether a document shows what a picture shows.
    BiPredicate<byte[], byte[]> alike = (one, other) -> false;

    private final String id;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /// @param id of the model, `name@version`
    FakePlatform(String id) {
        this.id = id;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    PlatformClient client() {
        return new PlatformClient(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            byte[] answer;
            int status = 200;
            try {
                answer = answer(exchange.getRequestURI().getPath().substring(1).split("/"), body);
            } catch (RuntimeException | AssertionError e) { // the evaluation ends with it
                answer = e.toString().getBytes(UTF_8);
                status = 500;
            }
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private synchronized byte[] answer(String[] path, byte[] body) {
        String last = path[path.length - 1];
        return switch (path[path.length - 2] + (body.length == 0 ? "" : " " + last)) {
            case "v1 documents" -> json(Map.of("id", add(map(body))));
            case "documents" -> json(Map.of("status", bank.containsKey(last) ? "indexed" : "rejected"));
            case "v1 generations" -> json(Map.of("id", ask(map(body))));
            case "generations" -> json(job(requests.get(Integer.parseInt(last)), last));
            case "kept" -> Images.png(bank.get(last).picture());
            case "drawn" -> Images.png(Judges.image((byte[]) model.answer(requests.get(Integer.parseInt(last)))));
            default -> throw new IllegalArgumentException("no such thing: " + String.join("/", path));
        };
    }

    private String add(Map<String, Object> document) {
        String name = (String) document.get("id");
        String licence = (String) document.getOrDefault("licence", "");
        bank.put(name, new Document(name, (String) document.get("text"), read(as(document.get("image"))), licence));
        return name;
    }

    private String ask(Map<String, Object> request) {
        requests.add(new Request(request, found(new Request(request, List.of()))));
        return Integer.toString(requests.size() - 1);
    }

    private List<Document> found(Request request) {
        Map<String, Object> retrieval = request.retrieval();
        List<String> given = as(retrieval.getOrDefault("given", List.of()));
        if (!given.isEmpty()) return given.stream().map(bank::get).toList();
        List<String> licences = as(retrieval.getOrDefault("licences", List.of()));
        return bank.values().stream()
                .filter(document -> licences.isEmpty() || licences.contains(document.licence))
                .sorted(Comparator.comparing(document -> !isLike(document, request)))
                .limit((int) retrieval.get("documents"))
                .toList();
    }

    private boolean isLike(Document document, Request request) {
        if (!request.parts("image").isEmpty())
            return alike.test(document.rgb(), request.picture().rgb());
        return !document.name().isEmpty() && request.words().contains(document.name());
    }

    private Map<String, Object> job(Request request, String number) {
        Map<String, Object> job = new HashMap<>();
        job.put("status", "completed");
        job.put("model", id);
        job.put("sampling", request.json.getOrDefault("sampling", Map.of()));
        job.put(
                "evidence",
                request.documents.stream()
                        .map(document ->
                                Map.of("document", document.id, "image", Map.of("url", "/kept/" + document.id)))
                        .toList());
        Object best = request.isForText()
                ? Map.of("text", model.answer(request))
                : Map.of("image", Map.of("url", "/drawn/" + number));
        job.put("candidates", List.of(best));
        return job;
    }

    private static Map<String, Object> map(byte[] json) {
        return JSON.readValue(json, new TypeReference<>() {});
    }

    private static byte[] json(Map<String, Object> value) {
        return JSON.writeValueAsBytes(value);
    }

    private static RgbImage read(Map<String, Object> image) {
        return Images.DEFAULT.read(Base64.getDecoder().decode((String) image.get("b64")), "image/png");
    }

    @SuppressWarnings("unchecked") // JSON
    private static <T> T as(@Nullable Object value) {
        return (T) value;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
