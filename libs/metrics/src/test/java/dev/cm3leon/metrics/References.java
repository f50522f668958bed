package dev.cm3leon.metrics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Numbers of the field's own software, as files among the test resources.
final class References {
    private static final JsonMapper JSON = new JsonMapper();

    private References() {}

    static byte[] bytes(String name) {
        try (var in = References.class.getResourceAsStream("/metrics/" + name)) {
            if (in == null) throw new IllegalArgumentException("no file /metrics/" + name);
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(String name) {
        return JSON.readTree(bytes(name));
    }

    static List<String> strings(JsonNode array) {
        var strings = new ArrayList<String>();
        for (JsonNode node : array) strings.add(node.asString());
        return strings;
    }

    static float[] floats(JsonNode array) {
        float[] floats = new float[array.size()];
        for (int i = 0; i < floats.length; i++) floats[i] = (float) array.get(i).asDouble();
        return floats;
    }

    static double number(JsonNode node) {
        return node.isString() ? Double.parseDouble(node.asString()) : node.asDouble();
    }

    /// A matrix of a safetensors file.
    static float[][] matrix(String file, String tensor) {
        ByteBuffer bytes = ByteBuffer.wrap(bytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int header = (int) bytes.getLong();
        JsonNode entry = JSON.readTree(bytes.array(), 8, header).get(tensor);
        float[][] rows = new float[entry.get("shape").get(0).asInt()]
                [entry.get("shape").get(1).asInt()];
        bytes.position(8 + header + entry.get("data_offsets").get(0).asInt());
        for (float[] row : rows) for (int c = 0; c < row.length; c++) row[c] = bytes.getFloat();
        return rows;
    }
}
