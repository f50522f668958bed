package dev.cm3leon.trainer.transformer;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/// Streams side by side, each read from its start and padded at its end. B streams, T one less than the
/// longest.
///
/// @param ids (B, T), read
/// @param rows (B, T), 1 + row of the next token's cell
/// @param columns (B, T)
/// @param next (B T), to be predicted, -100 where there is nothing
/// @param targets the same in memory
/// @param tokens how many are predicted
/// @param width T
record Batch(Tensor ids, Tensor rows, Tensor columns, Tensor next, long[] targets, long tokens, int width) {

    static final long NOTHING = -100; // what PyTorch's cross-entropy leaves out

    /// @param sentinels whether they are predicted: their places are random, so the paper of CM3 gives them no
    /// weight
    static Batch of(List<TokenStream> streams, Vocabulary vocabulary, Grid grid, boolean sentinels) {
        int B = streams.size(),
                T = streams.stream().mapToInt(TokenStream::length).max().orElseThrow() - 1;
        long[] ids = new long[B * T], rows = new long[B * T], columns = new long[B * T], next = new long[B * T];
        long tokens = 0;
        for (int b = 0; b < B; b++) {
            TokenStream stream = streams.get(b);
            int length = stream.length() - 1;
            for (int t = 0; t < T; t++) {
                int i = b * T + t;
                int cell = t < length ? stream.cells()[t + 1] : -1;
                ids[i] = t < length ? stream.ids()[t] : vocabulary.pad();
                rows[i] = grid.row(cell);
                columns[i] = grid.column(cell);
                next[i] = t < length && isTarget(stream.ids()[t + 1], vocabulary, sentinels)
                        ? stream.ids()[t + 1]
                        : NOTHING;
            }
            tokens += targets(stream, vocabulary, sentinels);
        }
        return new Batch(
                Tensor.create(ids, B, T),
                Tensor.create(rows, B, T),
                Tensor.create(columns, B, T),
                Tensor.create(next, (long) B * T),
                next,
                tokens,
                T);
    }

    /// How many tokens of a stream are predicted.
    static long targets(TokenStream stream, Vocabulary vocabulary, boolean sentinels) {
        long targets = 0;
        for (int t = 1; t < stream.length(); t++) if (isTarget(stream.ids()[t], vocabulary, sentinels)) targets++;
        return targets;
    }

    private static boolean isTarget(int id, Vocabulary vocabulary, boolean sentinels) {
        return sentinels || !vocabulary.isSentinel(id);
    }
}
