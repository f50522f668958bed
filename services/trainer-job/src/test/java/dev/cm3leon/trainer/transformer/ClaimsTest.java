package dev.cm3leon.trainer.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.Cm3Masking;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Share;
import dev.cm3leon.trainer.torch.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/// Claims of the paper about the objective and how the model begins (docs/claims.md).
class ClaimsTest {
    private static final int PAIRS = 16, CELLS = 16;
    private final Vocabulary vocabulary = new Vocabulary(24, 8, 8);
    private final Grid grid = new Grid(4);
    private final DocumentLayout layout = new DocumentLayout(vocabulary, grid);
    private final List<CaptionedImage> pairs = pairs();

    /// The loss of a retrieval-augmented document is the plain mean over all of its tokens.
    @Test
    void claim11RetrievedTokensWeighAsTheQuerysDo() {
        TransformerModel model = new TransformerModel(configuration(16, 1), Ops.random(1, "claims", 0), false);
        learn(model, 30);
        TokenStream document = layout.retrievalAugmented(pairs.subList(1, 3), pairs.getFirst());
        double sum = 0;
        float[] logits = logits(model, document);
        int V = vocabulary.size();
        for (int t = 0; t + 1 < document.length(); t++) {
            double all = 0;
            for (int i = 0; i < V; i++) all += Math.exp(logits[t * V + i]);
            sum += Math.log(all) - logits[t * V + document.ids()[t + 1]];
        }

        var training = new Pretraining(model, always(List.of(document)), 1, new Schedule(1e-9, 0, 0, 1, 1), 0);

        assertThat(training.step(0).loss()).isCloseTo(sum / (document.length() - 1), within(1e-4));
    }

    @Test
    void claim18WeightsBeginAsThePaperSays() {
        var configuration = new TransformerConfiguration(
                64, 2, 2, 128, vocabulary, 4, false, TransformerConfiguration.Initialisation.PAPER);
        var model = new TransformerModel(configuration, Ops.random(1, "claims", 0), false);

        for (Map.Entry<String, Weights.Array> entry : model.arrays().entrySet()) {
            float[] values = entry.getValue().values();
            double squares = 0, largest = 0;
            for (float value : values) {
                squares += (double) value * value;
                largest = Math.max(largest, Math.abs(value));
            }
            double deviation = Math.sqrt(squares / values.length);
            String name = entry.getKey();
            if (name.contains("out_proj") || name.contains("fc2")) {
                assertThat(largest).as(name).isZero();
            } else if (name.contains("positions")) {
                assertThat(deviation).as(name).isCloseTo(0.0002, within(0.00001));
            } else {
                // a normal distribution cut at three deviations
                assertThat(deviation).as(name).isCloseTo(0.006 * 0.9866, within(0.0004));
                assertThat(largest).as(name).isLessThanOrEqualTo(0.018);
            }
        }
    }

    /// (T - 1, V)
    private float[] logits(TransformerModel model, TokenStream stream) {
        try (var scope = new PointerScope();
                var guard = new NoGradGuard()) {
            Batch batch = Batch.of(List.of(stream), vocabulary, grid);
            Tensor logits = model.forward(batch.ids(), batch.rows(), batch.columns());
            return Parameters.toArray(logits);
        }
    }

    private void learn(TransformerModel model, int steps) {
        var training = new Pretraining(model, masked(), 1, new Schedule(4e-3, 20, steps, steps, 0.1), 0);
        for (int step = 0; step < steps; step++) training.step(step);
    }

    private TransformerConfiguration configuration(int width, int layers) {
        return new TransformerConfiguration(width, layers, 4, 64, vocabulary, 4);
    }

    /// Two words that name a picture of random codes.
    private static List<CaptionedImage> pairs() {
        var random = new Random(64);
        var pairs = new ArrayList<CaptionedImage>();
        for (int i = 0; i < PAIRS; i++) {
            pairs.add(new CaptionedImage(
                    new int[] {4 + i % 8, 12 + i / 8}, random.ints(CELLS, 0, 8).toArray()));
        }
        return pairs;
    }

    private Documents masked() {
        var masking = new Cm3Masking(vocabulary, 1, 0.5);
        return documents(random -> pairs.stream()
                .map(pair -> masking.maskWhole(layout.standalone(pair), random))
                .toList());
    }

    private static Documents always(List<TokenStream> documents) {
        return documents(_ -> documents);
    }

    private static Documents documents(Function<RandomGenerator, List<TokenStream>> make) {
        return new Documents() {
            @Override
            public List<List<TokenStream>> step(long step, Share share, RandomGenerator random) {
                return List.of(share.of(make.apply(random)));
            }

            @Override
            public Map<String, List<TokenStream>> validation() {
                return Map.of();
            }
        };
    }
}
