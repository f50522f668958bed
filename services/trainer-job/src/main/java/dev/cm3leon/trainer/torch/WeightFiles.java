package dev.cm3leon.trainer.torch;

import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Safetensors.DType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.TreeMap;

/// [Weights] in safetensors files, read and written by the services' own [Safetensors].
public final class WeightFiles {

    /// How values are stored.
    public enum Precision {
        F32(DType.F32),
        F16(DType.F16);

        private final DType dtype;

        Precision(DType dtype) {
            this.dtype = dtype;
        }
    }

    private WeightFiles() {}

    /// Writes atomically: a reader sees the old file or the whole new one, also after a kill.
    public static void write(Path file, Weights weights, Precision precision) {
        writer(weights, precision).write(file);
    }

    /// What a file of these weights holds.
    public static byte[] bytes(Weights weights, Precision precision) {
        return writer(weights, precision).bytes();
    }

    private static Safetensors.Writer writer(Weights weights, Precision precision) {
        var writer = new Safetensors.Writer();
        weights.metadata().forEach(writer::metadata);
        weights.arrays().forEach((name, array) -> writer.add(name, precision.dtype, array.values(), array.shape()));
        return writer;
    }

    public static Weights read(Path file) {
        return weights(Safetensors.open(file));
    }

    /// @param name of a resource of this module, from its root
    public static Weights resource(String name) {
        try (InputStream in = WeightFiles.class.getResourceAsStream(name)) {
            if (in == null) throw new IllegalArgumentException("no resource " + name);
            return weights(Safetensors.read(name, ByteBuffer.wrap(in.readAllBytes())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Weights weights(Safetensors read) {
        var arrays = new TreeMap<String, Weights.Array>();
        for (String name : read.tensors().keySet())
            arrays.put(name, new Weights.Array(read.shape(name), read.floats(name)));
        return new Weights(arrays, read.metadata());
    }
}
