package dev.cm3leon.trainer.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.Grid;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransformerModelTest {
    private final Vocabulary vocabulary = new Vocabulary(20, 8, 4); // 40 ids
    private final TransformerConfiguration configuration = new TransformerConfiguration(16, 2, 2, 32, vocabulary, 2);
    private final TransformerModel model = new TransformerModel(configuration, Ops.random(1, "test", 0), false);
    private final DocumentLayout layout = new DocumentLayout(vocabulary, new Grid(2));

    @Test
    void hasTheParametersOfTheFormulaAndNoOthers() {
        int c = 16;
        long expected = 12L * 2 * c * c + (long) vocabulary.size() * c + 32L * c + 2 * 3L * c;

        assertThat(model.parameters().size()).isEqualTo((int) expected);
        assertThat(model.arrays().keySet()).noneMatch(name -> name.contains("bias") || name.contains("norm"));
    }

    /// Counted by hand as `12 L d^2 + 66,056 d + 4,098 d`; two of those positions are padding that is not here.
    @ParameterizedTest
    @CsvSource({"1024, 24, 16, 373827584", "1536, 24, 16, 787233792", "4096, 32, 32, 6729801728"})
    void claim17TheLargeSizesHaveAsManyParametersAsThePapers(int width, int layers, int heads, long parameters) {
        TransformerConfiguration large = paper(width, layers, heads);

        assertThat(large.shapes().values().stream()
                        .mapToLong(TransformerConfiguration.Shape::values)
                        .sum())
                .isEqualTo(parameters - 2L * width)
                .isEqualTo(large.parameters());
        assertThat(large.shapes()).doesNotContainKeys("embed_rows.weight", "embed_columns.weight");
    }

    @Test
    void refusesASizeThatNoBundleHoldsBeforeAnythingIsDrawn() {
        RandomGenerator never = () -> {
            throw new AssertionError("drawn");
        };

        assertThatThrownBy(() -> new TransformerModel(paper(4096, 32, 32), never, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("at most 1073217535 parameters", "got 6729793536");
    }

    private static TransformerConfiguration paper(int width, int layers, int heads) {
        return new TransformerConfiguration(
                width,
                layers,
                heads,
                4096,
                new Vocabulary(57_344, 8_192, 512),
                32,
                false,
                TransformerConfiguration.Initialisation.PAPER);
    }

    @Test
    void beginsAsThePaperSays() {
        var paper = new TransformerConfiguration(
                64, 2, 2, 128, vocabulary, 2, false, TransformerConfiguration.Initialisation.PAPER);
        var arrays = new TransformerModel(paper, Ops.random(3, "test", 0), false).arrays();

        arrays.forEach((name, array) -> {
            double deviation = name.contains("out_proj") || name.contains("fc2")
                    ? 0
                    : name.startsWith("embed_positions") ? 0.0002 : 0.006;
            double square = 0, largest = 0;
            for (float value : array.values()) {
                square += value * value;
                largest = Math.max(largest, Math.abs(value));
            }
            assertThat(largest).as(name).isLessThanOrEqualTo(3.0001 * deviation);
            assertThat(Math.sqrt(square / array.values().length))
                    .as(name)
                    .isCloseTo(0.9866 * deviation, within(0.04 * deviation + 1e-12)); // cut at three deviations
        });
    }

    @Test
    void beginsWithEveryIdAboutEquallyLikely() {
        var training = new Pretraining(model, always(documents(4)), 1, new Schedule(1e-9, 0, 0, 1, 1), 0);

        assertThat(training.step(0).loss()).isCloseTo(Math.log(vocabulary.size()), within(0.1));
    }

    /// Their pictures are drawn and encoded for it.
    @Test
    void whatIsScoredIsMadeOnce() {
        Documents documents = always(documents(2));
        var made = new AtomicInteger();
        var counted = new Documents() {
            @Override
            public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
                return documents.step(step, share, random);
            }

            @Override
            public Map<String, List<TokenStream>> validation() {
                made.incrementAndGet();
                return documents.validation();
            }
        };
        var training = new Pretraining(model, counted, 1, new Schedule(1e-2, 0, 9, 9, 1), 0);

        double before = training.validate(0).getOrDefault("nll_image_same", 0.0);
        for (int step = 0; step < 9; step++) training.step(step);

        assertThat(training.validate(9).get("nll_image_same")).isLessThan(before);
        assertThat(made).hasValue(1);
    }

    @Test
    void neverLooksAhead() {
        learn(20);
        TokenStream stream = documents(1).getFirst();
        int[] ids = stream.ids().clone();
        ids[7] = ids[7] == 5 ? 6 : 5;

        float[] before = logits(stream), after = logits(new TokenStream(ids, stream.cells()));

        int v = vocabulary.size();
        for (int t = 0; t < 7; t++)
            for (int i = 0; i < v; i++) assertThat(after[t * v + i]).isEqualTo(before[t * v + i]);
        assertThat(java.util.Arrays.equals(before, 7 * v, 8 * v, after, 7 * v, 8 * v))
                .isFalse();
    }

    @Test
    void paddingChangesNothing() {
        learn(5);
        TokenStream stream = documents(1).getFirst();
        TokenStream longer = layout.retrievalAugmented(List.of(image(3)), image(4));

        float[] alone = logits(stream);
        Batch together = Batch.of(List.of(stream, longer), vocabulary, new Grid(2), LossWeights.EQUAL, Device.CPU);
        float[] padded = Parameters.toArray(model.forward(together.ids(), together.rows(), together.columns()));

        for (int i = 0; i < alone.length; i++) assertThat(padded[i]).isCloseTo(alone[i], within(1e-5f));
    }

    @Test
    void learnsAFewDocumentsByHeart() {
        assertThat(learn(250)).isLessThan(0.5); // what is left are the first tokens, which nothing foretells
    }

    @Test
    void bfloat16LearnsTheSame() {
        double full = learn(40);
        var half = new TransformerModel(configuration, Ops.random(1, "test", 0), true);

        assertThat(learn(half, 40)).isCloseTo(full, within(0.1));
    }

    @Test
    void computingAgainAndSmallPiecesGiveTheSameGradients() {
        learn(5); // so that every layer has a say
        float[] whole = gradient(Pretraining.Execution.USUAL);

        float[] thrifty = gradient(new Pretraining.Execution(24, true, false, 3));

        assertThat(whole).hasSameSizeAs(thrifty);
        float largest = 0;
        for (int i = 0; i < whole.length; i++) {
            assertThat(thrifty[i]).isCloseTo(whole[i], within(1e-5f));
            largest = Math.max(largest, Math.abs(whole[i]));
        }
        assertThat(largest).isGreaterThan(0.01f);
    }

    /// A tenth of the clipped gradient: what the first step leaves in the first moment. The model stays as it was.
    private float[] gradient(Pretraining.Execution execution) {
        var before = model.arrays();
        var training = new Pretraining(
                model,
                always(documents(4)),
                1,
                "test",
                new Schedule(1, 0, 0, 1, 1),
                new AdamW.Settings(0.9, 0.95, 0, 1),
                Workers.ALONE,
                execution,
                LossWeights.EQUAL);
        training.step(0);
        float[] moments = training.state().get("adam.mean").values();
        model.restore(new Weights(before, Map.of()));
        return moments;
    }

    @Test
    void refusesAStreamLongerThanTheContext() {
        var stream = new TokenStream(new int[40], new int[40]);

        assertThatThrownBy(() -> logits(stream)).hasMessageContaining("32").hasMessageContaining("39");
    }

    private double learn(int steps) {
        return learn(model, steps);
    }

    private double learn(TransformerModel model, int steps) {
        var training = new Pretraining(model, always(documents(4)), 1, new Schedule(1e-2, 10, steps, steps, 1), 0);
        double loss = 0;
        for (int step = 0; step < steps; step++) loss = training.step(step).loss();
        return loss;
    }

    private float[] logits(TokenStream stream) {
        Batch batch = Batch.of(List.of(stream), vocabulary, new Grid(2), LossWeights.EQUAL, Device.CPU);
        return Parameters.toArray(model.forward(batch.ids(), batch.rows(), batch.columns()));
    }

    private List<TokenStream> documents(int count) {
        List<TokenStream> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) documents.add(layout.standalone(image(i)));
        return documents;
    }

    private CaptionedImage image(int seed) {
        var random = new java.util.Random(seed);
        return new CaptionedImage(
                random.ints(5, 4, 20).toArray(), random.ints(4, 0, 8).toArray());
    }

    private static Documents always(List<TokenStream> documents) {
        return new Documents() {
            @Override
            public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
                return List.of(share.of(documents));
            }

            @Override
            public Map<String, List<TokenStream>> validation() {
                return Map.of("same", documents);
            }
        };
    }
}
