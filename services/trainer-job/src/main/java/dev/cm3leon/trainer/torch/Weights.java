package dev.cm3leon.trainer.torch;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

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

    /// Halfway between these and others of the same names and shapes.
    public Weights mean(Weights other) {
        var mean = new TreeMap<String, Array>();
        arrays.forEach((name, array) -> {
            Array with = other.array(name);
            if (!Arrays.equals(array.shape(), with.shape()))
                throw new IllegalArgumentException("need one shape of " + name + ", got "
                        + Arrays.toString(array.shape()) + " and " + Arrays.toString(with.shape()));
            float[] values = array.values().clone();
            for (int i = 0; i < values.length; i++) values[i] = (values[i] + with.values()[i]) / 2;
            mean.put(name, new Array(array.shape(), values));
        });
        return new Weights(mean, metadata);
    }
}
