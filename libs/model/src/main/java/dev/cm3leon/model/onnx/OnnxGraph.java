package dev.cm3leon.model.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/// Builds one ONNX model in memory. Values are known by name; every method that makes one returns it, so that a
/// graph reads like a forward pass.
public final class OnnxGraph {
    /// What a graph has at the most.
    public static final int MOST_BYTES = Protobuf.MOST;

    private static final long IR_VERSION = 9, OPSET = 18;

    public enum Type {
        FLOAT(1),
        UINT8(2),
        INT32(6),
        INT64(7);

        private final int code;

        Type(int code) {
            this.code = code;
        }
    }

    /// A named setting of a node.
    public record Attribute(String name, Object value) {}

    private final Protobuf graph = new Protobuf();
    private int unnamed;

    public OnnxGraph(String name) {
        graph.string(2, name);
    }

    /// @param dimensions a number each, or a name where it varies
    public String input(String name, Type type, Object... dimensions) {
        graph.message(11, valueInfo(name, type, dimensions));
        return name;
    }

    public void output(String name, Type type, Object... dimensions) {
        graph.message(12, valueInfo(name, type, dimensions));
    }

    /// Weights.
    public String weights(String name, float[] values, long... shape) {
        var raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        return tensor(name, Type.FLOAT, raw.array(), shape);
    }

    /// As many weights of 1.
    public String ones(String name, int size) {
        float[] ones = new float[size];
        Arrays.fill(ones, 1);
        return weights(name, ones, size);
    }

    /// What is added to scores of attention, (size, size): 0 where a token may look, minus infinity ahead of it.
    public String causalMask(String name, int size) {
        float[] mask = new float[size * size];
        for (int t = 0; t < size; t++) Arrays.fill(mask, t * size + t + 1, (t + 1) * size, Float.NEGATIVE_INFINITY);
        return weights(name, mask, size, size);
    }

    /// Weights of one byte, or less.
    public String weights(String name, byte[] values, long... shape) {
        return tensor(name, Type.UINT8, values, shape);
    }

    /// A vector of integers, such as a shape or axes.
    public String integers(long... values) {
        return tensor("integers_" + unnamed++, Type.INT64, raw(values), values.length);
    }

    /// One integer without dimensions.
    public String integer(long value) {
        return tensor("integer_" + unnamed++, Type.INT64, raw(new long[] {value}));
    }

    /// One number without dimensions.
    public String number(float value) {
        return weights("number_" + unnamed++, new float[] {value});
    }

    public String add(String a, String b) {
        return node("Add", List.of(a, b));
    }

    public String reshape(String x, long... shape) {
        return node("Reshape", List.of(x, integers(shape)));
    }

    public String transpose(String x, long... order) {
        return node("Transpose", List.of(x), new Attribute("perm", order));
    }

    /// A node of the standard operators with one output.
    public String node(String operator, List<String> inputs, Attribute... attributes) {
        String output = operator + "_" + unnamed++;
        node("", operator, inputs, List.of(output), attributes);
        return output;
    }

    /// A node with named outputs; an empty input name leaves an optional input out.
    ///
    /// @param domain of the operator, empty for the standard ones
    public void node(
            String domain, String operator, List<String> inputs, List<String> outputs, Attribute... attributes) {
        var node = new Protobuf();
        for (String input : inputs) node.string(1, input);
        for (String output : outputs) node.string(2, output);
        node.string(3, outputs.getFirst()).string(4, operator).string(7, domain);
        for (Attribute attribute : attributes) node.message(5, attribute(attribute));
        graph.message(1, node);
    }

    /// The ONNX file.
    public byte[] toBytes() {
        return new Protobuf()
                .integer(1, IR_VERSION)
                .string(2, "cm3leon")
                .message(7, graph)
                .message(8, new Protobuf().string(1, "").integer(2, OPSET))
                .message(8, new Protobuf().string(1, "com.microsoft").integer(2, 1))
                .toBytes();
    }

    private String tensor(String name, Type type, byte[] raw, long... shape) {
        var tensor = new Protobuf();
        for (long dimension : shape) tensor.integer(1, dimension);
        graph.message(5, tensor.integer(2, type.code).string(8, name).bytes(9, raw));
        return name;
    }

    private static byte[] raw(long[] values) {
        var raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asLongBuffer().put(values);
        return raw.array();
    }

    private static Protobuf valueInfo(String name, Type type, Object... dimensions) {
        var shape = new Protobuf();
        for (Object dimension : dimensions) {
            var dim = new Protobuf();
            if (dimension instanceof Number number) dim.integer(1, number.longValue());
            else dim.string(2, dimension.toString());
            shape.message(1, dim);
        }
        var tensor = new Protobuf().integer(1, type.code).message(2, shape);
        return new Protobuf().string(1, name).message(2, new Protobuf().message(1, tensor));
    }

    private static Protobuf attribute(Attribute attribute) {
        var message = new Protobuf().string(1, attribute.name);
        switch (attribute.value) {
            case Float real -> message.real(2, real).integer(20, 1);
            case Number integer -> message.integer(3, integer.longValue()).integer(20, 2);
            case String text -> message.string(4, text).integer(20, 3);
            case long[] integers -> {
                for (long integer : integers) message.integer(8, integer);
                message.integer(20, 7);
            }
            default ->
                throw new IllegalArgumentException(
                        "no ONNX attribute of " + attribute.value.getClass().getSimpleName());
        }
        return message;
    }
}
