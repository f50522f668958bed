package dev.cm3leon.trainer.transformer;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.transformer.Precision;
import dev.cm3leon.model.transformer.TransformerConfig;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Sizes of the transformer, as its `config.json` says them, and how it begins.
///
/// @param context the longest stream in tokens
/// @param grid image cells a side
/// @param rowColumnEmbeddings whether row and column of the next cell are added to the input (an option for small
///     models; the paper's have learned positions alone)
public record TransformerConfiguration(
        int width,
        int layers,
        int heads,
        int context,
        Vocabulary vocabulary,
        int grid,
        boolean rowColumnEmbeddings,
        Initialisation initialisation) {

    /// Standard deviations of the first weights, which are normal and cut at three of them; what writes to the
    /// residual stream begins at zero.
    ///
    /// @param weights of embeddings and linear maps
    /// @param positions of position, row and column embeddings
    public record Initialisation(double weights, double positions) {
        /// Section 2.3 of the paper.
        public static final Initialisation PAPER = new Initialisation(0.006, 0.0002);
        /// For the widths of the demo, which learn faster from here.
        public static final Initialisation SMALL = new Initialisation(0.02, 0.02);

        public Initialisation {
            if (!(weights >= 0 && weights <= 1 && positions >= 0 && positions <= 1))
                throw new IllegalArgumentException(
                        "need initialisation from 0 to 1, got " + weights + " and " + positions);
        }
    }

    public TransformerConfiguration {
        TransformerConfig.checkHeads("", width, heads);
    }

    /// A model with row and column embeddings, as the demo's.
    public TransformerConfiguration(int width, int layers, int heads, int context, Vocabulary vocabulary, int grid) {
        this(width, layers, heads, context, vocabulary, grid, true, Initialisation.SMALL);
    }

    /// A parameter before there is any.
    ///
    /// @param deviation of its first values
    record Shape(double deviation, long... sizes) {
        long values() {
            return Arrays.stream(sizes).reduce(1, Math::multiplyExact);
        }
    }

    /// Every parameter of the model by name, the head counted once: it is the embedding.
    SequencedMap<String, Shape> shapes() {
        long c = width;
        double weights = initialisation.weights, positions = initialisation.positions;
        var shapes = new LinkedHashMap<String, Shape>();
        shapes.put("embed_tokens.weight", new Shape(weights, vocabulary.size(), c));
        shapes.put("embed_positions.weight", new Shape(positions, context, c));
        if (rowColumnEmbeddings) {
            shapes.put("embed_rows.weight", new Shape(positions, grid + 1, c));
            shapes.put("embed_columns.weight", new Shape(positions, grid + 1, c));
        }
        for (int n = 0; n < layers; n++) {
            String layer = "layers." + n;
            for (String map : new String[] {"q_proj", "k_proj", "v_proj"})
                shapes.put(layer + ".self_attn." + map + ".weight", new Shape(weights, c, c));
            shapes.put(layer + ".self_attn.out_proj.weight", new Shape(0, c, c));
            shapes.put(layer + ".fc1.weight", new Shape(weights, 4 * c, c));
            shapes.put(layer + ".fc2.weight", new Shape(0, c, 4 * c));
        }
        return shapes;
    }

    /// The same as the services read it.
    public TransformerConfig served() {
        return new TransformerConfig(
                width, layers, heads, context, vocabulary, new Grid(grid), rowColumnEmbeddings, Precision.FLOAT32);
    }

    /// How many weights there are: `12 L d^2 + V d + T d`, and the rows and columns where there are such.
    public long parameters() {
        return served().parameters();
    }
}
