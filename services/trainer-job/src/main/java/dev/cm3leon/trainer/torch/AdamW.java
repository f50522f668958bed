package dev.cm3leon.trainer.torch;

import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Adam with decoupled weight decay over the flat vector of [Parameters], gradients clipped to a norm first.
///
/// Several workers may divide its state (the first stage of ZeRO): each keeps the moments of one part of the vector,
/// steps that part, and gets the others' parts from them. The values are the same, bit by bit.
public final class AdamW {
    private final Parameters parameters;
    private final Settings settings;
    private final Workers owners;
    private final long from; // of this worker's part
    private final Tensor mean; // (part), first moment
    private final Tensor square; // (part), second moment
    private long steps;

    /// @param clip largest gradient norm, e.g. 1
    public record Settings(double beta1, double beta2, double weightDecay, double clip) {}

    public AdamW(Parameters parameters, Settings settings) {
        this(parameters, settings, Workers.ALONE);
    }

    /// @param owners the workers that divide the state
    public AdamW(Parameters parameters, Settings settings, Workers owners) {
        this.parameters = parameters;
        this.settings = settings;
        this.owners = owners;
        int index = owners.share().index();
        this.from = start(index);
        long part = start(index + 1) - from;
        this.mean = parameters.device().zeros(part);
        this.square = parameters.device().zeros(part);
    }

    private long start(int worker) {
        return (long) parameters.size() * worker / owners.share().count();
    }

    private Tensor part(Tensor whole, int worker) {
        return whole.narrow(0, start(worker), start(worker + 1) - start(worker));
    }

    /// One step with the gradients at hand, which are zero afterwards. Returns the norm before clipping.
    public double step(double learningRate) {
        try (var guard = new NoGradGuard()) {
            steps++;
            double norm = parameters.gradient().norm().item_double();
            if (!Double.isFinite(norm)) // before the weights are: a checkpoint of them could not be gone on from
            throw new ArithmeticException("the gradient's norm is " + norm + " at step " + steps);
            Tensor gradient = part(parameters.gradient(), owners.share().index());
            Tensor values = part(parameters.flat(), owners.share().index());
            if (norm > settings.clip) gradient.mul_(scalar(settings.clip / norm));
            mean.lerp_(gradient, scalar(1 - settings.beta1));
            square.mul_(scalar(settings.beta2)).addcmul_(gradient, gradient, scalar(1 - settings.beta2));
            double correction1 = 1 - Math.pow(settings.beta1, steps), correction2 = 1 - Math.pow(settings.beta2, steps);
            if (settings.weightDecay > 0) values.mul_(scalar(1 - learningRate * settings.weightDecay));
            Tensor root = square.sqrt().mul_(scalar(1 / Math.sqrt(correction2))).add_(scalar(1e-8));
            values.addcdiv_(mean, root, scalar(-learningRate / correction1));
            parameters.gradient().zero_();
            gatherParts(parameters.flat());
            return norm;
        }
    }

    private void gatherParts(Tensor whole) {
        for (int worker = 0; worker < owners.share().count() && owners.share().count() > 1; worker++)
            owners.copy(part(whole, worker), worker);
    }

    /// The whole state, at every worker.
    public Map<String, Weights.Array> arrays() {
        long[] shape = {parameters.size()};
        return Map.of(
                "adam.mean", new Weights.Array(shape, whole(mean)),
                "adam.square", new Weights.Array(shape, whole(square)),
                "adam.steps", new Weights.Array(new long[] {1}, new float[] {steps}));
    }

    private float[] whole(Tensor part) {
        if (owners.share().count() == 1) return Parameters.toArray(part);
        try (var guard = new NoGradGuard()) {
            Tensor whole = parameters.device().zeros(parameters.size());
            part(whole, owners.share().index()).copy_(part);
            gatherParts(whole);
            return Parameters.toArray(whole);
        }
    }

    public void restore(Weights weights) {
        restore(weights.array("adam.mean").values(), mean);
        restore(weights.array("adam.square").values(), square);
        steps = (long) weights.array("adam.steps").values()[0];
    }

    private void restore(float[] whole, Tensor part) {
        if (whole.length != parameters.size())
            throw new IllegalArgumentException(
                    "the optimizer has " + whole.length + " values, this model needs " + parameters.size());
        Parameters.copy(whole, Math.toIntExact(from), part);
    }

    private static Scalar scalar(double value) {
        return new Scalar(value);
    }
}
