package dev.cm3leon.system;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The gateway as a client sees it.
final class Gateway {

    static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI url;

    Gateway(URI url) {
        this.url = url;
    }

    HttpResponse<String> post(String path, Map<String, ?> body) {
        return send(HttpRequest.newBuilder(url.resolve(path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(JSON.writeValueAsString(body))));
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(url.resolve(path)));
    }

    HttpResponse<String> delete(String path) {
        return send(HttpRequest.newBuilder(url.resolve(path)).DELETE());
    }

    /// Submits a generation and returns its id.
    String submit(Map<String, ?> generation) {
        return accepted(post("/v1/generations", generation));
    }

    /// The id of what a 202 accepted.
    static String accepted(HttpResponse<String> response) {
        if (response.statusCode() != 202) {
            throw new AssertionError("expected 202, got " + response.statusCode() + ": " + response.body());
        }
        return JSON.readTree(response.body()).get("id").asString();
    }

    /// Waits until a generation is completed; fails at once when it ends otherwise.
    JsonNode completed(String id) {
        JsonNode job = await("/v1/generations/" + id, status -> switch (status) {
            case "completed", "failed", "cancelled" -> true;
            default -> false;
        });
        if (!job.path("status").asString().equals("completed")) throw new AssertionError(job.toPrettyString());
        return job;
    }

    /// Waits until the `status` of a resource is one that will do.
    JsonNode await(String path, Predicate<String> status) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            HttpResponse<String> response = get(path);
            JsonNode body = JSON.readTree(response.body());
            if (response.statusCode() == 200 && status.test(body.path("status").asString())) return body;
            if (System.nanoTime() > deadline) {
                throw new AssertionError(path + " after " + PATIENCE + ": " + response.body());
            }
            sleep(25);
        }
    }

    /// A PNG of one colour, as a request carries it.
    static Map<String, String> plainImage(int rgb) {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64 * 64; i++) image.setRGB(i % 64, i / 64, rgb);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.of("b64", Base64.getEncoder().encodeToString(png.toByteArray()));
    }

    static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
