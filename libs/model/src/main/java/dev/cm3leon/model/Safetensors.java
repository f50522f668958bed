package dev.cm3leon.model;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Named tensors in the safetensors format: 8 bytes of header length, a JSON header, the data. Files are mapped,
/// not read.
///
/// A header is believed in nothing: lengths, offsets, shapes and names are checked before anything is allocated.
public final class Safetensors implements Weights {
    /// The largest header that is read, as in the reference implementation.
    public static final int MAX_HEADER_BYTES = 100_000_000;

    private static final int MOST_VALUES = Integer.MAX_VALUE - 8; // of an array

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /// How a value is stored.
    public enum DType {
        BOOL(1),
        U8(1),
        I8(1),
        I16(2),
        U16(2),
        F16(2),
        BF16(2),
        I32(4),
        U32(4),
        F32(4),
        I64(8),
        U64(8),
        F64(8);

        private final int bytes;

        DType(int bytes) {
            this.bytes = bytes;
        }
    }

    private static final Set<DType> FLOATS = EnumSet.of(DType.F32, DType.F16, DType.BF16);

    /// Where one tensor lies: bytes `begin` to `end` of the data after the header.
    public record Tensor(DType dtype, List<Integer> shape, long begin, long end) {
        public long elements() {
            long elements = 1;
            for (int dimension : shape) elements *= dimension;
            return elements;
        }
    }

    private final String source;
    private final MemorySegment data;
    private final Map<String, Tensor> tensors;
    private final Map<String, String> metadata;

    private Safetensors(String source, MemorySegment data, Map<String, Tensor> tensors, Map<String, String> metadata) {
        this.source = source;
        this.data = data;
        this.tensors = tensors;
        this.metadata = metadata;
    }

    /// Maps a file of any size.
    ///
    /// @throws ModelFormatException when the file is not what it says
    public static Safetensors open(Path file) {
        try (var channel = FileChannel.open(file)) {
            var bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            return read(file.getFileName().toString(), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /// Maps a file of at most 2 GiB.
    static ByteBuffer map(Path file) {
        try (var channel = FileChannel.open(file)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new ModelFormatException("%s: need at most %d bytes, got %d"
                        .formatted(file.getFileName(), Integer.MAX_VALUE, channel.size()));
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /// @param source for messages
    public static Safetensors read(String source, ByteBuffer bytes) {
        return read(source, MemorySegment.ofBuffer(bytes));
    }

    private static Safetensors read(String source, MemorySegment file) {
        if (file.byteSize() < 8) throw refuse(source, "need 8 bytes of header length, got " + file.byteSize());
        long headerLength = file.get(LONG, 0);
        long room = Math.min(MAX_HEADER_BYTES, file.byteSize() - 8);
        if (headerLength < 2 || headerLength > room) {
            throw refuse(
                    source,
                    "need a header length from 2 to %d, got %s".formatted(room, Long.toUnsignedString(headerLength)));
        }
        JsonNode header = parse(source, file.asSlice(8, headerLength).asByteBuffer());
        MemorySegment data = file.asSlice(8 + headerLength);

        var tensors = new LinkedHashMap<String, Tensor>();
        var metadata = new LinkedHashMap<String, String>();
        for (var entry : header.properties()) {
            if (entry.getKey().equals("__metadata__")) {
                readMetadata(source, entry.getValue(), metadata);
            } else {
                tensors.put(entry.getKey(), readTensor(source, entry.getKey(), entry.getValue()));
            }
        }
        checkCoverage(source, tensors, data.byteSize());
        return new Safetensors(
                source, data, Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(metadata));
    }

    public Map<String, Tensor> tensors() {
        return tensors;
    }

    public Map<String, String> metadata() {
        return metadata;
    }

    /// Shape of a tensor.
    public long[] shape(String name) {
        return tensor(name).shape.stream().mapToLong(Integer::longValue).toArray();
    }

    /// Values of an F32, F16 or BF16 tensor.
    public float[] floats(String name) {
        Tensor tensor = floatTensor(name);
        float[] values = new float[(int) tensor.elements()];
        switch (tensor.dtype) {
            case F32 -> MemorySegment.copy(data, FLOAT, tensor.begin, values, 0, values.length);
            case F16 -> {
                for (int i = 0; i < values.length; i++) values[i] = Float.float16ToFloat(half(tensor, i));
            }
            default -> { // BF16
                for (int i = 0; i < values.length; i++) values[i] = Float.intBitsToFloat(half(tensor, i) << 16);
            }
        }
        return values;
    }

    private Tensor floatTensor(String name) {
        Tensor tensor = tensor(name);
        if (tensor.elements() > MOST_VALUES) {
            throw refuse(
                    source,
                    "need at most %d values of %s at once, got %d".formatted(MOST_VALUES, name, tensor.elements()));
        }
        if (!FLOATS.contains(tensor.dtype)) {
            throw refuse(source, "need F32, F16 or BF16 for %s, got %s".formatted(name, tensor.dtype));
        }
        return tensor;
    }

    private short half(Tensor tensor, int i) {
        return data.get(SHORT, tensor.begin + 2L * i);
    }

    @Override
    public float[] floats(String name, long... shape) {
        check(name, shape);
        return floats(name);
    }

    @Override
    public void check(String name, long... shape) {
        if (!Arrays.equals(shape(name), shape)) {
            throw refuse(
                    source,
                    "need shape %s for %s, got %s"
                            .formatted(Arrays.toString(shape), name, Arrays.toString(shape(name))));
        }
        floatTensor(name);
    }

    private Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw refuse(source, "need a tensor %s, got only %d others".formatted(name, tensors.size()));
        }
        return tensor;
    }

    private static JsonNode parse(String source, ByteBuffer header) {
        CharBuffer json;
        try {
            json = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(header);
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(source + ": the header is not UTF-8", e);
        }
        JsonNode node;
        try {
            node = JSON.readTree(json.toString());
        } catch (JacksonException e) {
            throw new ModelFormatException(
                    "%s: the header is not JSON: %s".formatted(source, e.getOriginalMessage()), e);
        }
        if (json.charAt(0) != '{' || !node.isObject()) throw refuse(source, "the header is not a JSON object");
        return node;
    }

    private static void readMetadata(String source, JsonNode node, Map<String, String> metadata) {
        if (!node.isObject()) throw refuse(source, "__metadata__ is not an object");
        for (var entry : node.properties()) {
            if (!entry.getValue().isString()) {
                throw refuse(source, "__metadata__.%s is not a string".formatted(entry.getKey()));
            }
            metadata.put(entry.getKey(), entry.getValue().stringValue());
        }
    }

    private static Tensor readTensor(String source, String name, JsonNode node) {
        checkName(source, name);
        if (!node.isObject()) throw refuse(source, name + " is not an object");
        for (String field : node.propertyNames()) {
            if (!List.of("dtype", "shape", "data_offsets").contains(field)) {
                throw refuse(source, "%s has an unknown field %s".formatted(name, field));
            }
        }
        DType dtype = dtype(source, name, node.path("dtype"));
        JsonNode shape = node.path("shape"), offsets = node.path("data_offsets");
        if (!shape.isArray()) throw refuse(source, name + ".shape is not an array");
        if (!offsets.isArray() || offsets.size() != 2) throw refuse(source, name + ".data_offsets are not two numbers");

        var dimensions = new ArrayList<Integer>();
        long bytes = dtype.bytes;
        for (JsonNode dimension : shape) {
            long size = whole(source, name + ".shape", dimension);
            if (size > Integer.MAX_VALUE) throw refuse(source, "%s has a dimension of %d".formatted(name, size));
            bytes = Math.multiplyHigh(bytes, size) != 0 ? -1 : bytes * size;
            if (bytes < 0) throw refuse(source, name + ".shape overflows");
            dimensions.add((int) size);
        }
        long begin = whole(source, name + ".data_offsets", offsets.get(0));
        long end = whole(source, name + ".data_offsets", offsets.get(1));
        if (begin > end || end - begin != bytes) {
            throw refuse(source, "%s needs %d bytes, but its offsets are %d and %d".formatted(name, bytes, begin, end));
        }
        return new Tensor(dtype, List.copyOf(dimensions), begin, end);
    }

    /// A name must survive being written again: no lone surrogates.
    private static void checkName(String source, String name) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) throw refuse(source, "a name is not Unicode");
    }

    private static DType dtype(String source, String name, JsonNode node) {
        for (DType dtype : DType.values()) if (node.isString() && dtype.name().equals(node.stringValue())) return dtype;
        throw refuse(
                source, "need a dtype of %s for %s, got %s".formatted(Arrays.toString(DType.values()), name, node));
    }

    private static long whole(String source, String what, JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
            throw refuse(source, "need whole numbers >= 0 for %s, got %s".formatted(what, node));
        }
        return node.longValue();
    }

    /// Every byte of the data belongs to exactly one tensor.
    private static void checkCoverage(String source, Map<String, Tensor> tensors, long available) {
        var ordered = new ArrayList<>(tensors.entrySet());
        ordered.sort(Comparator.comparingLong((Map.Entry<String, Tensor> t) -> t.getValue().begin)
                .thenComparingLong(t -> t.getValue().end));
        long at = 0;
        for (var entry : ordered) {
            if (entry.getValue().begin != at) {
                throw refuse(
                        source, "need %s to begin at %d, got %d".formatted(entry.getKey(), at, entry.getValue().begin));
            }
            at = entry.getValue().end;
        }
        if (at != available) throw refuse(source, "need %d bytes of data, got %d".formatted(at, available));
    }

    private static ModelFormatException refuse(String source, String why) {
        return new ModelFormatException(source + ": " + why);
    }

    /// Collects tensors and writes them, in the order they were added.
    public static final class Writer {
        /// Encoded at once, so that a tensor of any size is written without a second one.
        static final int CHUNK_BYTES = 1 << 16;

        private record Entry(Tensor tensor, float[] values) {}

        private final Map<String, Entry> entries = new LinkedHashMap<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private long at;

        /// @param dtype F32, F16 or BF16 (rounded to nearest even)
        public Writer add(String name, DType dtype, float[] floats, long... shape) {
            if (!FLOATS.contains(dtype)) {
                throw new IllegalArgumentException("need F32, F16 or BF16 for %s, got %s".formatted(name, dtype));
            }
            var dimensions = Arrays.stream(shape).mapToObj(Math::toIntExact).toList();
            var tensor = new Tensor(dtype, dimensions, at, at + (long) dtype.bytes * floats.length);
            if (tensor.elements() != floats.length) {
                throw new IllegalArgumentException("need %d values for %s of shape %s, got %d"
                        .formatted(tensor.elements(), name, dimensions, floats.length));
            }
            if (entries.putIfAbsent(name, new Entry(tensor, floats)) != null) {
                throw new IllegalArgumentException("need distinct names, got %s twice".formatted(name));
            }
            at = tensor.end;
            return this;
        }

        public Writer metadata(String key, String value) {
            metadata.put(key, value);
            return this;
        }

        /// Whole or not at all: written beside and moved.
        public void write(Path file) {
            try {
                Path parent = file.toAbsolutePath().getParent();
                if (parent == null) throw new IllegalArgumentException("need a file, got " + file);
                Files.createDirectories(parent);
                Path part = parent.resolve(file.getFileName() + ".part");
                try {
                    writePart(part);
                    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
                } finally {
                    Files.deleteIfExists(part); // what did not fit would fill the disk
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write " + file, e);
            }
        }

        private void writePart(Path part) throws IOException {
            try (var stream = new FileOutputStream(part.toFile())) {
                var out = new BufferedOutputStream(stream, 1 << 16);
                writeTo(out);
                out.flush();
                stream.getFD().sync(); // whole on the disk before it has its name
            }
        }

        /// What the file would hold.
        public byte[] bytes() {
            try (var out = new ByteArrayOutputStream()) {
                writeTo(out);
                return out.toByteArray();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void writeTo(OutputStream out) throws IOException {
            var header = new LinkedHashMap<String, Object>();
            if (!metadata.isEmpty()) header.put("__metadata__", metadata);
            entries.forEach((name, entry) -> header.put(name, describe(entry.tensor)));
            byte[] json = JSON.writeValueAsBytes(header);
            byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
            Arrays.fill(padded, json.length, padded.length, (byte) ' ');
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(padded.length)
                    .array());
            out.write(padded);
            for (Entry entry : entries.values()) encode(entry.tensor.dtype, entry.values, out);
        }

        /// In order: the same tensors give the same bytes.
        private static Map<String, Object> describe(Tensor tensor) {
            var json = new LinkedHashMap<String, Object>();
            json.put("dtype", tensor.dtype.name());
            json.put("shape", tensor.shape);
            json.put("data_offsets", List.of(tensor.begin, tensor.end));
            return json;
        }

        private static void encode(DType dtype, float[] floats, OutputStream out) throws IOException {
            var chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : floats) {
                if (!chunk.hasRemaining()) {
                    out.write(chunk.array());
                    chunk.clear();
                }
                switch (dtype) {
                    case F32 -> chunk.putFloat(value);
                    case F16 -> chunk.putShort(Float.floatToFloat16(value));
                    default -> chunk.putShort(bfloat16(value));
                }
            }
            out.write(chunk.array(), 0, chunk.position());
        }

        private static short bfloat16(float value) {
            int bits = Float.floatToRawIntBits(value);
            if (Float.isNaN(value)) return (short) (bits >>> 16 | 0x40);
            return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
        }
    }
}
