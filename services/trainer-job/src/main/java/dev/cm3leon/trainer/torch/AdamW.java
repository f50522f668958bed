package dev.cm3leon.trainer.torch;

import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Adam with decoupled weight decay over the flat vector of [Parameters], gradients clipped to a norm first.
public final class AdamW {
    private final Parameters parameters;
    private final Settings settings;
    private final Tensor mean; // (N), first moment
    private final Tensor square; // (N), second moment
    private long steps;

    /// @param clip largest gradient norm, e.g. 1
    public record Settings(double beta1, double beta2, double weightDecay, double clip) {}

    public AdamW(Parameters parameters, Settings settings) {
        this.parameters = parameters;
        this.settings = settings;
        this.mean = Tensor.create(new float[parameters.size()]);
        this.square = Tensor.create(new float[parameters.size()]);
    }

    /// One step with the gradients at hand, which are zero afterwards. Returns the norm before clipping.
    public double step(double learningRate) {
        try (var guard = new NoGradGuard()) {
            steps++;
            Tensor gradient = parameters.gradient(), values = parameters.flat();
            double norm = gradient.norm().item_double();
            if (norm > settings.clip) gradient.mul_(scalar(settings.clip / norm));
            mean.lerp_(gradient, scalar(1 - settings.beta1));
            square.mul_(scalar(settings.beta2)).addcmul_(gradient, gradient, scalar(1 - settings.beta2));
            double correction1 = 1 - Math.pow(settings.beta1, steps), correction2 = 1 - Math.pow(settings.beta2, steps);
            if (settings.weightDecay > 0) values.mul_(scalar(1 - learningRate * settings.weightDecay));
            Tensor root = square.sqrt().mul_(scalar(1 / Math.sqrt(correction2))).add_(scalar(1e-8));
            values.addcdiv_(mean, root, scalar(-learningRate / correction1));
            gradient.zero_();
            return norm;
        }
    }

    public Map<String, Weights.Array> arrays() {
        long[] shape = {parameters.size()};
        return Map.of(
                "adam.mean", new Weights.Array(shape, Parameters.toArray(mean)),
                "adam.square", new Weights.Array(shape, Parameters.toArray(square)),
                "adam.steps", new Weights.Array(new long[] {1}, new float[] {steps}));
    }

    public void restore(Weights weights) {
        Parameters.copy(weights.array("adam.mean").values(), mean);
        Parameters.copy(weights.array("adam.square").values(), square);
        steps = (long) weights.array("adam.steps").values()[0];
    }

    private static Scalar scalar(double value) {
        return new Scalar(value);
    }
}
