package dev.cm3leon.model.onnx;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// A stateless graph with one output, run by DJL on ONNX Runtime. One call at a time.
public final class OnnxModule implements AutoCloseable {

    static {
        // nothing is fetched, nothing is reported: asked when the engines start
        OnnxTelemetry.off();
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    /// What goes in, in the order of the graph's inputs.
    public sealed interface Input {
        long[] shape();
    }

    public record Floats(float[] values, long... shape) implements Input {}

    public record Longs(long[] values, long... shape) implements Input {}

    private final Model model;
    private final Predictor<List<Input>, float[]> predictor;

    private OnnxModule(Model model) {
        this.model = model;
        this.predictor = model.newPredictor(new InputsTranslator());
    }

    /// @param name for messages
    /// @param onnx the ONNX file
    public static OnnxModule load(String name, byte[] onnx) {
        Model model = Model.newInstance(name, "OnnxRuntime");
        try {
            model.load(new ByteArrayInputStream(onnx), Map.of("intraOpNumThreads", "1"));
            return new OnnxModule(model);
        } catch (IOException e) {
            model.close();
            throw new UncheckedIOException("cannot load the graph of " + name, e);
        } catch (MalformedModelException e) {
            model.close();
            throw new IllegalArgumentException("ONNX Runtime refuses the graph of " + name, e);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /// Opens one more part of something. Where that fails, what is open of it is closed: it is native.
    public static <T> T beside(Runnable close, Supplier<T> part) {
        try {
            return part.get();
        } catch (Throwable e) {
            close.run();
            throw e;
        }
    }

    /// The first output, flat.
    public synchronized float[] run(Input... inputs) {
        try {
            return predictor.predict(List.of(inputs));
        } catch (TranslateException e) {
            throw new IllegalStateException("the graph of %s failed".formatted(model.getName()), e);
        }
    }

    @Override
    public synchronized void close() {
        predictor.close();
        model.close();
    }

    private static final class InputsTranslator implements NoBatchifyTranslator<List<Input>, float[]> {
        @Override
        public NDList processInput(TranslatorContext context, List<Input> inputs) {
            var list = new NDList();
            for (Input input : inputs) {
                var shape = new Shape(input.shape());
                list.add(
                        switch (input) {
                            case Floats floats ->
                                context.getNDManager().create(FloatBuffer.wrap(floats.values), shape, DataType.FLOAT32);
                            case Longs longs ->
                                context.getNDManager().create(LongBuffer.wrap(longs.values), shape, DataType.INT64);
                        });
            }
            return list;
        }

        @Override
        public float[] processOutput(TranslatorContext context, NDList outputs) {
            NDArray first = outputs.getFirst();
            return first.toFloatArray();
        }
    }
}
