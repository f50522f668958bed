package dev.cm3leon.trainer.torch;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// Named arrays with shapes, as a safetensors file holds them, and a few words about them.
///
/// @param arrays by name, in the order of names
/// @param metadata e.g. the step
public record Weights(Map<String, Array> arrays, Map<String, String> metadata) {

    public Weights {
        arrays = new TreeMap<>(arrays);
        metadata = new TreeMap<>(metadata);
    }

    /// @param shape row-major
    public record Array(long[] shape, float[] values) {
        public Array {
            long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
            if (size != values.length)
                throw new IllegalArgumentException(
                        "shape " + Arrays.toString(shape) + " holds " + size + " values, got " + values.length);
        }
    }

    public Array array(String name) {
        Array array = arrays.get(name);
        if (array == null) throw new IllegalArgumentException("no array " + name + " among " + arrays.keySet());
        return array;
    }

    /// The same with every value rounded to half precision, as the shipped files hold them.
    public Weights rounded() {
        var rounded = new TreeMap<String, Array>();
        arrays.forEach((name, array) -> {
            float[] values = array.values().clone();
            for (int i = 0; i < values.length; i++) values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
            rounded.put(name, new Array(array.shape(), values));
        });
        return new Weights(rounded, metadata);
    }

    /// Others of the same names and shapes, and how much of them.
    ///
    /// @param values by name, asked for one array after the other
    public record Part(Function<String, float[]> values, double share) {}

    /// These with shares of others; what is left of 1 is the share of these.
    public Weights mixed(List<Part> parts) {
        double left = 1 - parts.stream().mapToDouble(Part::share).sum();
        var mixed = new TreeMap<String, Array>();
        arrays.forEach((name, array) -> {
            float[] values = array.values().clone();
            List<float[]> others =
                    parts.stream().map(part -> part.values.apply(name)).toList();
            for (int i = 0; i < values.length; i++) {
                double value = left * values[i];
                for (int part = 0; part < parts.size(); part++) value += parts.get(part).share * others.get(part)[i];
                values[i] = (float) value;
            }
            mixed.put(name, new Array(array.shape(), values));
        });
        return new Weights(mixed, metadata);
    }
}
