package dev.cm3leon.trainer.torch;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;

/// The named parameters of a model. They are views of one flat vector, and so are their gradients, so that the
/// optimizer is a few operations over one vector and a checkpoint is a copy of it.
public final class Parameters {
    /// The most there can be: at two bytes each they are one file of a bundle, which is below 2 GiB with its header.
    public static final int MOST = (Integer.MAX_VALUE - (1 << 20)) / 2;

    private final Map<String, Tensor> byName = new LinkedHashMap<>();
    private final Map<String, long[]> shapes;
    private final Device device;
    private final Tensor flat; // (N)
    private final Tensor gradient; // (N)

    /// All of them zero.
    private Parameters(Map<String, long[]> shapes, Device device) {
        this.device = device;
        this.shapes = shapes;
        this.flat = device.zeros(total(shapes));
        this.gradient = flat.mul(new org.bytedeco.pytorch.Scalar(0.0));
        long start = 0;
        for (var entry : shapes.entrySet()) {
            byName.put(entry.getKey(), leaf(start, entry.getValue()));
            start += size(entry.getValue());
        }
    }

    private Tensor leaf(long start, long[] shape) {
        Tensor parameter =
                flat.narrow(0, start, size(shape)).view(shape).detach().requires_grad_(true);
        parameter.mutable_grad().put(gradient.narrow(0, start, size(shape)).view(shape));
        return parameter;
    }

    /// Refuses a model before anything is made of it.
    ///
    /// @param of what they are, for the message
    /// @throws IllegalArgumentException if it has more parameters than a bundle can hold
    public static void check(String of, long parameters) {
        if (parameters > MOST)
            throw new IllegalArgumentException(
                    "need at most %d parameters of %s, so that their file in a bundle is below 2 GiB, got %d"
                            .formatted(MOST, of, parameters));
    }

    /// All parameters of a prefix, which follow each other, as one vector: a leaf whose values and gradients are
    /// theirs.
    public Tensor together(String prefix) {
        long start = 0, size = 0, end = 0;
        for (var entry : shapes.entrySet()) {
            end += size(entry.getValue());
            if (!entry.getKey().startsWith(prefix)) continue;
            if (size == 0) start = end - size(entry.getValue());
            size += size(entry.getValue());
            if (start + size != end) throw new IllegalArgumentException("others lie between those of " + prefix);
        }
        return leaf(start, new long[] {size});
    }

    /// Those of a model that is read, not trained here.
    public static Parameters of(Weights weights) {
        var shapes = new LinkedHashMap<String, long[]>();
        weights.arrays().forEach((name, array) -> shapes.put(name, array.shape()));
        Parameters parameters = new Parameters(shapes, Device.CPU);
        parameters.restore(weights);
        return parameters;
    }

    public Device device() {
        return device;
    }

    /// The parameter of this name, a leaf with a gradient.
    public Tensor get(String name) {
        Tensor parameter = byName.get(name);
        if (parameter == null) throw new IllegalArgumentException("no parameter " + name);
        return parameter;
    }

    public boolean has(String name) {
        return byName.containsKey(name);
    }

    /// Whether gradients of what is computed from now on reach these parameters, but for those taken [#together].
    public void learned(boolean learned) {
        byName.values().forEach(parameter -> parameter.requires_grad_(learned));
    }

    Tensor flat() {
        return flat;
    }

    public Tensor gradient() {
        return gradient;
    }

    public int size() {
        return Math.toIntExact(flat.numel());
    }

    public Map<String, Weights.Array> arrays() {
        var arrays = new LinkedHashMap<String, Weights.Array>();
        shapes.forEach((name, shape) -> arrays.put(name, new Weights.Array(shape, toArray(get(name)))));
        return arrays;
    }

    /// Takes the values over; names and shapes must be those of this model.
    public void restore(Weights weights) {
        long start = 0;
        for (var entry : shapes.entrySet()) {
            Weights.Array array = weights.array(entry.getKey());
            if (!Arrays.equals(array.shape(), entry.getValue()))
                throw new IllegalArgumentException(entry.getKey() + " has shape " + Arrays.toString(array.shape())
                        + ", this model needs " + Arrays.toString(entry.getValue()));
            start = put(array.values(), start);
        }
    }

    /// Puts values in from a place on; returns the place after them.
    private long put(float[] values, long start) {
        copy(values, flat.narrow(0, start, values.length));
        return start + values.length;
    }

    /// The values of a contiguous tensor of floats.
    public static float[] toArray(Tensor tensor) {
        Tensor whole = tensor.detach().contiguous().cpu();
        float[] values = new float[Math.toIntExact(whole.numel())];
        new FloatPointer(whole.data_ptr_float()).get(values);
        return values;
    }

    /// Copies values into a contiguous tensor of floats.
    public static void copy(float[] values, Tensor into) {
        if (values.length != into.numel())
            throw new IllegalArgumentException("got " + values.length + " values for " + into.numel());
        copy(values, 0, into);
    }

    /// Copies those from a place on.
    static void copy(float[] values, int from, Tensor into) {
        int count = Math.toIntExact(into.numel());
        if (into.is_cuda()) into.view(-1).copy_(Tensor.create(values).narrow(0, from, count));
        else new FloatPointer(into.data_ptr_float()).put(values, from, count);
    }

    private static long size(long[] shape) {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    private static int total(Map<String, long[]> shapes) {
        long total = shapes.values().stream().mapToLong(Parameters::size).sum();
        check("a model", total);
        return (int) total;
    }

    /// Collects names, shapes and first values.
    public static final class Builder {
        private final RandomGenerator random;
        private final Map<String, long[]> shapes = new LinkedHashMap<>();
        private final Map<String, float[]> values = new LinkedHashMap<>();

        public Builder(RandomGenerator random) {
            this.random = random;
        }

        /// Normal with this standard deviation, cut at three of them; zeros for 0.
        public Builder add(String name, double deviation, long... shape) {
            float[] first = new float[Math.toIntExact(Parameters.size(shape))];
            for (int i = 0; i < first.length && deviation > 0; i++) {
                double value;
                do value = random.nextGaussian();
                while (Math.abs(value) > 3);
                first[i] = (float) (deviation * value);
            }
            return add(name, first, shape);
        }

        /// The scale of a normalization that changes nothing yet.
        public Builder ones(String name, long... shape) {
            float[] first = new float[Math.toIntExact(Parameters.size(shape))];
            Arrays.fill(first, 1);
            return add(name, first, shape);
        }

        private Builder add(String name, float[] first, long... shape) {
            if (shapes.put(name, shape) != null) throw new IllegalArgumentException(name + " is there already");
            values.put(name, first);
            return this;
        }

        /// A convolution's weight (out, in, k, k) and bias, He-initialised times `gain`.
        public Builder convolution(String name, double gain, long out, long in, long kernel) {
            add(name + ".weight", gain * Math.sqrt(2.0 / (in * kernel * kernel)), out, in, kernel, kernel);
            return add(name + ".bias", 0, out);
        }

        /// A linear map's weight (out, in) and bias.
        public Builder linear(String name, long out, long in) {
            add(name + ".weight", Math.sqrt(1.0 / in), out, in);
            return add(name + ".bias", 0, out);
        }

        /// Those of a model that is trained.
        public Parameters build() {
            return build(Device.training());
        }

        public Parameters build(Device device) {
            var parameters = new Parameters(shapes, device);
            long start = 0;
            for (float[] first : values.values()) start = parameters.put(first, start);
            return parameters;
        }
    }
}
