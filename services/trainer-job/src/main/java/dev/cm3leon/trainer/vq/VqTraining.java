package dev.cm3leon.trainer.vq;

import static dev.cm3leon.trainer.torch.Ops.random;
import static dev.cm3leon.trainer.torch.Ops.scalar;

import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Learner;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Weights;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/// Teaches the image tokenizer: a short warm-up without codes, k-means for the first codebook, then codes that
/// follow the averages of the vectors they stand for, and unused codes moved to vectors that are badly met. From a step
/// of the settings on, if they say so, with [AdversarialTerms].
public final class VqTraining implements Learner {
    private static final double KEEP = 0.99; // of the running averages, a step

    /// @param steps with `batch` pictures each
    /// @param warmUp the first steps, without codes
    /// @param restartEvery steps between two searches for unused codes
    /// @param part pixels a side of the part of a picture that a step learns from, by its detail; 0 for the whole
    /// @param terms of a discriminator, which may be none
    public record Settings(
            long steps,
            int batch,
            double learningRate,
            long warmUp,
            long restartEvery,
            int part,
            AdversarialTerms.Settings terms) {
        public Settings {
            if (steps < 1) throw new IllegalArgumentException("need vq.steps >= 1, got " + steps);
            if (batch < 1 || batch > 4096)
                throw new IllegalArgumentException("need 1 <= vq.batch <= 4096, got " + batch);
            if (!(learningRate > 0 && learningRate <= 1))
                throw new IllegalArgumentException("need 0 < vq.learning_rate <= 1, got " + learningRate);
            if (warmUp < 0 || warmUp >= steps)
                throw new IllegalArgumentException("need 0 <= vq.warm_up < vq.steps, got " + warmUp + " and " + steps);
            if (restartEvery < 1) throw new IllegalArgumentException("need vq.restart_every >= 1, got " + restartEvery);
            if (part < 0 || part % 16 != 0)
                throw new IllegalArgumentException("need vq.part a multiple of 16, 0 or more, got " + part);
            if (terms.on() && (terms.from() < warmUp || terms.from() >= steps))
                throw new IllegalArgumentException("need vq.warm_up <= vq.adversarial_from < vq.steps, got " + warmUp
                        + ", " + terms.from() + " and " + steps);
        }
    }

    private final VqModel model;
    private final Settings settings;
    private final long seed;
    private final Pictures pictures; // parts of them where part is above 0
    private final int size; // pixels a side of what a step learns from
    private final AdamW optimizer;
    private final Schedule schedule;
    private final PictureLoss pictureLoss;
    private final AdversarialTerms terms;
    private final Tensor counts; // (K), running average of how many vectors a code met
    private final Tensor sums; // (K, D), running average of their sum

    /// @param costs of the whole picture; of parts all pixels cost the same
    public VqTraining(VqModel model, Settings settings, long seed, Pictures pictures, ErrorCosts costs) {
        this.model = model;
        this.settings = settings;
        this.seed = seed;
        this.size =
                settings.part() > 0 ? settings.part() : model.configuration().imageSize();
        this.pictures =
                settings.part() > 0 ? pictures.parts(model.configuration().imageSize(), size) : pictures;
        this.optimizer = new AdamW(model.parameters(), new AdamW.Settings(0.9, 0.99, 0, 1));
        this.schedule =
                new Schedule(settings.learningRate(), Math.min(50, settings.steps() / 10), 0, settings.steps(), 0);
        this.pictureLoss = new PictureLoss(
                settings.part() > 0 ? ErrorCosts.evenly(size, costs.squared()) : costs, size, model.device());
        this.terms = new AdversarialTerms(settings.terms(), seed);
        int codes = model.configuration().codes();
        this.counts = model.device().tensor(new float[codes]);
        this.sums = model.device()
                .tensor(
                        new float[codes * model.configuration().codeDim()],
                        codes,
                        model.configuration().codeDim());
    }

    @Override
    public long steps() {
        return settings.steps();
    }

    @Override
    public Outcome step(long step) {
        RandomGenerator random = random(seed, "vq", step);
        Tensor pixels = pixels(random, settings.batch());
        boolean quantised = step >= settings.warmUp();
        if (step == settings.warmUp()) chooseCodebook();

        Tensor vectors = model.encode(pixels); // (B, D, G, G)
        Tensor rows = VqModel.rows(vectors); // (N, D)
        Tensor ids = quantised ? model.nearest(rows.detach()) : model.device().tensor(new long[1]); // (N)
        Tensor met = quantised ? model.codebook().index_select(0, ids) : rows.detach(); // (N, D)
        // the decoder sees the code; the gradient passes to the vector as if it were the code
        Tensor through = rows.add(met.sub(rows).detach());
        Tensor decoded = model.decode(model.grid(through, side()));
        Tensor commitment = rows.sub(met).square().mean();
        Map<String, Double> metrics = new HashMap<>();
        metrics.put("loss_commitment", commitment.item_double());
        Tensor error = pictureLoss.of(decoded, pixels);
        if (terms.on(step)) error = terms.of(error, decoded, pixels, model.lastLayer(), metrics);
        Tensor loss = error.add(commitment.mul(scalar(0.25)));
        loss.backward();
        optimizer.step(schedule.at(step));
        if (terms.on(step)) metrics.put("loss_discriminator", terms.learn(decoded.detach(), pixels, schedule.at(step)));

        if (quantised) {
            try (var guard = new NoGradGuard()) {
                follow(rows.detach(), ids);
                boolean early = step < settings.steps() * 0.85;
                if (early && (step - settings.warmUp()) % settings.restartEvery() == settings.restartEvery() - 1)
                    restartUnused(rows.detach(), met, random);
            }
        }
        return new Outcome(loss.item_double(), (long) settings.batch() * cells(), metrics);
    }

    /// The codebook follows the running averages of the vectors (N, D) that chose each code.
    private void follow(Tensor rows, Tensor ids) {
        Tensor one = model.device().tensor(new float[] {1}).expand(rows.size(0));
        counts.mul_(scalar(KEEP)).index_add_(0, ids, one, scalar(1 - KEEP));
        sums.mul_(scalar(KEEP)).index_add_(0, ids, rows, scalar(1 - KEEP));
        Tensor used = counts.gt(scalar(1e-4)); // a code nobody chose for long stays where it is
        Tensor means = sums.div(counts.clamp_min(scalar(1e-4)).unsqueeze(1));
        model.codebook().copy_(means.where(used.unsqueeze(1), model.codebook()));
    }

    /// Codes that meet less than a twentieth of a vector a step go to vectors drawn by their squared error.
    private void restartUnused(Tensor rows, Tensor met, RandomGenerator random) {
        int d = model.configuration().codeDim();
        float[] error = Parameters.toArray(rows.sub(met).square().sum(1)); // (N)
        double[] upTo = new double[error.length];
        double total = 0;
        for (int i = 0; i < error.length; i++) upTo[i] = total += error[i];
        if (total <= 0) return;
        float[] vectors = Parameters.toArray(rows), book = Parameters.toArray(model.codebook());
        float[] count = Parameters.toArray(counts), sum = Parameters.toArray(sums);
        int left = settings.batch() * 4; // not all at once: one batch has few badly met vectors
        for (int code = 0; code < count.length && left > 0; code++) {
            if (count[code] >= 0.05f) continue;
            left--;
            int at = Arrays.binarySearch(upTo, random.nextDouble() * total);
            int row = Math.min(error.length - 1, at < 0 ? -at - 1 : at);
            count[code] = 0.2f;
            for (int i = 0; i < d; i++) {
                book[code * d + i] = vectors[row * d + i];
                sum[code * d + i] = 0.2f * vectors[row * d + i];
            }
        }
        Parameters.copy(book, model.codebook());
        Parameters.copy(count, counts);
        Parameters.copy(sum, sums);
    }

    /// k-means over the vectors of fresh pictures, of which no more are encoded at once than a step has.
    private void chooseCodebook() {
        RandomGenerator random = random(seed, "vq codebook", 0);
        int d = model.configuration().codeDim(), codes = model.configuration().codes();
        int wanted = Math.max(settings.batch(), 16 * codes / cells());
        float[] rows = new float[wanted * cells() * d];
        for (int from = 0; from < wanted; from += settings.batch())
            try (var scope = new PointerScope();
                    var guard = new NoGradGuard()) {
                Tensor some = model.encode(pixels(random, Math.min(settings.batch(), wanted - from)));
                float[] vectors = Parameters.toArray(VqModel.rows(some));
                System.arraycopy(vectors, 0, rows, from * cells() * d, vectors.length);
            }
        float[] book = KMeans.centres(rows, d, codes, 10, random, model.device());
        Parameters.copy(book, model.codebook());
        float[] scaled = new float[codes * d];
        float start = (float) settings.batch() * cells() / codes;
        float[] first = new float[codes];
        Arrays.fill(first, start);
        for (int i = 0; i < scaled.length; i++) scaled[i] = start * book[i];
        Parameters.copy(first, counts);
        Parameters.copy(scaled, sums);
    }

    private int side() {
        return size / model.configuration().cellSize();
    }

    private int cells() {
        return side() * side();
    }

    private Tensor pixels(RandomGenerator random, int count) {
        return model.device().place(Ops.pixels(Pictures.some(pictures.learned(), random, count), size));
    }

    /// Peak signal-to-noise ratio over pictures that are not learned from, and the share of codes in use.
    @Override
    public Map<String, Double> validate(long step) {
        return PictureLoss.score(model, pictures, seed);
    }

    @Override
    public Map<String, Weights.Array> state() {
        var state = new LinkedHashMap<>(model.arrays());
        state.putAll(optimizer.arrays());
        state.put("codebook.counts", new Weights.Array(new long[] {counts.numel()}, Parameters.toArray(counts)));
        state.put(
                "codebook.sums", new Weights.Array(new long[] {sums.size(0), sums.size(1)}, Parameters.toArray(sums)));
        state.putAll(terms.state());
        return state;
    }

    @Override
    public void restore(Weights state) {
        model.restore(state);
        optimizer.restore(state);
        terms.restore(state);
        Parameters.copy(state.array("codebook.counts").values(), counts);
        Parameters.copy(state.array("codebook.sums").values(), sums);
    }
}
