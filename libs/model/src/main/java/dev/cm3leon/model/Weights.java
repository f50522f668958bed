package dev.cm3leon.model;

import dev.cm3leon.model.onnx.OnnxGraph;
import java.util.function.Function;

/// Tensors by their names.
public interface Weights {

    /// Looks whether a tensor is there, without reading it.
    ///
    /// @throws ModelFormatException where there is none of this name, shape and floats
    void check(String name, long... shape);

    /// Values of a tensor that must have this shape.
    float[] floats(String name, long... shape);

    /// Looks whether all is there that a graph is made of, and fits into one, without reading it.
    ///
    /// @param what the graph is called
    /// @param graph makes the graph of the weights that it is given, which are empty
    /// @throws ModelFormatException naming what is missing or not as it should be
    default void checkGraph(String what, Function<Weights, byte[]> graph) {
        var looked = new Weights() {
            private long bytes;

            @Override
            public void check(String name, long... shape) {
                Weights.this.check(name, shape);
            }

            @Override
            public float[] floats(String name, long... shape) {
                check(name, shape);
                long size = Float.BYTES;
                for (long dimension : shape) size *= dimension;
                bytes += size;
                return new float[0];
            }
        };
        int rest = graph.apply(looked).length;
        if (looked.bytes + rest > OnnxGraph.MOST_BYTES) {
            throw new ModelFormatException(
                    "need %s of at most %d bytes in float32, which ONNX Runtime takes at once, got %d"
                            .formatted(what, OnnxGraph.MOST_BYTES, looked.bytes + rest));
        }
    }
}
