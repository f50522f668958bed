package dev.cm3leon.trainer.transformer;

import static dev.cm3leon.trainer.torch.Ops.scalar;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Learner;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/// Teaches the transformer to predict the next token of CM3 documents, every token with the same weight.
public final class Pretraining implements Learner {
    private static final int MEAN = 1, NONE = 0; // PyTorch's reductions

    private final TransformerModel model;
    private final Documents documents;
    private final long seed;
    private final Schedule schedule;
    private final AdamW optimizer;

    public Pretraining(TransformerModel model, Documents documents, long seed, Schedule schedule, double weightDecay) {
        this.model = model;
        this.documents = documents;
        this.seed = seed;
        this.schedule = schedule;
        this.optimizer = new AdamW(model.parameters(), new AdamW.Settings(0.9, 0.95, weightDecay, 1));
    }

    @Override
    public long steps() {
        return schedule.steps();
    }

    @Override
    public Outcome step(long step) {
        List<List<TokenStream>> groups = documents.step(Ops.random(seed, "pretrain", step));
        long tokens = groups.stream()
                .flatMap(List::stream)
                .mapToLong(stream -> stream.length() - 1)
                .sum();
        double loss = 0;
        var metrics = new TreeMap<String, Double>();
        for (List<TokenStream> group : groups) {
            try (var scope = new PointerScope()) {
                Batch batch = batch(group);
                double share = (double) batch.tokens() / tokens;
                Tensor mean =
                        cross_entropy_loss(logits(batch), batch.next(), new TensorOptional(), MEAN, Batch.NOTHING, 0);
                mean.mul(scalar(share)).backward();
                loss += share * mean.item_double();
            }
        }
        metrics.put("gradient_norm", optimizer.step(schedule.at(step)));
        return new Outcome(loss, tokens, metrics);
    }

    /// Nats per token of the last image of each document, by what the documents show.
    @Override
    public Map<String, Double> validate(long step) {
        var scores = new TreeMap<String, Double>();
        documents.validation().forEach((name, streams) -> scores.put("nll_image_" + name, score(streams)));
        return scores;
    }

    private double score(List<TokenStream> streams) {
        double sum = 0;
        long count = 0;
        int cells = model.configuration().grid() * model.configuration().grid();
        for (int from = 0; from < streams.size(); from += 16) {
            try (var scope = new PointerScope();
                    var guard = new NoGradGuard()) {
                List<TokenStream> some = streams.subList(from, Math.min(streams.size(), from + 16));
                Batch batch = batch(some);
                long T = batch.ids().size(1);
                float[] nll = Parameters.toArray(
                        cross_entropy_loss(logits(batch), batch.next(), new TensorOptional(), NONE, Batch.NOTHING, 0));
                for (int b = 0; b < some.size(); b++) {
                    int left = cells;
                    for (int t = some.get(b).length() - 2; t >= 0 && left > 0; t--) {
                        if (some.get(b).cells()[t + 1] < 0) continue;
                        sum += nll[(int) (b * T + t)];
                        count++;
                        left--;
                    }
                }
            }
        }
        return sum / count;
    }

    private Batch batch(List<TokenStream> streams) {
        return Batch.of(streams, vocabulary(), new Grid(model.configuration().grid()));
    }

    private Tensor logits(Batch batch) {
        return model.forward(batch.ids(), batch.rows(), batch.columns())
                .view(-1, vocabulary().size()); // (B T, V)
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
}
