package dev.cm3leon.trainer.transformer;

import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.relu;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Weights;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// The decoder of CM3 (section 2.3 of the paper, as OPT without biases, dropout and norm parameters), small ones
/// with a row and a column embedding of the next token's image cell. B batch, T time, C width, H heads, V vocabulary.
public final class TransformerModel {
    private final TransformerConfiguration configuration;
    private final Parameters p;
    private final boolean half;

    /// @param half whether linear maps multiply in bfloat16; sums, norms and attention stay in float
    public TransformerModel(TransformerConfiguration configuration, RandomGenerator random, boolean half) {
        this.configuration = configuration;
        this.half = half;
        var builder = new Parameters.Builder(random);
        configuration.shapes().forEach((name, shape) -> builder.add(name, shape.deviation(), shape.sizes()));
        this.p = builder.build();
    }

    public TransformerConfiguration configuration() {
        return configuration;
    }

    Parameters parameters() {
        return p;
    }

    /// Logits (B, T, V) of the token after each position.
    ///
    /// @param ids (B, T)
    /// @param rows (B, T), 1 + row of the next token's cell, 0 for none
    /// @param columns (B, T), the same for its column
    public Tensor forward(Tensor ids, Tensor rows, Tensor columns) {
        Tensor x = embed(ids, rows, columns); // (B, T, C)
        for (int n = 0; n < configuration.layers(); n++) x = block(n, x);
        return head(x);
    }

    /// What the first layer reads (B, T, C).
    Tensor embed(Tensor ids, Tensor rows, Tensor columns) {
        long T = ids.size(1);
        if (T > configuration.context())
            throw new IllegalArgumentException("need at most " + configuration.context() + " tokens, got " + T);
        Tensor x = embedding(p.get("embed_tokens.weight"), ids)
                .add(p.get("embed_positions.weight").narrow(0, 0, T));
        if (!configuration.rowColumnEmbeddings()) return x;
        return x.add(embedding(p.get("embed_rows.weight"), rows))
                .add(embedding(p.get("embed_columns.weight"), columns));
    }

    /// One layer (B, T, C).
    Tensor block(int n, Tensor x) {
        x = x.add(attention("layers." + n + ".self_attn", norm(x)));
        return x.add(multilayer("layers." + n, norm(x)));
    }

    /// Logits (B, T, V); the embedding once more.
    Tensor head(Tensor x) {
        return map("embed_tokens", norm(x));
    }

    /// Logits (V) after a stream, where no image cell comes next.
    public float[] logitsAfter(TokenStream stream) {
        int T = stream.length();
        long[] ids = new long[T], rows = new long[T], columns = new long[T];
        var grid = new Grid(configuration.grid());
        int[] cells = stream.nextCells(-1);
        for (int t = 0; t < T; t++) {
            ids[t] = stream.ids()[t];
            rows[t] = grid.row(cells[t]);
            columns[t] = grid.column(cells[t]);
        }
        try (var guard = new NoGradGuard()) {
            Tensor logits = forward(Tensor.create(ids, 1, T), Tensor.create(rows, 1, T), Tensor.create(columns, 1, T));
            return Parameters.toArray(logits.select(1, T - 1L));
        }
    }

    /// Causal multi-head self-attention, heads of D = C / H.
    private Tensor attention(String name, Tensor x) {
        long B = x.size(0), T = x.size(1), C = x.size(2), H = configuration.heads(), D = C / H;

        Tensor q = map(name + ".q_proj", x).view(B, T, H, D).transpose(1, 2); // (B, H, T, D)
        Tensor k = map(name + ".k_proj", x).view(B, T, H, D).transpose(1, 2);
        Tensor v = map(name + ".v_proj", x).view(B, T, H, D).transpose(1, 2);

        Tensor y = scaled_dot_product_attention(q, k, v, new TensorOptional(), 0, true, new DoubleOptional(), false);
        return map(name + ".out_proj", y.transpose(1, 2).reshape(B, T, C)); // heads side by side again
    }

    private Tensor multilayer(String name, Tensor x) {
        return map(name + ".fc2", relu(map(name + ".fc1", x)));
    }

    private Tensor norm(Tensor x) {
        return layer_norm(
                x, new long[] {configuration.width()}, new TensorOptional(), new TensorOptional(), 1e-5, false);
    }

    private Tensor map(String name, Tensor x) {
        Tensor weight = p.get(name + ".weight");
        if (!half) return linear(x, weight);
        return linear(x.to(torch.ScalarType.BFloat16), weight.to(torch.ScalarType.BFloat16))
                .to(torch.ScalarType.Float);
    }

    /// By the names of the bundle.
    public Map<String, Weights.Array> arrays() {
        return p.arrays();
    }

    public void restore(Weights weights) {
        p.restore(weights);
    }
}
