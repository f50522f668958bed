package dev.cm3leon.cli.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.cli.terminal.Failure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The gateway's HTTP API. Every method fails with [Failure]: NOT_REACHABLE where nobody answers or the
/// platform says that it cannot now, USAGE where it refuses what was asked, OTHER for the rest.
public final class Gateway {
    public static final JsonMapper JSON = new JsonMapper();

    private static final Set<String> FINAL = Set.of("completed", "failed", "cancelled");
    private static final Duration QUIET = Duration.ofSeconds(60); // four times what the gateway is at the most
    private static final Duration OPENING = Duration.ofMinutes(10); // of a model, whose files may have to come first
    private static final Pattern MAY_OPEN = Pattern.compile("/v1/(models|generations$)");
    private static final int SLOWEST = 100_000; // bytes a second

    private final URI url; // of a folder too, as behind a proxy, without the last slash
    private final Duration patience;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    public Gateway(URI url) {
        this(url, Duration.ofMinutes(1));
    }

    /// @param patience how long an answer may take, and how long the platform may be away while a job is followed
    Gateway(URI url, Duration patience) {
        this.patience = patience;
        this.url = URI.create(url.toString().replaceFirst("/+$", ""));
    }

    public URI url() {
        return url;
    }

    public boolean answers() {
        return answers("/actuator/health");
    }

    /// Whether a question for health is answered with 200.
    public boolean answers(String path) {
        try {
            return send(request(path).build(), BodyHandlers.discarding(), Duration.ofSeconds(2))
                            .statusCode()
                    == 200;
        } catch (Failure notThere) {
            return false;
        }
    }

    public JsonNode get(String path) {
        return json(send(request(path).build(), BodyHandlers.ofByteArray()));
    }

    public byte[] bytes(String path) {
        var response = send(request(path).build(), BodyHandlers.ofByteArray());
        if (response.statusCode() / 100 != 2) throw refusal(response.statusCode(), response.body());
        return response.body();
    }

    public JsonNode post(String path, JsonNode body) {
        return post(path, body, null);
    }

    /// @param key what is asked for again with the same key is done once; null to ask for something new
    public JsonNode post(String path, JsonNode body, @Nullable String key) {
        var request = request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
        if (key != null) request.header("Idempotency-Key", key);
        return json(send(request.build(), BodyHandlers.ofByteArray()));
    }

    /// @throws Failure USAGE also where the file cannot be read
    public JsonNode put(String path, Path file) {
        var request = request(path).header("Content-Type", "application/octet-stream");
        try {
            request.PUT(BodyPublishers.ofFile(file));
        } catch (FileNotFoundException e) {
            throw Failure.usage("cannot read %s: %s".formatted(file, e.getMessage()));
        }
        return json(send(request.build(), BodyHandlers.ofByteArray()));
    }

    public JsonNode delete(String path) {
        return delete(path, patience);
    }

    /// @param atMost how long the answer may take
    JsonNode delete(String path, Duration atMost) {
        return json(send(request(path).DELETE().build(), BodyHandlers.ofByteArray(), atMost));
    }

    /// The model that draws where none is named.
    public JsonNode serving() {
        return each(get("/v1/models").path("data"))
                .filter(model -> model.path("status").asString("").equals("serving"))
                .findFirst()
                .orElseThrow(() -> new Failure(Failure.OTHER, "no model serves at " + url));
    }

    /// Follows a job over its server-sent events until it is over, reconnecting where the stream breaks.
    ///
    /// @param seen hears its state whenever it changed
    /// @return its last state
    public JsonNode followGeneration(String id, Consumer<JsonNode> seen) {
        return follow("/v1/generations/" + id, "generation", told -> seen.accept(told.path("generation")));
    }

    /// The same of a training run.
    ///
    /// @param seen hears each event, under `event`, with the run as it is now, under `run`
    public JsonNode followTraining(String id, Consumer<JsonNode> seen) {
        return follow("/v1/training-runs/" + id, "run", seen);
    }

    private JsonNode follow(String path, String member, Consumer<JsonNode> seen) {
        String lastId = null;
        boolean begun = false;
        long end = 0; // of waiting, while the platform is away
        while (true) {
            var request = request(path + "/events").header("Accept", "text/event-stream");
            if (lastId != null) request.header("Last-Event-ID", lastId);
            try {
                var response = send(request.build(), BodyHandlers.ofInputStream());
                if (response.statusCode() / 100 != 2) throw refusal(response.statusCode(), read(response.body()));
                begun = true;
                try (var lines = new LiveLines(response.body(), QUIET)) {
                    for (var event = ServerSentEvent.next(lines); event != null; event = ServerSentEvent.next(lines)) {
                        if (event.id() != null) lastId = event.id();
                        JsonNode told = tree(event.data());
                        if (isFinal(told.path(member))) break;
                        seen.accept(told);
                    }
                } catch (IOException e) {
                    // whether the platform is there is asked next
                }
                JsonNode now = get(path);
                if (isFinal(now)) return now;
                end = 0;
            } catch (Failure notThere) {
                if (!begun || notThere.exitCode != Failure.NOT_REACHABLE) throw notThere;
                if (end == 0) end = System.nanoTime() + patience.toNanos();
                if (System.nanoTime() > end) {
                    throw new Failure(
                            Failure.NOT_REACHABLE,
                            "the platform at %s has been away for %d s; what was asked for goes on when it is up again, see %s%s"
                                    .formatted(url, patience.toSeconds(), url, path));
                }
            }
            pause(300); // the platform may be restarting
        }
    }

    public static boolean isFinal(JsonNode state) {
        return FINAL.contains(state.path("status").asString(""));
    }

    /// Asks again and again while the platform cannot answer, as while it is started again.
    ///
    /// @throws Failure what was asked cannot be asked, or the time is over
    public static <T> T untilReached(Duration atMost, Supplier<T> ask) {
        long end = System.nanoTime() + atMost.toNanos();
        while (true) {
            try {
                return ask.get();
            } catch (Failure failure) {
                if (failure.exitCode == Failure.USAGE || System.nanoTime() > end) throw failure;
                pause(200);
            }
        }
    }

    public static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.OTHER, "interrupted");
        }
    }

    private HttpRequest.Builder request(String path) {
        try {
            return HttpRequest.newBuilder(URI.create(url + path));
        } catch (IllegalArgumentException e) {
            throw Failure.usage("need an id that can stand in an address, got %s".formatted(path));
        }
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        long bytes = request.bodyPublisher()
                .map(HttpRequest.BodyPublisher::contentLength)
                .orElse(0L);
        Duration answer = MAY_OPEN.matcher(request.uri().getPath()).find() ? OPENING : patience;
        return send(request, handler, answer.plusSeconds(bytes / SLOWEST));
    }

    /// @param atMost how long it may take until all of the answer is there, of a stream its beginning: a request's own
    ///     timeout is over with the headers or goes on to a stream's end, as the JDK has it
    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler, Duration atMost) {
        var answer = client.sendAsync(request, handler);
        try {
            return answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new Failure(
                    Failure.NOT_REACHABLE,
                    "the platform at %s did not answer within %d s".formatted(url, atMost.toSeconds()));
        } catch (ExecutionException e) {
            Throwable reason = Objects.requireNonNullElse(e.getCause(), e);
            throw new Failure(
                    Failure.NOT_REACHABLE,
                    reason instanceof ConnectException
                            ? "no platform answers at " + url
                            : "the platform at %s broke off: %s".formatted(url, reason.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.OTHER, "interrupted");
        } finally {
            answer.cancel(true);
        }
    }

    private static JsonNode json(HttpResponse<byte[]> response) {
        if (response.statusCode() / 100 != 2) throw refusal(response.statusCode(), response.body());
        if (response.body().length == 0) return JSON.createObjectNode();
        return tree(new String(response.body(), UTF_8));
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            throw new Failure(Failure.OTHER, "the platform answered with what is no JSON: " + e.getOriginalMessage());
        }
    }

    private static byte[] read(InputStream in) {
        try (in) {
            return in.readAllBytes();
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private static Failure refusal(int status, byte[] body) {
        String message = "the platform answered " + status;
        String field = null;
        try {
            JsonNode error = JSON.readTree(body);
            message = error.path("detail").asString(message); // RFC 9457
            field = string(error, "field");
        } catch (JacksonException notJson) {
            // the status says it all
        }
        int exitCode =
                switch (status) {
                    case 400, 403, 404, 409, 413, 415, 422 -> Failure.USAGE;
                    case 502, 503, 504 -> Failure.NOT_REACHABLE;
                    default -> Failure.OTHER;
                };
        return new Failure(exitCode, message, field);
    }

    public static @Nullable String string(JsonNode node, String name) {
        return node.path(name).isString() ? node.path(name).asString() : null;
    }

    /// The elements of an array, or of none.
    public static Stream<JsonNode> each(JsonNode array) {
        return array.valueStream();
    }
}
