package dev.cm3leon.trainer.transformer;

import static dev.cm3leon.trainer.torch.Ops.scalar;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Ahead;
import dev.cm3leon.trainer.torch.Learner;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.torch.Workers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.jspecify.annotations.Nullable;

/// Teaches the transformer to predict the next token of CM3 documents, every token with the same weight
/// unless [LossWeights] say otherwise. With several workers each takes its share of every step's documents, and
/// their gradients are added before the optimizer's step.
public final class Pretraining implements Learner, AutoCloseable {
    private static final int AHEAD = 2; // steps, for each loader, whose documents are made before they are needed

    private final TransformerModel model;
    private final Documents documents;
    private final Schedule schedule;
    private final Workers workers;
    private final Execution execution;
    private final LossWeights weights;
    private final AdamW optimizer;
    private final Ahead<List<List<TokenStream>>> ahead;
    private @Nullable Scoring scoring; // made when it is first asked for, by the worker that is

    /// How steps are done; none of it changes what is learned.
    ///
    /// @param microBatchTokens the most tokens, padding included, that are computed at once; their gradients
    /// add up; 0 for whole groups
    /// @param recompute keeps only what goes into each layer, and computes the rest again on the way back
    /// @param shardOptimizer whether the workers divide the optimizer's state
    /// @param loaders threads that make the documents of coming steps
    public record Execution(int microBatchTokens, boolean recompute, boolean shardOptimizer, int loaders) {
        public static final Execution USUAL = new Execution(0, false, false, 1);
    }

    /// Alone, with the betas of the demo.
    public Pretraining(TransformerModel model, Documents documents, long seed, Schedule schedule, double weightDecay) {
        this(
                model,
                documents,
                seed,
                "pretrain",
                schedule,
                new AdamW.Settings(0.9, 0.95, weightDecay, 1),
                Workers.ALONE,
                Execution.USUAL,
                LossWeights.EQUAL);
    }

    /// @param purpose of the randomness of steps, e.g. `pretrain`
    public Pretraining(
            TransformerModel model,
            Documents documents,
            long seed,
            String purpose,
            Schedule schedule,
            AdamW.Settings adam,
            Workers workers,
            Execution execution,
            LossWeights weights) {
        this.model = model;
        this.documents = documents;
        this.schedule = schedule;
        this.workers = workers;
        this.execution = execution;
        this.weights = weights;
        this.optimizer = new AdamW(model.parameters(), adam, execution.shardOptimizer ? workers : Workers.ALONE);
        this.ahead = new Ahead<>(
                step -> documents.step(step, workers.share(), Ops.random(seed, purpose, step)),
                schedule.steps(),
                AHEAD * execution.loaders,
                execution.loaders);
    }

    @Override
    public long steps() {
        return schedule.steps();
    }

    @Override
    public Outcome step(long step) {
        long begin = System.nanoTime();
        List<List<TokenStream>> groups = ahead.take(step);
        double waited = ahead.waited();
        double weight = workers.sum(groups.stream()
                .flatMap(List::stream)
                .mapToDouble(this::weight)
                .sum())[0];
        var parts = new LossParts(vocabulary(), model.configuration().context());
        for (List<TokenStream> group : groups) {
            for (List<TokenStream> some : microBatches(group)) {
                try (var scope = new PointerScope()) {
                    Batch batch = Batch.of(some, model, weights);
                    double share = batch.weight() / weight;
                    some.forEach(parts::add);
                    parts.add(batch, execution.recompute ? recomputed(batch, share) : backward(batch, share));
                }
            }
        }
        double computed = (System.nanoTime() - begin) / 1e9;
        workers.sum(model.parameters().gradient());
        parts.together(workers);
        double norm = optimizer.step(schedule.at(step));
        double seconds = (System.nanoTime() - begin) / 1e9;

        var metrics = new TreeMap<String, Double>();
        metrics.put("gradient_norm", norm);
        metrics.put("data_wait", waited / seconds);
        if (workers.share().count() > 1) metrics.put("exchange", 1 - computed / seconds);
        metrics.putAll(parts.means());
        return new Outcome(parts.mean(), parts.tokens(), metrics);
    }

    /// Cuts a group where it has more tokens than fit.
    private List<List<TokenStream>> microBatches(List<TokenStream> group) {
        if (execution.microBatchTokens == 0) return group.isEmpty() ? List.of() : List.of(group);
        List<List<TokenStream>> parts = new ArrayList<>();
        int longest = 0;
        for (TokenStream stream : group) {
            longest = Math.max(longest, stream.length() - 1);
            if (parts.isEmpty() || longest * (parts.getLast().size() + 1) > execution.microBatchTokens) {
                parts.add(new ArrayList<>());
                longest = stream.length() - 1;
            }
            parts.getLast().add(stream);
        }
        return parts;
    }

    /// Returns what each token cost (B T).
    private float[] backward(Batch batch, double share) {
        return backward(batch.nll(batch.logits(model)), batch, share);
    }

    private static float[] backward(Tensor nll, Batch batch, double share) {
        nll.mul(batch.weights())
                .div(scalar(batch.weight()))
                .sum()
                .mul(scalar(share))
                .backward();
        return Parameters.toArray(nll.detach());
    }

    /// The same gradients with the memory of one layer: forward without a graph, then layer by layer backwards,
    /// each computed again from what went into it.
    private float[] recomputed(Batch batch, double share) {
        int layers = model.configuration().layers();
        Tensor embedded = model.embed(batch.ids(), batch.rows(), batch.columns()); // (B, T, C)
        List<Tensor> inputs = new ArrayList<>();
        try (var guard = new NoGradGuard()) {
            inputs.add(embedded.detach());
            for (int n = 0; n < layers; n++) {
                try (var scope = new PointerScope()) {
                    inputs.add(model.block(n, inputs.getLast()).retainReference());
                }
            }
        }
        float[] nll;
        Tensor last = inputs.get(layers).requires_grad_(true);
        try (var scope = new PointerScope()) {
            Tensor logits = model.head(last).view(-1, vocabulary().size());
            nll = backward(batch.nll(logits), batch, share);
        }
        for (int n = layers - 1; n >= 0; n--) {
            try (var scope = new PointerScope()) {
                Tensor input = inputs.get(n).requires_grad_(true);
                backward(model.block(n, input), inputs.get(n + 1).grad());
            }
            inputs.get(n + 1).close();
        }
        backward(embedded, inputs.getFirst().grad());
        inputs.getFirst().close();
        return nll;
    }

    private static void backward(Tensor output, Tensor gradient) {
        output.backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
    }

    @Override
    public Map<String, Double> validate(long step) {
        if (scoring == null) scoring = new Scoring(model, documents.validation(), weights);
        return scoring.scores();
    }

    private double weight(TokenStream stream) {
        double sum = 0;
        for (float weight : weights.of(stream, vocabulary())) sum += weight;
        return sum;
    }

    private Vocabulary vocabulary() {
        return model.configuration().vocabulary();
    }

    @Override
    public Map<String, Weights.Array> state() {
        var state = new LinkedHashMap<>(model.arrays());
        state.putAll(optimizer.arrays());
        return state;
    }

    @Override
    public void restore(Weights state) {
        model.restore(state);
        optimizer.restore(state);
    }

    @Override
    public void close() {
        ahead.close();
    }
}
