package dev.cm3leon.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.ContextOverflowException;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.RandomWeights;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Safetensors.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransformerTest {
    private static final int ROWS = 5;
    private final TransformerConfig config =
            new TransformerConfig(32, 2, 2, 40, new Vocabulary(60, 16, 4), new Grid(3), true, Precision.FLOAT32);
    private final int V = config.vocabulary().size();
    private Safetensors weights;
    private Transformer transformer;

    @BeforeEach
    void open(@TempDir Path folder) {
        Path file = folder.resolve("model.safetensors");
        RandomWeights.transformer(config, 1, DType.F32).write(file);
        weights = Safetensors.open(file);
        transformer = Transformer.open(config, weights, ROWS, 1);
    }

    private void reopen(Precision precision) {
        transformer.close();
        transformer = Transformer.open(rounded(config, precision), weights, ROWS, 1);
    }

    private static TransformerConfig rounded(TransformerConfig config, Precision precision) {
        return new TransformerConfig(
                config.width(),
                config.layers(),
                config.heads(),
                config.context(),
                config.vocabulary(),
                config.grid(),
                config.rowColumnEmbeddings(),
                precision);
    }

    /// Root of the mean squared difference of logits, of their own size.
    private static double distance(float[][] actual, float[][] expected) {
        double error = 0, size = 0;
        for (int t = 0; t < expected.length; t++) {
            if (expected[t] == null) continue;
            for (int i = 0; i < expected[t].length; i++) {
                error += Math.pow(actual[t][i] - expected[t][i], 2);
                size += Math.pow(expected[t][i], 2);
            }
        }
        return Math.sqrt(error / size);
    }

    @AfterEach
    void close() {
        transformer.close();
    }

    @Test
    void moreRowsThanABufferHoldsAreRefusedByTheirSetting() {
        int most = Integer.MAX_VALUE / 4 / (41 * 32);

        assertThatThrownBy(() -> Transformer.open(config, weights, most + 1, 1))
                .hasMessage("need cm3.generator.rows <= %d for this model, got %d", most, most + 1);
    }

    @Test
    void moreWeightsThanOneGraphHoldsAreRefusedByTheirSize() {
        var large =
                new TransformerConfig(2048, 24, 16, 40, config.vocabulary(), config.grid(), true, Precision.FLOAT32);

        assertThatThrownBy(() -> Transformer.open(large, weights, 2, 1))
                .hasMessage(
                        "need a transformer of at most 2146435071 bytes in float32, which ONNX Runtime takes at once, "
                                + "got %d",
                        4 * large.parameters());
        assertThat(rounded(large, Precision.INT8).weightBytes()).isLessThan(4 * large.parameters() / 3);
    }

    /// ONNX Runtime opens such a model, and decodes nothing.
    @Test
    void headsThatItsAttentionDoesNotTakeAreRefused() {
        assertThatThrownBy(() -> new TransformerConfig(
                        24, 2, 2, 40, config.vocabulary(), config.grid(), true, Precision.FLOAT32))
                .hasMessage("need width a multiple of 8 x heads, which ONNX Runtime's attention needs, got 24 and 2");
    }

    @ParameterizedTest
    @EnumSource
    void everyWeightIsInTheGraphOnce(Precision precision) {
        TransformerConfig held = rounded(config, precision);

        assertThat((long) TransformerGraph.build(held, weights, 41).length)
                .isBetween(held.weightBytes(), held.weightBytes() + 6_000); // names and nodes
    }

    @Test
    void roundedWeightsAnswerNearlyTheSame() {
        TokenStream stream = document(new Random(2));
        float[][] whole = decode(stream, 3);

        var distances = new ArrayList<Double>();
        for (Precision precision : List.of(Precision.INT8, Precision.INT4)) {
            reopen(precision);
            distances.add(distance(decode(stream, 3), whole));
        }

        assertThat(distances.get(0)).isBetween(1e-6, 0.02);
        assertThat(distances.get(1)).isBetween(2 * distances.get(0), 0.2);
    }

    @Test
    void cachedStepsEqualTheFullForwardPass() {
        TokenStream stream = document(new Random(2));

        float[][] expected = new ReferenceTransformer(config, weights).forward(stream, -1);
        for (int prompt : new int[] {1, 2, 5, stream.length()}) {
            float[][] actual = decode(stream, prompt);
            for (int t = prompt - 1; t < stream.length(); t++) {
                assertThat(actual[t]).usingComparatorWithPrecision(1e-4f).containsExactly(expected[t]);
            }
        }
    }

    /// What is kept of a prompt's first tokens is the same whatever token comes later.
    @Test
    void neverLooksAhead() {
        TokenStream stream = document(new Random(3));
        int[] changed = stream.ids().clone();
        changed[7] = 11;
        var other = new TokenStream(changed, stream.cells());
        float[] logits = new float[V], logitsAfter = new float[V];

        int row = transformer.admit(stream.slice(0, 10), next(stream, 9), logits);
        int rowAfter = transformer.admit(other.slice(0, 10), next(other, 9), logitsAfter);
        assertThat(logitsAfter).isNotEqualTo(logits);
        transformer.rewind(row, 7);
        transformer.rewind(rowAfter, 7);

        assertThat(goOn(rowAfter, stream, 7)).isDeepEqualTo(goOn(row, stream, 7));
    }

    @ParameterizedTest
    @EnumSource
    void whatARowGetsIsBitEqualWhateverTheOthersHoldAndWhicheverRowItIs(Precision precision) {
        reopen(precision);
        TokenStream stream = document(new Random(4));
        float[][] alone = decode(stream, 4);

        for (int others = 1; others < ROWS; others++) {
            var random = new Random(others);
            for (int i = 0; i < others; i++) transformer.admit(document(random).slice(0, 3 + 4 * i), -1, new float[V]);
            float[] first = new float[V];
            int row = transformer.admit(stream.slice(0, 4), stream.cells()[4], first);
            assertThat(row).isEqualTo(others);
            assertThat(first).containsExactly(alone[3]);
            for (int t = 4; t < stream.length(); t++) {
                // another mix of company at every step: none, some, all
                var rows = new ArrayList<Integer>(List.of(row));
                for (int other = 0; other < others; other++) if (random.nextBoolean()) rows.add(other);
                float[][] logits = new float[rows.size()][V];
                int[] ids = random.ints(rows.size(), 4, 60).toArray();
                int[] cells = random.ints(rows.size(), -1, 9).toArray();
                ids[0] = stream.ids()[t];
                cells[0] = next(stream, t);
                transformer.step(rows.stream().mapToInt(Integer::intValue).toArray(), ids, cells, logits);
                assertThat(logits[0]).containsExactly(alone[t]);
            }
            for (int used = 0; used <= others; used++) transformer.release(used);
        }
    }

    /// Whatever else its original has got meanwhile.
    @Test
    void aForkGoesOnLikeItsOriginalDidBehindTheSameTokens() {
        TokenStream stream = document(new Random(5));
        float[][] alone = decode(stream, 6);

        int original = transformer.admit(stream.slice(0, 6), stream.cells()[6], new float[V]);
        for (int id : new int[] {50, 51, 52})
            transformer.step(new int[] {original}, new int[] {id}, new int[] {-1}, new float[1][V]);
        int fork = transformer.fork(original, 6);
        transformer.step(new int[] {original}, new int[] {53}, new int[] {-1}, new float[1][V]);

        assertThat(goOn(fork, stream, 6)).isDeepEqualTo(Arrays.copyOfRange(alone, 6, stream.length()));
    }

    @Test
    void aRowGoesOnFromWhereItWasRewoundTo() {
        TokenStream stream = document(new Random(5));
        float[][] alone = decode(stream, 6);

        int row = transformer.admit(stream.slice(0, 6), stream.cells()[6], new float[V]);
        for (int id : new int[] {50, 51, 52})
            transformer.step(new int[] {row}, new int[] {id}, new int[] {-1}, new float[1][V]);
        transformer.rewind(row, 6);

        assertThat(goOn(row, stream, 6)).isDeepEqualTo(Arrays.copyOfRange(alone, 6, stream.length()));
        assertThatThrownBy(() -> transformer.rewind(row, stream.length() + 1))
                .hasMessage("need 1 <= length <= %d of row %d, got %d", stream.length(), row, stream.length() + 1);
        assertThatThrownBy(() -> transformer.fork(row, 0))
                .hasMessage("need 1 <= length <= %d of row %d, got 0", stream.length(), row);
    }

    @Test
    void aReleasedRowIsFreeAndForgets() {
        TokenStream stream = document(new Random(6));
        float[][] alone = decode(stream, 2);
        for (int i = 0; i < ROWS; i++) transformer.admit(document(new Random(i)), -1, new float[V]);
        assertThat(transformer.freeRows()).isZero();
        assertThatThrownBy(() -> transformer.admit(stream, -1, new float[V])).hasMessageContaining("all 5 are taken");

        transformer.release(3);

        assertThat(transformer.freeRows()).isEqualTo(1);
        assertThatThrownBy(() -> transformer.step(new int[] {3}, new int[] {5}, new int[] {-1}, new float[1][V]))
                .hasMessage("row 3 is not taken");
        float[] logits = new float[V];
        assertThat(transformer.admit(stream.slice(0, 2), stream.cells()[2], logits))
                .isEqualTo(3);
        assertThat(logits).containsExactly(alone[1]);
    }

    @Test
    void aFullRowRefusesMoreAndStaysWhatItIs() {
        var stream = new TokenStream.Builder();
        for (int t = 0; t < 39; t++) stream.append(4 + t);
        int full = transformer.admit(stream.build(), -1, new float[V]);
        int other = transformer.admit(stream.build().slice(0, 5), -1, new float[V]);
        int twin = transformer.fork(full, 39);
        float[][] last = new float[1][V];
        transformer.step(new int[] {full}, new int[] {9}, new int[] {-1}, last);

        assertThatThrownBy(() -> transformer.step(new int[] {full}, new int[] {9}, new int[] {-1}, new float[1][V]))
                .isInstanceOf(ContextOverflowException.class);
        transformer.step(new int[] {other}, new int[] {9}, new int[] {-1}, new float[1][V]);
        float[][] again = new float[1][V];
        transformer.step(new int[] {twin}, new int[] {9}, new int[] {-1}, again);

        assertThat(again[0]).containsExactly(last[0]);
        assertThatThrownBy(() -> transformer.admit(stream.append(4).append(4).build(), -1, new float[V]))
                .isInstanceOf(ContextOverflowException.class)
                .hasMessageContaining("41")
                .hasMessageContaining("40");
    }

    @Test
    void theNextCellMatters() {
        TokenStream prompt = document(new Random(7)).slice(0, 5);
        float[] here = new float[V], there = new float[V];

        transformer.admit(prompt, 0, here);
        transformer.admit(prompt, 1, there);

        assertThat(here).isNotEqualTo(there);
    }

    @Test
    void countsItsParameters() {
        long counted = weights.tensors().values().stream()
                .mapToLong(Safetensors.Tensor::elements)
                .sum();

        assertThat(config.parameters()).isEqualTo(counted);
        assertThat(weights.tensors().keySet()).noneMatch(name -> name.contains("bias") || name.contains("norm"));
    }

    @Test
    void logitsAreFinite() {
        for (float logit : decode(document(new Random(8)), 1)[5])
            assertThat(logit).isCloseTo(0, within(1e4f));
    }

    private TokenStream document(Random random) {
        var image = new CaptionedImage(
                random.ints(6, 4, 60).toArray(), random.ints(9, 0, 16).toArray());
        return new DocumentLayout(config.vocabulary(), config.grid()).standalone(image);
    }

    /// Logits after every position from the prompt's last on.
    private float[][] decode(TokenStream stream, int prompt) {
        float[][] logits = new float[stream.length()][V];
        int row = transformer.admit(stream.slice(0, prompt), next(stream, prompt - 1), logits[prompt - 1]);
        System.arraycopy(goOn(row, stream, prompt), 0, logits, prompt, stream.length() - prompt);
        transformer.release(row);
        return logits;
    }

    /// Logits of a row that has the first `from` tokens, for each of the others.
    private float[][] goOn(int row, TokenStream stream, int from) {
        float[][] all = new float[stream.length() - from][];
        for (int t = from; t < stream.length(); t++) {
            float[][] out = new float[1][V];
            transformer.step(new int[] {row}, new int[] {stream.ids()[t]}, new int[] {next(stream, t)}, out);
            all[t - from] = out[0];
        }
        return all;
    }

    private static int next(TokenStream stream, int t) {
        return t + 1 < stream.length() ? stream.cells()[t + 1] : -1;
    }
}
