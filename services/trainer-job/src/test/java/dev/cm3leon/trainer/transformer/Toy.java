package dev.cm3leon.trainer.transformer;

import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.WorkerShare;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/// A model of two layers that learns for seconds.
record Toy(Vocabulary vocabulary, Grid grid, TransformerModel model) {

    static Toy of(Vocabulary vocabulary, Grid grid, int width, int context) {
        var configuration = new TransformerConfiguration(width, 2, 4, context, vocabulary, grid.side());
        return new Toy(vocabulary, grid, new TransformerModel(configuration, Ops.random(1, "toy", 0), false));
    }

    DocumentLayout layout() {
        return new DocumentLayout(vocabulary, grid);
    }

    /// @param make documents of a step
    /// @param unseen what [Pretraining#validate] is of
    Pretraining learn(
            int steps, Function<RandomGenerator, List<TokenStream>> make, Map<String, List<TokenStream>> unseen) {
        var documents = new Documents() {
            @Override
            public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
                return List.of(share.of(make.apply(random)));
            }

            @Override
            public Map<String, List<TokenStream>> validation() {
                return unseen;
            }
        };
        var training = new Pretraining(model, documents, 1, new Schedule(5e-3, 20, steps / 2, steps, 0.1), 0);
        for (int step = 0; step < steps; step++) {
            try (var scope = new PointerScope()) {
                training.step(step);
            }
        }
        return training;
    }

    /// Logits (V) of what follows.
    ///
    /// @param cell of the token that follows, -1 for none
    float[] logits(TokenStream stream, int cell) {
        float[] all =
                logits(new TokenStream.Builder().append(stream).append(0, cell).build());
        return Arrays.copyOfRange(all, all.length - vocabulary.size(), all.length);
    }

    /// A stream with the most probable of all ids from a place on, each behind the stream's own: equal to the
    /// stream just where drawing one after the other repeats it.
    TokenStream repeated(TokenStream stream, int from) {
        float[] all = logits(stream);
        int[] ids = stream.ids().clone();
        for (int t = from; t < ids.length; t++) {
            int of = (t - 1) * vocabulary.size(), best = 0;
            for (int id = 1; id < vocabulary.size(); id++) if (all[of + id] > all[of + best]) best = id;
            ids[t] = best;
        }
        return new TokenStream(ids, stream.cells());
    }

    /// (T - 1, V), of all tokens but the first.
    private float[] logits(TokenStream stream) {
        try (var scope = new PointerScope();
                var guard = new NoGradGuard()) {
            Batch batch = Batch.of(List.of(stream), vocabulary, grid, LossWeights.EQUAL, Device.CPU);
            return Parameters.toArray(model.forward(batch.ids(), batch.rows(), batch.columns()));
        }
    }
}
