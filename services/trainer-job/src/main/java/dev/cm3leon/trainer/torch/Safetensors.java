package dev.cm3leon.trainer.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Writes and reads [Weights] as safetensors: 8 bytes of header length, the header (JSON), then the values,
/// little-endian.
public final class Safetensors {
    private static final JsonMapper JSON = new JsonMapper();

    /// How values are stored.
    public enum Precision {
        F32(4),
        F16(2);

        private final int bytes;

        Precision(int bytes) {
            this.bytes = bytes;
        }
    }

    private Safetensors() {}

    /// Writes atomically: a reader sees the old file or the whole new one, also after a kill.
    public static void write(Path file, Weights weights, Precision precision) {
        replace(file, ByteBuffer.wrap(bytes(weights, precision)));
    }

    /// What a file of these weights holds.
    public static byte[] bytes(Weights weights, Precision precision) {
        var header = new LinkedHashMap<String, Object>();
        if (!weights.metadata().isEmpty()) header.put("__metadata__", weights.metadata());
        long end = 0;
        for (var entry : weights.arrays().entrySet()) {
            long start = end;
            end += (long) precision.bytes * entry.getValue().values().length;
            var tensor = new LinkedHashMap<String, Object>();
            tensor.put("dtype", precision.name());
            tensor.put("shape", entry.getValue().shape());
            tensor.put("data_offsets", new long[] {start, end});
            header.put(entry.getKey(), tensor);
        }
        byte[] json = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + 7) / 8 * 8;
        ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(8 + padded + end)).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(padded).put(json);
        while (out.position() < 8 + padded) out.put((byte) ' ');
        for (Weights.Array array : weights.arrays().values()) {
            for (float value : array.values()) {
                switch (precision) {
                    case F32 -> out.putFloat(value);
                    case F16 -> out.putShort(Float.floatToFloat16(value));
                }
            }
        }
        return out.array();
    }

    /// Replaces a file by these bytes, all or nothing.
    public static void replace(Path file, ByteBuffer bytes) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path part = file.resolveSibling(file.getFileName() + ".part");
            try (var channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                while (bytes.hasRemaining()) channel.write(bytes);
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Weights read(Path file) {
        ByteBuffer in;
        try {
            in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] json = new byte[Math.toIntExact(in.getLong())];
        in.get(json);
        int data = in.position();
        var arrays = new TreeMap<String, Weights.Array>();
        var metadata = new TreeMap<String, String>();
        for (var entry : JSON.readTree(json).properties()) {
            JsonNode node = entry.getValue();
            if (entry.getKey().equals("__metadata__")) {
                node.properties()
                        .forEach(word ->
                                metadata.put(word.getKey(), word.getValue().stringValue()));
                continue;
            }
            Precision precision = Precision.valueOf(node.get("dtype").stringValue());
            long[] shape = node.get("shape")
                    .valueStream()
                    .mapToLong(JsonNode::longValue)
                    .toArray();
            int start = data + node.get("data_offsets").get(0).intValue();
            int end = data + node.get("data_offsets").get(1).intValue();
            float[] values = new float[(end - start) / precision.bytes];
            for (int i = 0; i < values.length; i++) {
                values[i] = switch (precision) {
                    case F32 -> in.getFloat(start + 4 * i);
                    case F16 -> Float.float16ToFloat(in.getShort(start + 2 * i));
                };
            }
            arrays.put(entry.getKey(), new Weights.Array(shape, values));
        }
        return new Weights(arrays, metadata);
    }
}
