package dev.cm3leon.trainer.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.Cm3Masking;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.Packing;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.torch.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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

    /// What is read is a block without its last token, and what is predicted the block without its first.
    @Test
    void claim4TargetsAreTheBlocksShiftedByOne() {
        var packing = new Packing(pairs.stream().map(layout::standalone).iterator(), 33);
        List<TokenStream> blocks = List.of(packing.next(), packing.next());

        Batch batch = Batch.of(blocks, vocabulary, grid, LossWeights.EQUAL, Device.CPU);

        long[] read = new long[64], predicted = new long[64];
        Device.copy(batch.ids(), read, 0);
        Device.copy(batch.next(), predicted, 0);
        for (int i = 0; i < 64; i++) {
            int[] block = blocks.get(i / 32).ids();
            assertThat(read[i]).isEqualTo(block[i % 32]);
            assertThat(predicted[i]).isEqualTo(block[i % 32 + 1]);
        }
        assertThat(batch.targets()).isEqualTo(predicted);
    }

    /// Loss and gradient of a retrieval-augmented document are those of the plain mean over all of its tokens.
    @Test
    void claim11RetrievedTokensWeighAsTheQuerysDo() {
        TransformerModel model = new TransformerModel(configuration(32, 1), Ops.random(1, "claims", 0), false);
        learn(model, 30);
        TokenStream document = layout.retrievalAugmented(pairs.subList(1, 3), pairs.getFirst());
        double sum = 0;
        for (float nats : nll(model, document)) sum += nats;
        float[] gradient = gradientOfTheMean(model, document);
        double norm = 0;
        for (float value : gradient) norm = Math.hypot(norm, value);

        var training = new Pretraining(model, always(List.of(document)), 1, new Schedule(1e-9, 0, 0, 1, 1), 0);

        assertThat(training.step(0).loss()).isCloseTo(sum / (document.length() - 1), within(1e-4));
        float[] mean = training.state().get("adam.mean").values(); // a tenth of the gradient, cut to a norm of 1
        assertThat(norm).isGreaterThan(0.1);
        for (int i = 0; i < mean.length; i++)
            assertThat(10 * mean[i] * Math.max(1, norm)).isCloseTo(gradient[i], within(1e-5));
    }

    /// By PyTorch's own mean over the tokens.
    private float[] gradientOfTheMean(TransformerModel model, TokenStream stream) {
        try (var scope = new PointerScope()) {
            Batch batch = Batch.of(List.of(stream), vocabulary, grid, LossWeights.EQUAL, Device.CPU);
            Tensor logits = model.forward(batch.ids(), batch.rows(), batch.columns());
            cross_entropy_loss(logits.view(-1, vocabulary.size()), batch.next()).backward();
            Tensor gradient = model.parameters().gradient();
            float[] values = Parameters.toArray(gradient);
            gradient.zero_();
            return values;
        }
    }

    /// With weight 0 the loss is the mean over all tokens but sentinels, and where they stand is not learned.
    @Test
    void claim12SentinelsWeighOneOrNothing() {
        TokenStream document = new TokenStream.Builder()
                .append(layout.withheldText(List.of(), pairs.getFirst().codes()))
                .append(vocabulary.sentinel(0))
                .append(pairs.getFirst().text())
                .append(vocabulary.eoss())
                .build(); // E S0 B I E S0 T eoss
        double[] costs = new double[2];
        for (int weight = 0; weight < 2; weight++) {
            TransformerModel model = new TransformerModel(configuration(32, 1), Ops.random(1, "claims", 0), false);
            float[] before = nll(model, document);
            double sum = 0, count = 0;
            for (int t = 0; t < before.length; t++) {
                if (weight == 0 && vocabulary.isSentinel(document.ids()[t + 1])) continue;
                sum += before[t];
                count++;
            }

            var training = training(model, always(List.of(document)), 60, new LossWeights(weight, 1, 1));
            var first = training.step(0);
            for (int step = 1; step < 60; step++) training.step(step);

            assertThat(first.loss()).isCloseTo(sum / count, within(1e-4));
            assertThat(first.tokens()).isEqualTo((long) count);
            costs[weight] = nll(model, document)[0]; // of the sentinel that comes first
        }
        assertThat(costs[1]).isLessThan(0.1);
        assertThat(costs[0]).isGreaterThan(3);
    }

    /// An answer of few tokens counts as much as the picture before it, and of a changed picture what was changed.
    @Test
    void whatIsAskedForMayWeighMore() {
        var weights = new LossWeights(0, 4, 3);
        int[] codes = pairs.getFirst().codes(), other = codes.clone();
        other[5] = (other[5] + 1) % vocabulary.imageCodes();
        TokenStream answered = new TokenStream.Builder()
                .append(layout.withheldText(List.of(), codes))
                .append(vocabulary.sentinel(0))
                .append(10)
                .append(11)
                .append(vocabulary.eoss())
                .build(); // E S0 B I E S0 T T eoss
        TokenStream first = layout.standalone(new CaptionedImage(new int[] {10}, codes));
        TokenStream second = layout.standalone(new CaptionedImage(new int[0], other));
        TokenStream changed =
                first.slice(0, first.length() - 1).then(second.slice(1, second.length())); // E T B I B I E

        float[] ofAnswered = weights.of(answered, vocabulary), ofChanged = weights.of(changed, vocabulary);

        assertThat(ofAnswered).startsWith(0, 0, 1, 1).endsWith(1, 0, 4, 4, 4);
        assertThat(ofChanged[3 + CELLS + 1 + 5]).isEqualTo(3);
        assertThat(IntStream.range(1, ofChanged.length).filter(t -> ofChanged[t] != 1))
                .hasSize(1);
        TransformerModel model = new TransformerModel(configuration(32, 1), Ops.random(1, "claims", 0), false);
        learn(model, 30);
        assertThat(training(model, always(List.of(answered)), 1, weights)
                        .step(0)
                        .tokens())
                .isEqualTo(answered.length() - 3);
    }

    /// In the words of table 5 the instruction stands between the pictures, as the query of a retrieved document does.
    @Test
    void anEditInTheWordsOfTable5WeighsItsChangesTooAndAQueryBehindADocumentDoesNot() {
        var weights = new LossWeights(1, 1, 3, List.of(20, 21));
        int[] codes = pairs.getFirst().codes(), other = codes.clone();
        other[5] = (other[5] + 1) % vocabulary.imageCodes();
        var before = new CaptionedImage(new int[] {20, 21}, codes);
        var after = new CaptionedImage(new int[] {10, 11, 12}, other);
        TokenStream edit = layout.retrievalAugmented(List.of(before), after); // E q B I B T B I E
        TokenStream retrieved =
                layout.retrievalAugmented(List.of(new CaptionedImage(new int[] {20, 22}, codes)), after);

        float[] ofEdit = weights.of(edit, vocabulary), ofRetrieved = weights.of(retrieved, vocabulary);

        assertThat(ofEdit[4 + CELLS + 1 + 3 + 1 + 5]).isEqualTo(3);
        assertThat(IntStream.range(1, ofEdit.length).filter(t -> ofEdit[t] != 1))
                .hasSize(1);
        assertThat(IntStream.range(1, ofRetrieved.length).filter(t -> ofRetrieved[t] != 1))
                .isEmpty();
    }

    /// Losses by kind of token and by quarter of the context add up to the loss.
    @Test
    void theLossIsToldByKindAndPlace() {
        TransformerModel model = new TransformerModel(configuration(32, 1), Ops.random(1, "claims", 0), false);
        TokenStream document = layout.retrievalAugmented(pairs.subList(1, 2), pairs.getFirst()); // 41 tokens
        float[] nll = nll(model, document);
        double images = 0, first = 0;
        for (int t = 0; t < nll.length; t++) {
            if (vocabulary.isImage(document.ids()[t + 1])) images += nll[t];
            if (t < 16) first += nll[t];
        }

        var outcome =
                training(model, always(List.of(document)), 1, LossWeights.EQUAL).step(0);

        Map<String, Double> told = outcome.metrics();
        assertThat(told.get("loss_image")).isCloseTo(images / 32, within(1e-4));
        assertThat(told.get("loss_from_0")).isCloseTo(first / 16, within(1e-4));
        assertThat(told)
                .containsKeys("loss_from_16", "loss_from_32")
                .doesNotContainKeys("loss_from_48", "text_only_spans");
        assertThat((32 * told.get("loss_image") + 4 * told.get("loss_text") + 4 * told.get("loss_special")) / 40)
                .isCloseTo(outcome.loss(), within(1e-4));
    }

    /// Of words, of a cell, and of words behind a cell.
    @Test
    void theShareOfSpansThatAreTextAloneIsTold() {
        int E = vocabulary.eos(), B = vocabulary.breakId(), eoss = vocabulary.eoss();
        int first = vocabulary.sentinel(0), second = vocabulary.sentinel(1), cell = vocabulary.image(3);
        var both = new int[] {E, first, B, cell, second, E, first, 10, 11, eoss, second, cell, eoss};
        var mixed = new int[] {E, 10, B, cell, first, B, cell, E, first, cell, E, E, 11, eoss};
        List<TokenStream> documents = Stream.of(both, mixed)
                .map(ids -> new TokenStream.Builder().append(ids).build())
                .toList();
        TransformerModel model = new TransformerModel(configuration(32, 1), Ops.random(1, "claims", 0), false);

        var outcome =
                training(model, always(documents), 1, new LossWeights(0, 1, 1)).step(0);

        assertThat(outcome.metrics().get("text_only_spans")).isCloseTo(1 / 3.0, within(1e-9));
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

    @Test
    void claim18AtTheBeginningEveryBlockHandsOnWhatItGetsAndTheLossIsThatOfAGuess() {
        var configuration = new TransformerConfiguration(
                64, 2, 4, 64, vocabulary, 4, false, TransformerConfiguration.Initialisation.PAPER);
        var model = new TransformerModel(configuration, Ops.random(1, "claims", 0), false);
        List<TokenStream> documents = pairs.stream().map(layout::standalone).toList();

        try (var scope = new PointerScope();
                var guard = new NoGradGuard()) {
            Batch batch = Batch.of(documents, vocabulary, grid, LossWeights.EQUAL, Device.CPU);
            Tensor x = model.embed(batch.ids(), batch.rows(), batch.columns());
            for (int n = 0; n < 2; n++) {
                assertThat(Parameters.toArray(model.block(n, x))).isEqualTo(Parameters.toArray(x));
            }
        }
        assertThat(training(model, always(documents), 1, LossWeights.EQUAL)
                        .step(0)
                        .loss())
                .isCloseTo(Math.log(vocabulary.size()), within(0.05));
    }

    private static Pretraining training(TransformerModel model, Documents documents, int steps, LossWeights weights) {
        return new Pretraining(
                model,
                documents,
                1,
                "test",
                new Schedule(1e-2, 5, steps, steps, 1),
                new AdamW.Settings(0.9, 0.95, 0, 1),
                Workers.ALONE,
                Pretraining.Execution.USUAL,
                weights);
    }

    /// Nats of each token but the first.
    private float[] nll(TransformerModel model, TokenStream stream) {
        float[] logits = logits(model, stream), nll = new float[stream.length() - 1];
        int V = vocabulary.size();
        for (int t = 0; t < nll.length; t++) {
            double all = 0;
            for (int i = 0; i < V; i++) all += Math.exp(logits[t * V + i]);
            nll[t] = (float) (Math.log(all) - logits[t * V + stream.ids()[t + 1]]);
        }
        return nll;
    }

    /// (T - 1, V)
    private float[] logits(TransformerModel model, TokenStream stream) {
        try (var scope = new PointerScope();
                var guard = new NoGradGuard()) {
            Batch batch = Batch.of(List.of(stream), vocabulary, grid, LossWeights.EQUAL, Device.CPU);
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
                .map(pair -> masking.maskWhole(layout.standalone(pair), 65, random))
                .toList());
    }

    private static Documents always(List<TokenStream> documents) {
        return documents(_ -> documents);
    }

    private static Documents documents(Function<RandomGenerator, List<TokenStream>> make) {
        return new Documents() {
            @Override
            public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
                return List.of(share.of(make.apply(random)));
            }

            @Override
            public Map<String, List<TokenStream>> validation() {
                return Map.of();
            }
        };
    }
}
