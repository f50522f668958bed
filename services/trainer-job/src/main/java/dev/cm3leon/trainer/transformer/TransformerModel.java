package dev.cm3leon.trainer.transformer;

import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.relu;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;

import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Weights;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// The decoder of CM3 (section 2.3 of the paper, as OPT without biases, dropout and norm parameters), small ones
/// with a row and a column embedding of the next token's image cell. B batch, T time, C width, H heads, V vocabulary.
public final class TransformerModel {
    private final TransformerConfiguration configuration;
    private final Parameters p;
    private final boolean half;
    private final List<Tensor> layers; // (12 C C), the parameters of each

    /// @param half whether linear maps multiply in bfloat16, and attention where a GPU does it; sums and norms stay in
    /// float
    public TransformerModel(TransformerConfiguration configuration, RandomGenerator random, boolean half) {
        Parameters.check("a transformer", configuration.parameters());
        this.configuration = configuration;
        this.half = half;
        var builder = new Parameters.Builder(random);
        configuration.shapes().forEach((name, shape) -> builder.add(name, shape.deviation(), shape.sizes()));
        this.p = builder.build();
        this.layers = IntStream.range(0, configuration.layers())
                .mapToObj(n -> p.together("layers." + n + "."))
                .toList();
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
        long C = configuration.width();
        TensorVector maps =
                reduced(layers.get(n)).split_with_sizes(new long[] {3 * C * C, C * C, 4 * C * C, 4 * C * C}, 0);
        x = x.add(attention(norm(x), maps.get(0).view(3 * C, C), maps.get(1).view(C, C)));
        return x.add(multilayer(norm(x), maps.get(2).view(4 * C, C), maps.get(3).view(C, 4 * C)));
    }

    /// Logits (B, T, V); the embedding once more.
    Tensor head(Tensor x) {
        return linear(reduced(norm(x)), reduced(p.get("embed_tokens.weight"))).to(torch.ScalarType.Float);
    }

    /// Causal multi-head self-attention, heads of D = C / H.
    ///
    /// @param in (3 C, C), to queries, keys and values
    /// @param out (C, C)
    private Tensor attention(Tensor x, Tensor in, Tensor out) {
        long B = x.size(0), T = x.size(1), C = x.size(2), H = configuration.heads(), D = C / H;

        Tensor all = linear(reduced(x), in); // (B, T, 3 C)
        if (p.device() == Device.CPU) all = all.to(torch.ScalarType.Float); // many times faster than bfloat16 there
        TensorVector three = all.chunk(3, -1);
        Tensor q = three.get(0).view(B, T, H, D).transpose(1, 2); // (B, H, T, D)
        Tensor k = three.get(1).view(B, T, H, D).transpose(1, 2);
        Tensor v = three.get(2).view(B, T, H, D).transpose(1, 2);

        Tensor y = scaled_dot_product_attention(q, k, v, new TensorOptional(), 0, true, new DoubleOptional(), false);
        return linear(reduced(y).transpose(1, 2).reshape(B, T, C), out); // heads side by side again
    }

    /// @param in (4 C, C)
    /// @param out (C, 4 C)
    private Tensor multilayer(Tensor x, Tensor in, Tensor out) {
        return linear(relu(linear(reduced(x), in)), out);
    }

    private Tensor norm(Tensor x) {
        return layer_norm(
                x, new long[] {configuration.width()}, new TensorOptional(), new TensorOptional(), 1e-5, false);
    }

    /// In bfloat16 if that is what maps multiply.
    private Tensor reduced(Tensor x) {
        return half ? x.to(torch.ScalarType.BFloat16) : x;
    }

    /// By the names of the bundle.
    public Map<String, Weights.Array> arrays() {
        return p.arrays();
    }

    public void restore(Weights weights) {
        p.restore(weights);
    }
}
