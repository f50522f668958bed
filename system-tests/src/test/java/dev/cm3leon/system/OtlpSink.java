package dev.cm3leon.system;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/// Takes spans over OTLP/HTTP, as a collector does. Reads of the protocol buffers what a test asks for.
final class OtlpSink implements AutoCloseable {

    /// @param parent empty for the first span of a trace
    record Span(String service, String trace, String id, String parent, String name, Map<String, String> attributes) {}

    private final List<Span> spans = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    OtlpSink() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/v1/traces", exchange -> {
            try (exchange) {
                ByteBuffer request = ByteBuffer.wrap(exchange.getRequestBody().readAllBytes());
                fields(request, (field, resourceSpans) -> {
                    if (field == 1) take(resourceSpans);
                });
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces");
    }

    List<Span> spans() {
        return List.copyOf(spans);
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /// opentelemetry.proto.trace.v1: ResourceSpans { 1 resource { 1 attributes }, 2 scope_spans { 2 spans } }.
    private void take(ByteBuffer resourceSpans) {
        Map<String, String> resource = new HashMap<>();
        fields(resourceSpans.duplicate(), (field, value) -> {
            if (field == 1) fields(value, (inner, attribute) -> attribute(attribute, resource));
        });
        fields(resourceSpans, (field, scopeSpans) -> {
            if (field == 2) {
                fields(scopeSpans, (inner, span) -> {
                    if (inner == 2) spans.add(span(span, resource.getOrDefault("service.name", "?")));
                });
            }
        });
    }

    /// Span { 1 trace_id, 2 span_id, 4 parent_span_id, 5 name, 9 attributes }.
    private static Span span(ByteBuffer span, String service) {
        Map<Integer, ByteBuffer> parts = new HashMap<>();
        Map<String, String> attributes = new HashMap<>();
        fields(span, (field, value) -> {
            if (field == 9) attribute(value, attributes);
            else parts.put(field, value);
        });
        return new Span(
                service,
                hex(parts.get(1)),
                hex(parts.get(2)),
                parts.containsKey(4) ? hex(parts.get(4)) : "",
                text(parts.get(5)),
                attributes);
    }

    /// KeyValue { 1 key, 2 value { 1 string_value } }.
    private static void attribute(ByteBuffer keyValue, Map<String, String> attributes) {
        Map<Integer, ByteBuffer> parts = new HashMap<>();
        fields(keyValue, parts::put);
        if (!parts.containsKey(2)) return;
        fields(parts.get(2), (field, value) -> {
            if (field == 1) attributes.put(text(parts.get(1)), text(value));
        });
    }

    /// Fields of a message that have a length; numbers are passed over.
    private static void fields(ByteBuffer message, BiConsumer<Integer, ByteBuffer> each) {
        message.order(ByteOrder.LITTLE_ENDIAN);
        while (message.hasRemaining()) {
            long tag = varint(message);
            switch ((int) (tag & 7)) {
                case 0 -> varint(message);
                case 1 -> message.getLong();
                case 5 -> message.getInt();
                case 2 -> {
                    int length = (int) varint(message);
                    each.accept((int) (tag >>> 3), message.slice(message.position(), length));
                    message.position(message.position() + length);
                }
                default -> throw new IllegalStateException("no protocol buffer: tag " + tag);
            }
        }
    }

    private static long varint(ByteBuffer message) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = message.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) return value;
        }
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return HexFormat.of().formatHex(copy);
    }
}
