package dev.cm3leon.model.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Writes one protobuf message: the few wire types that ONNX needs. What goes in is copied when all of it is there, so
/// that weights are in memory twice at most.
final class Protobuf {
    private static final int VARINT = 0, BYTES = 2, FIXED32 = 5;
    static final int MOST = Integer.MAX_VALUE - 8; // of an array

    private final List<byte[]> pieces = new ArrayList<>();
    private long length;

    Protobuf integer(int field, long value) {
        tag(field, VARINT);
        varint(value);
        return this;
    }

    Protobuf real(int field, float value) {
        tag(field, FIXED32);
        return append(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array());
    }

    /// @param value is not to change any more
    Protobuf bytes(int field, byte[] value) {
        tag(field, BYTES);
        varint(value.length);
        return append(value);
    }

    Protobuf string(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Protobuf message(int field, Protobuf value) {
        tag(field, BYTES);
        varint(value.length);
        pieces.addAll(value.pieces);
        length += value.length;
        return this;
    }

    byte[] toBytes() {
        if (length > MOST) {
            throw new IllegalArgumentException("need a graph of at most %d bytes, got %d".formatted(MOST, length));
        }
        var bytes = ByteBuffer.allocate((int) length);
        pieces.forEach(bytes::put);
        return bytes.array();
    }

    private void tag(int field, int wireType) {
        varint((long) field << 3 | wireType);
    }

    private void varint(long value) {
        var bytes = ByteBuffer.allocate(10);
        while ((value & ~0x7fL) != 0) {
            bytes.put((byte) (value & 0x7f | 0x80));
            value >>>= 7;
        }
        bytes.put((byte) value);
        append(Arrays.copyOf(bytes.array(), bytes.position()));
    }

    private Protobuf append(byte[] piece) {
        pieces.add(piece);
        length += piece.length;
        return this;
    }
}
