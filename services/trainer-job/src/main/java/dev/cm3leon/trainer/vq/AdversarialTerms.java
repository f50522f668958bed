package dev.cm3leon.trainer.vq;

import static dev.cm3leon.trainer.torch.Ops.scalar;

import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// What VQGAN adds to the error of pixels so that a picture is sharp where codes cannot say which of many it is:
/// a [Discriminator] that learns beside the tokenizer, and must take decoded pictures for true. The perceptual term is
/// the distance between what the layers of that discriminator make of the two pictures (feature matching, Salimans et
/// al. 2016), for there is no network here that was trained on photographs, as that of VQGAN's LPIPS is.
public final class AdversarialTerms {
    private static final double MOST = 1e4; // of the weight that balances

    /// @param adversarial weight of what the discriminator says, times the balance of the two gradients; 0 for none
    /// @param from first step with these terms; the discriminator starts to learn there
    /// @param perceptual weight of the distance between the discriminator's features; 0 for none
    public record Settings(double adversarial, long from, double perceptual) {
        public static final Settings NONE = new Settings(0, 0, 0);

        public Settings {
            if (!(adversarial >= 0 && adversarial <= 100))
                throw new IllegalArgumentException("need 0 <= vq.adversarial <= 100, got " + adversarial);
            if (!(perceptual >= 0 && perceptual <= 100))
                throw new IllegalArgumentException("need 0 <= vq.perceptual <= 100, got " + perceptual);
            if (from < 0) throw new IllegalArgumentException("need vq.adversarial_from >= 0, got " + from);
        }

        public boolean on() {
            return adversarial > 0 || perceptual > 0;
        }
    }

    private final Settings settings;
    private final Discriminator discriminator;
    private final AdamW optimizer;

    AdversarialTerms(Settings settings, long seed) {
        this.settings = settings;
        this.discriminator = new Discriminator(Ops.random(seed, "vq discriminator", 0));
        this.optimizer = new AdamW(discriminator.parameters(), new AdamW.Settings(0.5, 0.9, 0, 1));
    }

    boolean on(long step) {
        return settings.on() && step >= settings.from();
    }

    /// The error of pixels and these terms.
    ///
    /// @param error of the pixels
    /// @param decoded (B, 3, S, S), and so are `pixels`
    /// @param last the weight of the decoder's last layer
    /// @param metrics takes the terms' values
    Tensor of(Tensor error, Tensor decoded, Tensor pixels, Tensor last, Map<String, Double> metrics) {
        discriminator.parameters().learned(false);
        List<Tensor> said = discriminator.layers(decoded);
        Tensor loss = error;
        if (settings.perceptual() > 0) {
            Tensor distance = distance(said, features(pixels));
            metrics.put("loss_perceptual", distance.item_double());
            loss = loss.add(distance.mul(scalar(settings.perceptual())));
        }
        if (settings.adversarial() > 0) {
            Tensor doubt = said.getLast().mean().mul(scalar(-1));
            double balance = Math.min(MOST, norm(loss, last) / (norm(doubt, last) + 1e-4));
            metrics.put("loss_adversarial", doubt.item_double());
            metrics.put("adversarial_balance", balance);
            loss = loss.add(doubt.mul(scalar(settings.adversarial() * balance)));
        }
        discriminator.parameters().learned(true);
        return loss;
    }

    private List<Tensor> features(Tensor pixels) {
        try (var guard = new NoGradGuard()) {
            return discriminator.layers(pixels);
        }
    }

    /// Mean over the layers, without the scores, of the mean absolute difference.
    private static Tensor distance(List<Tensor> one, List<Tensor> other) {
        int layers = one.size() - 1;
        Tensor sum = one.getFirst().sub(other.getFirst()).abs().mean();
        for (int i = 1; i < layers; i++)
            sum = sum.add(one.get(i).sub(other.get(i)).abs().mean());
        return sum.div(scalar(layers));
    }

    /// Of the gradient that this loss has at that weight; the graph stays.
    private static double norm(Tensor loss, Tensor weight) {
        return torch.grad(
                        new TensorVector(loss),
                        new TensorVector(weight),
                        new TensorVector(),
                        new BoolOptional(true),
                        false,
                        false)
                .get(0)
                .norm()
                .item_double();
    }

    /// A step of the discriminator after one of the tokenizer, which no gradient of `decoded` reaches. Returns
    /// what telling them apart costs.
    double learn(Tensor decoded, Tensor pixels, double learningRate) {
        Tensor loss = Discriminator.hinge(discriminator.scores(pixels), discriminator.scores(decoded));
        loss.backward();
        optimizer.step(learningRate);
        return loss.item_double();
    }

    /// Part of a checkpoint; empty where there are no such terms.
    Map<String, Weights.Array> state() {
        if (!settings.on()) return Map.of();
        var state = new LinkedHashMap<>(discriminator.parameters().arrays());
        optimizer.arrays().forEach((name, array) -> state.put("discriminator." + name, array));
        return state;
    }

    void restore(Weights state) {
        if (!settings.on()) return;
        discriminator.parameters().restore(state);
        var own = new LinkedHashMap<String, Weights.Array>();
        optimizer.arrays().keySet().forEach(name -> own.put(name, state.array("discriminator." + name)));
        optimizer.restore(new Weights(own, Map.of()));
    }
}
