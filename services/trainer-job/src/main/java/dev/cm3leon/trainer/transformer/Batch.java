package dev.cm3leon.trainer.transformer;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.torch.Device;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/// Streams side by side, each read from its start and padded at its end. B streams, T one less than the
/// longest.
///
/// @param ids (B, T), read
/// @param rows (B, T), 1 + row of the next token's cell
/// @param columns (B, T)
/// @param next (B T), to be predicted, -100 where there is nothing
/// @param targets the same in memory
/// @param weights (B T), of each in the loss
/// @param weight of all together: how many are predicted, where each counts the same
/// @param width T
record Batch(
        Tensor ids,
        Tensor rows,
        Tensor columns,
        Tensor next,
        long[] targets,
        Tensor weights,
        double weight,
        int width) {

    private static final int NONE = 0; // PyTorch's reduction

    static final long NOTHING = -100; // what PyTorch's cross-entropy leaves out

    /// Where a model computes.
    static Batch of(List<TokenStream> streams, TransformerModel model, LossWeights loss) {
        TransformerConfiguration sizes = model.configuration();
        return of(
                streams,
                sizes.vocabulary(),
                new Grid(sizes.grid()),
                loss,
                model.parameters().device());
    }

    /// What a model says (B T, V).
    Tensor logits(TransformerModel model) {
        return model.forward(ids, rows, columns)
                .view(-1, model.configuration().vocabulary().size());
    }

    /// Nats of each token (B T), 0 where there is nothing to predict.
    Tensor nll(Tensor logits) {
        return cross_entropy_loss(logits, next, new TensorOptional(), NONE, NOTHING, 0);
    }

    /// @param loss what has no weight there is not predicted
    static Batch of(List<TokenStream> streams, Vocabulary vocabulary, Grid grid, LossWeights loss, Device device) {
        int B = streams.size(),
                T = streams.stream().mapToInt(TokenStream::length).max().orElseThrow() - 1;
        long[] ids = new long[B * T], rows = new long[B * T], columns = new long[B * T], next = new long[B * T];
        float[] weights = new float[B * T];
        double weight = 0;
        for (int b = 0; b < B; b++) {
            TokenStream stream = streams.get(b);
            float[] each = loss.of(stream, vocabulary);
            int length = stream.length() - 1;
            for (int t = 0; t < T; t++) {
                int i = b * T + t;
                int cell = t < length ? stream.cells()[t + 1] : -1;
                ids[i] = t < length ? stream.ids()[t] : vocabulary.pad();
                rows[i] = grid.row(cell);
                columns[i] = grid.column(cell);
                weights[i] = t < length ? each[t + 1] : 0;
                next[i] = weights[i] > 0 ? stream.ids()[t + 1] : NOTHING;
                weight += weights[i];
            }
        }
        return new Batch(
                device.tensor(ids, B, T),
                device.tensor(rows, B, T),
                device.tensor(columns, B, T),
                device.tensor(next, (long) B * T),
                next,
                device.tensor(weights, (long) B * T),
                weight,
                T);
    }
}
