package dev.cm3leon.trainer.avatars;

import static dev.cm3leon.trainer.torch.Ops.convolution;
import static dev.cm3leon.trainer.torch.Ops.linearWithBias;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.pixel_unshuffle;
import static org.bytedeco.pytorch.global.torch.relu;

import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/// Reads the attributes off a portrait: the measuring device of evaluations, used nowhere else.
///
/// A small convolutional net, trained on renders of every kind (withheld pairs and held-out characters too:
/// it must know what it measures), blurred and disturbed as generated pictures are.
public final class Ruler {
    private static final int HIDDEN = -1; // an attribute that cannot be seen has no answer
    private static final int BATCH = 48, WIDTH = 192;

    private final Parameters p;

    private Ruler(RandomGenerator random) {
        int options = 0;
        for (Attribute attribute : Attribute.values())
            options += attribute.options().size();
        p = new Parameters.Builder(random)
                .convolution("conv1", 1, 32, 12, 3)
                .convolution("conv2", 1, 64, 32, 3)
                .convolution("conv3", 1, 64, 64, 3)
                .linear("hidden", WIDTH, 64 * 8 * 8)
                .linear("heads", options, WIDTH)
                .build();
    }

    public static Ruler load(Path file) {
        Ruler ruler = new Ruler(Ops.random(0, "ruler", 0));
        ruler.p.restore(WeightFiles.read(file));
        return ruler;
    }

    public void save(Path file) {
        WeightFiles.write(file, new Weights(p.arrays(), Map.of()), WeightFiles.Precision.F32);
    }

    /// A ruler after this many steps of 48 pictures each.
    ///
    /// @param progress hears the mean loss of the last hundred steps, every hundred steps
    public static Ruler train(long steps, long seed, ObjLongConsumer<Double> progress) {
        Ruler ruler = new Ruler(Ops.random(seed, "ruler weights", 0));
        var optimizer = new AdamW(ruler.p, new AdamW.Settings(0.9, 0.99, 0.01, 1));
        double sum = 0;
        for (long step = 0; step < steps; step++) {
            try (var scope = new PointerScope()) {
                RandomGenerator random = Ops.random(seed, "ruler", step);
                List<Portrait> portraits = new ArrayList<>();
                byte[][] pictures = new byte[BATCH][];
                for (int i = 0; i < BATCH; i++) {
                    portraits.add(Portrait.random(random));
                    pictures[i] = Disturbance.of(Avatars.draw(portraits.get(i)), random);
                }
                Tensor loss = loss(ruler.logits(Ops.pixels(pictures, Avatars.SIZE)), portraits);
                loss.backward();
                sum += loss.item_double();
                double warm = Math.min(1, (step + 1) / 100.0);
                optimizer.step(1.5e-3 * warm * (0.02 + 0.98 * 0.5 * (1 + Math.cos(Math.PI * step / steps))));
            }
            if ((step + 1) % 100 == 0) {
                progress.accept(sum / 100, step + 1);
                sum = 0;
            }
        }
        return ruler;
    }

    /// What it sees on each picture of `64 * 64 * 3` RGB bytes: an option of every attribute, also where a
    /// bald head hides the truth; compare by [Score].
    public List<Map<Attribute, String>> read(List<byte[]> pictures) {
        List<Map<Attribute, String>> all = new ArrayList<>();
        for (int start = 0; start < pictures.size(); start += 64) {
            List<byte[]> some = pictures.subList(start, Math.min(start + 64, pictures.size()));
            try (var scope = new PointerScope();
                    var guard = new NoGradGuard()) {
                Tensor logits = logits(Ops.pixels(some.toArray(byte[][]::new), Avatars.SIZE));
                float[] values = Parameters.toArray(logits);
                int width = values.length / some.size();
                for (int b = 0; b < some.size(); b++) all.add(best(values, b * width));
            }
        }
        return all;
    }

    private static Map<Attribute, String> best(float[] logits, int start) {
        Map<Attribute, String> read = new EnumMap<>(Attribute.class);
        int from = start;
        for (Attribute attribute : Attribute.values()) {
            int best = 0;
            for (int o = 1; o < attribute.options().size(); o++) {
                if (logits[from + o] > logits[from + best]) best = o;
            }
            read.put(attribute, attribute.options().get(best));
            from += attribute.options().size();
        }
        return read;
    }

    /// (B, 3, 64, 64) in [-1, 1] to (B, options of all attributes).
    private Tensor logits(Tensor pixels) {
        Tensor x = pixel_unshuffle(pixels, 2); // (B, 12, 32, 32)
        x = max_pool2d(relu(convolution(p, "conv1", x, 1, true)), 2, 2); // (B, 32, 16, 16)
        x = max_pool2d(relu(convolution(p, "conv2", x, 1, true)), 2, 2); // (B, 64, 8, 8)
        x = relu(convolution(p, "conv3", x, 1, true)).flatten(1, -1); // (B, 4096)
        return linearWithBias(p, "heads", relu(linearWithBias(p, "hidden", x)));
    }

    private static Tensor loss(Tensor logits, List<Portrait> portraits) {
        Tensor sum = logits.sum().mul(Ops.scalar(0));
        long from = 0;
        for (Attribute attribute : Attribute.values()) {
            long[] truth = portraits.stream().mapToLong(attribute::index).toArray();
            Tensor part = logits.narrow(1, from, attribute.options().size());
            sum = sum.add(cross_entropy_loss(part, Tensor.create(truth), new TensorOptional(), 1, HIDDEN, 0));
            from += attribute.options().size();
        }
        return sum;
    }
}
