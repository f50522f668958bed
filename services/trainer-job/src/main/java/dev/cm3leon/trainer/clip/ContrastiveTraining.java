package dev.cm3leon.trainer.clip;

import static dev.cm3leon.trainer.torch.Ops.scalar;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Learner;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Weights;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/// Teaches the encoder of search that a picture and its own caption belong together, and two pictures of one thing
/// (InfoNCE both ways).
public final class ContrastiveTraining implements Learner {
    /// Pairs that are scored on, at most.
    public static final int VALIDATION = 256;

    /// @param sentence vector of the caption, 384
    /// @param picture interleaved RGB, drawn when it is needed
    public record Pair(float[] sentence, java.util.function.Supplier<byte[]> picture) {}

    private final ClipModel model;
    private final long seed;
    private final int batch;
    private final Schedule schedule;
    private final int pairs;
    private final int learned;
    private final IntFunction<Pair> pair;
    private final Function<RandomGenerator, byte[][][]> twins;
    private final AdamW optimizer;

    /// @param pairs how many there are
    /// @param learned how many of them, from the first on, are learned from; the others are for validation
    /// @param twins of a step: pairs of pictures (N, 2) that show the same; N 0 for none
    public ContrastiveTraining(
            ClipModel model,
            long seed,
            int batch,
            Schedule schedule,
            int pairs,
            int learned,
            IntFunction<Pair> pair,
            Function<RandomGenerator, byte[][][]> twins) {
        this.model = model;
        this.seed = seed;
        this.batch = batch;
        this.schedule = schedule;
        this.pairs = pairs;
        this.learned = learned;
        this.pair = pair;
        this.twins = twins;
        this.optimizer = new AdamW(model.parameters(), new AdamW.Settings(0.9, 0.98, 0.05, 1));
    }

    @Override
    public long steps() {
        return schedule.steps();
    }

    @Override
    public Outcome step(long step) {
        RandomGenerator random = Ops.random(seed, "clip", step);
        Tensor cosines = cosines(random.ints(batch, 0, learned).mapToObj(pair).toList());
        Tensor loss = own(cosines);
        byte[][][] some = twins.apply(random);
        var metrics = new TreeMap<>(Map.of("logit_scale", model.logitScale().item_double()));
        if (some.length > 0) {
            Tensor twin = own(images(some, 0).mm(images(some, 1).t()));
            metrics.put("loss_twins", twin.item_double());
            loss = loss.add(twin);
        }
        loss.backward();
        optimizer.step(schedule.at(step));
        return new Outcome(loss.item_double(), batch, metrics);
    }

    /// What it costs that a row's own column is not the only one that is near, and the same of columns: (N, N).
    private Tensor own(Tensor cosines) {
        Tensor logits = cosines.mul(model.logitScale().exp());
        Tensor own = model.device().tensor(LongStream.range(0, cosines.size(0)).toArray());
        return cross_entropy_loss(logits, own)
                .add(cross_entropy_loss(logits.t(), own))
                .mul(scalar(0.5));
    }

    private Tensor images(byte[][][] twins, int which) {
        byte[][] pictures = Arrays.stream(twins).map(pair -> pair[which]).toArray(byte[][]::new);
        return model.image(model.device().place(Ops.pixels(pictures, model.imageSize())));
    }

    /// How often the own picture is the first, or among the first five, of 256 for a caption (fewer if there are few).
    @Override
    public Map<String, Double> validate(long step) {
        try (var guard = new NoGradGuard()) {
            int count = Math.min(VALIDATION, pairs - learned);
            float[] cosines = Parameters.toArray(cosines(
                    IntStream.range(learned, learned + count).mapToObj(pair).toList()));
            int first = 0, five = 0;
            for (int text = 0; text < count; text++) {
                int better = 0;
                for (int image = 0; image < count; image++)
                    if (cosines[image * count + text] > cosines[text * count + text]) better++;
                if (better < 1) first++;
                if (better < 5) five++;
            }
            return Map.of("recall_1", (double) first / count, "recall_5", (double) five / count);
        }
    }

    private Tensor cosines(List<Pair> some) {
        float[] sentences = new float[some.size() * ClipModel.TEXT_WIDTH];
        byte[][] pictures = new byte[some.size()][];
        for (int i = 0; i < some.size(); i++) {
            System.arraycopy(some.get(i).sentence(), 0, sentences, i * ClipModel.TEXT_WIDTH, ClipModel.TEXT_WIDTH);
            pictures[i] = some.get(i).picture().get();
        }
        Tensor images = model.image(model.device().place(Ops.pixels(pictures, model.imageSize())));
        Tensor texts = model.text(model.device().tensor(sentences, some.size(), ClipModel.TEXT_WIDTH));
        return images.mm(texts.t());
    }

    @Override
    public Map<String, Weights.Array> state() {
        var state = new LinkedHashMap<>(model.parameters().arrays());
        state.putAll(optimizer.arrays());
        return state;
    }

    @Override
    public void restore(Weights state) {
        model.parameters().restore(state);
        optimizer.restore(state);
    }
}
