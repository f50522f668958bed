package dev.cm3leon.trainer.evaluation;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The gateway's HTTP API, as far as an evaluation needs it. Errors of the gateway become [Refused] with its own words;
/// an unreachable gateway too.
final class PlatformClient {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /// The platform cannot be measured: it is away, refuses or fails, or serves another model.
    static final class Refused extends RuntimeException {
        Refused(String message) {
            super(message);
        }
    }

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI gateway;

    PlatformClient(URI gateway) {
        this.gateway = gateway;
    }

    /// What became of one request.
    ///
    /// @param rgb pixels of the best candidate, row-major RGB, or null for text
    /// @param text of the best candidate, or null for an image
    /// @param evidence ids of the retrieved documents
    /// @param evidencePictures where their pictures are, see [#picture]
    /// @param model that did it, `name@version`
    /// @param sampling settings that it was sampled with, complete
    record Result(
            String id,
            byte @Nullable [] rgb,
            @Nullable String text,
            List<String> evidence,
            List<String> evidencePictures,
            String model,
            JsonNode sampling) {}

    /// Submits every request, keeping at most `inFlight` unfinished, and returns the results in order.
    List<Result> generate(List<Map<String, Object>> requests, int inFlight, IntConsumer progress) {
        List<Result> results = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            ids.add(post("/v1/generations", requests.get(i)).get("id").asString());
            if (i + 1 >= inFlight) results.add(await(ids.get(results.size())));
            progress.accept(results.size());
        }
        while (results.size() < ids.size()) {
            results.add(await(ids.get(results.size())));
            progress.accept(results.size());
        }
        return results;
    }

    /// Adds a document to the memory bank and returns its id at once.
    String addDocument(String id, String text, byte[] png) {
        return add(Map.of("id", id, "text", text, "image", inline(png)));
    }

    /// The same under a licence, so that a search can be for documents of that licence.
    String addDocument(String id, String text, byte[] png, String licence) {
        return add(Map.of("id", id, "text", text, "image", inline(png), "licence", licence));
    }

    private String add(Map<String, Object> document) {
        return post("/v1/documents", document).get("id").asString();
    }

    private static Map<String, Object> inline(byte[] png) {
        return Map.of("b64", Base64.getEncoder().encodeToString(png));
    }

    /// The model that draws where a request names none, `name@version`.
    String serving() {
        for (JsonNode model : get("/v1/models").path("data"))
            if (model.path("status").asString().equals("serving"))
                return model.path("id").asString() + "@" + model.path("version").asString();
        throw new Refused("no model serves at " + gateway);
    }

    /// A document that a search found.
    ///
    /// @param picture where its picture is, see [#picture]
    record Found(String document, String picture) {}

    /// What a search finds, the best first.
    ///
    /// @param text to look for; blank for the picture alone
    /// @param png to look for, or null for the text alone
    /// @param licence of the documents that count
    List<Found> search(String text, byte @Nullable [] png, String licence, int k) {
        Map<String, Object> question = new HashMap<>(Map.of("text", text, "licences", List.of(licence), "k", k));
        if (png != null) question.put("image", inline(png));
        List<Found> found = new ArrayList<>();
        post("/v1/search", question)
                .path("documents")
                .forEach(document -> found.add(new Found(
                        document.path("document").asString(),
                        document.path("image").path("url").asString(""))));
        return found;
    }

    void awaitIndexed(String document) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String status = get("/v1/documents/" + document).path("status").asString();
            if (status.equals("indexed")) return;
            if (status.equals("rejected") || System.nanoTime() > deadline) {
                throw new Refused("document " + document + " is " + status);
            }
            pause();
        }
    }

    private Result await(String id) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            JsonNode job = get("/v1/generations/" + id);
            String status = job.path("status").asString();
            if (status.equals("completed")) return result(id, job);
            if (status.equals("failed") || status.equals("cancelled") || System.nanoTime() > deadline) {
                throw new Refused("generation " + id + " is " + status + ": " + job.path("failure"));
            }
            pause();
        }
    }

    private Result result(String id, JsonNode job) {
        List<String> evidence = new ArrayList<>(), pictures = new ArrayList<>();
        job.path("evidence").forEach(document -> {
            evidence.add(document.path("document").asString());
            pictures.add(document.path("image").path("url").asString());
        });
        JsonNode best = job.path("candidates").path(0);
        JsonNode url = best.path("image").path("url");
        byte[] rgb = url.isMissingNode() || url.isNull() ? null : picture(url.asString());
        JsonNode text = best.path("text");
        return new Result(
                id,
                rgb,
                text.isMissingNode() || text.isNull() ? null : text.asString(),
                evidence,
                pictures,
                job.path("model").asString(""),
                job.path("sampling"));
    }

    /// The pixels of a picture of the store, row-major RGB.
    byte[] picture(String url) {
        return pixels(send(HttpRequest.newBuilder(gateway.resolve(url)).build()));
    }

    private static byte[] pixels(byte[] png) {
        try {
            var image = ImageIO.read(new ByteArrayInputStream(png));
            int[] argb = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
            byte[] rgb = new byte[argb.length * 3];
            for (int i = 0; i < argb.length; i++) {
                rgb[3 * i] = (byte) (argb[i] >> 16);
                rgb[3 * i + 1] = (byte) (argb[i] >> 8);
                rgb[3 * i + 2] = (byte) argb[i];
            }
            return rgb;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode post(String path, Map<String, Object> body) {
        return json(HttpRequest.newBuilder(gateway.resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                .build());
    }

    private JsonNode get(String path) {
        return json(HttpRequest.newBuilder(gateway.resolve(path)).build());
    }

    private JsonNode json(HttpRequest request) {
        return JSON.readTree(send(request));
    }

    private byte[] send(HttpRequest request) {
        try {
            var response = http.send(request, BodyHandlers.ofByteArray());
            if (response.statusCode() >= 300) {
                throw new Refused(request.method() + " " + request.uri().getPath() + " answered "
                        + response.statusCode() + ": " + new String(response.body(), StandardCharsets.UTF_8));
            }
            return response.body();
        } catch (IOException e) {
            throw new Refused("no platform answers at %s: %s".formatted(gateway, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + request.uri(), e);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
