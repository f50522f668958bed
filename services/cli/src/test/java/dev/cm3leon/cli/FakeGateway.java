package dev.cm3leon.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/// Speaks the gateway's HTTP API with prepared answers: the last one of a path stays, those before it are given once.
final class FakeGateway implements AutoCloseable {
    record Request(String line, String body, String lastEventId) {}

    private record Answer(int status, String type, byte[] body) {}

    final List<Request> requests = new ArrayList<>();
    private final Map<String, Deque<Answer>> answers = new HashMap<>();
    private final HttpServer server;

    FakeGateway() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    FakeGateway json(String line, int status, String json) {
        return add(line, new Answer(status, "application/json", json.getBytes(UTF_8)));
    }

    FakeGateway bytes(String line, byte[] body) {
        return add(line, new Answer(200, "image/png", body));
    }

    /// @param data of each event; its id is its number
    FakeGateway events(String line, String... data) {
        StringBuilder text = new StringBuilder(": alive\n\n");
        for (int i = 0; i < data.length; i++) {
            text.append("id: %d\nevent: step\ndata: %s\n\n".formatted(i + 1, data[i].replace("\n", "")));
        }
        return add(line, new Answer(200, "text/event-stream", text.toString().getBytes(UTF_8)));
    }

    private synchronized FakeGateway add(String line, Answer answer) {
        answers.computeIfAbsent(line, key -> new ArrayDeque<>()).add(answer);
        return this;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            Answer answer;
            synchronized (this) {
                String lastEventId = exchange.getRequestHeaders().getFirst("Last-Event-ID");
                requests.add(new Request(line, body, lastEventId == null ? "" : lastEventId));
                Deque<Answer> queue = answers.get(line);
                answer = queue == null
                        ? new Answer(404, "application/problem+json", "{\"detail\":\"no such thing\"}".getBytes(UTF_8))
                        : queue.size() > 1 ? queue.remove() : queue.getFirst();
            }
            exchange.getResponseHeaders().set("Content-Type", answer.type);
            exchange.sendResponseHeaders(answer.status, answer.body.length);
            exchange.getResponseBody().write(answer.body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
