package dev.cm3leon.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Against the recorded numbers of public code.
class ProcessorsTest {
    private static final Map<String, float[]> RECORDED = read();

    /// Weights that are damaged make no picture.
    @Test
    void whatIsNoFiniteNumberIsNotDrawnFrom() {
        for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] nucleus = {1, wrong, 0}, all = nucleus.clone();
            Logits.topP(nucleus, 3, 0.9, new long[3]);

            assertThatThrownBy(() -> Logits.sample(all, 3, 0.5))
                    .hasMessage("need a finite logit among 3, got " + wrong);
            assertThatThrownBy(() -> Logits.sample(nucleus, 3, 0.5)).hasMessageContaining("need a finite logit");
        }
    }

    /// Of four equals the first two have half; a share of 1 leaves the likeliest, and it alone.
    @Test
    void boundsAreKeptOnTheirSide() {
        float[] equals = new float[4], likeliest = {1, 3, 2};
        Logits.topP(equals, 4, 0.5, new long[4]);
        Logits.minP(likeliest, likeliest.clone(), 3, 1);

        float none = Float.NEGATIVE_INFINITY;
        assertThat(equals).containsExactly(none, none, 0, 0);
        assertThat(likeliest).containsExactly(none, 3, none);
    }

    @Test
    void whatNoStreamAllowsStaysImpossible() {
        float none = Float.NEGATIVE_INFINITY;
        float[] mixed = new float[2];
        Guidance.mix(new float[] {none, 1}, new float[] {none, 0}, 2, 3, mixed);

        assertThat(mixed).containsExactly(none, 3);
        assertThat(Logits.logSumExp(new float[] {none, none}, 2)).isEqualTo(none);
    }

    /// However the sum is rounded, the largest number below 1 draws something that can be drawn.
    @Test
    void theLastNumberBelowOneDrawsTheLastThatCanBe() {
        var random = new Random(17);
        for (int i = 0; i < 10_000; i++) {
            float[] logits = new float[20];
            for (int id = 0; id < 17; id++) logits[id] = (float) random.nextGaussian();
            Arrays.fill(logits, 17, 19, Float.NEGATIVE_INFINITY);
            logits[19] = -1e4f; // a weight of 0

            assertThat(Logits.sample(logits, 20, Math.nextDown(1.0))).isEqualTo(16);
        }
    }

    @Test
    void allowedIdsAreARangeAndOthers() {
        var allowed = new AllowedIds(2, 4, 7, 0);
        float[] out = new float[4];
        allowed.gather(new float[] {10, 11, 12, 13, 14, 15, 16, 17}, out);

        assertThat(out).containsExactly(12, 13, 17, 10);
        for (int i = 0; i < 4; i++) assertThat(out[i]).isEqualTo(10 + allowed.id(i));
        assertThat(IntStream.range(0, 9).filter(allowed::contains)).containsExactly(0, 2, 3, 7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.7", "1.0", "1.7"})
    void temperatureAsRecorded(String temperature) {
        for (int row = 0; row < 12; row++) {
            float[] logits = recorded("v50.logits", row).clone();

            Logits.temperature(logits, 50, Double.parseDouble(temperature));

            assertClose(logits, recorded("temperature." + temperature, row), "row " + row);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1", "0.5", "0.9", "0.999"})
    void topPAsRecorded(String p) {
        for (int row = 0; row < 12; row++) {
            float[] input = recorded("v50.logits", row), logits = input.clone();

            Logits.topP(logits, 50, Double.parseDouble(p), new long[50]);

            // which of equal logits are kept is the sort's choice: then only how many is compared
            float[] expected = recorded("top_p." + p, row);
            assertClose(sorted(logits), sorted(expected), "row " + row);
            for (int i = 0; i < 50; i++) {
                if (isUnique(input, i))
                    assertThat(logits[i]).as("row %d, %d", row, i).isEqualTo(expected[i]);
                else assertThat(logits[i]).isIn(input[i], Float.NEGATIVE_INFINITY);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 49, 60})
    void topKAsRecorded(int k) {
        for (int row = 0; row < 12; row++) {
            float[] logits = recorded("v50.logits", row).clone();

            Logits.topK(logits, 50, k, new float[50]);

            assertThat(logits).as("row " + row).containsExactly(recorded("top_k." + k, row));
        }
    }

    @Test
    void temperatureThenTopKThenTopPAsRecorded() {
        for (int row = 0; row < 12; row++) {
            float[] logits = recorded("v50.logits", row).clone();

            Logits.temperature(logits, 50, 0.7);
            Logits.topK(logits, 50, 20, new float[50]);
            Logits.topP(logits, 50, 0.9, new long[50]);

            assertClose(sorted(logits), sorted(recorded("chain", row)), "row " + row);
        }
    }

    private static float[] sorted(float[] values) {
        float[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    private static boolean isUnique(float[] values, int i) {
        for (int j = 0; j < values.length; j++) if (j != i && values[j] == values[i]) return false;
        return true;
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0", "1.0", "1.5", "3.0", "7.5"})
    void guidanceAsRecorded(String scale) {
        for (int row = 0; row < 6; row++) {
            float[] mixed = new float[50];

            Guidance.mix(recorded("cfg.cond", row), recorded("cfg.uncond", row), 50, Double.parseDouble(scale), mixed);

            assertClose(mixed, recorded("cfg.in_batch_reference." + scale, row), "row " + row);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.0, 0.0", "1.0, 1.0", "2.0, 2.0", "3.0, 1.2", "7.5, 1.5"})
    void threeStreamsAsRecorded(String text, String image) {
        for (int row = 0; row < 5; row++) {
            float[] mixed = mixThree(row, Double.parseDouble(text), Double.parseDouble(image));

            assertClose(mixed, recorded("instruct.out.text%s_image%s".formatted(text, image), row), "row " + row);
        }
    }

    @Test
    void threeStreamsOfOneScaleAreTwoStreams() {
        for (int row = 0; row < 5; row++) {
            float[] two = new float[50];
            Guidance.mix(recorded("instruct.full", row), recorded("instruct.none", row), 50, 2.5, two);

            assertClose(mixThree(row, 2.5, 2.5), two, "row " + row);
        }
    }

    @Test
    void aWholeChainAsRecorded() {
        var allowed = new AllowedIds(4, 29);
        for (int row = 0; row < 5; row++) {
            float[] mixed = mixThree(row, 3, 1.2), out = new float[25];
            allowed.gather(mixed, out);
            Logits.temperature(out, 25, 0.7);
            Logits.topP(out, 25, 0.9, new long[25]);

            float[] expected = recorded("instruct.pipeline.out", row);
            assertClose(out, Arrays.copyOfRange(expected, 4, 29), "row " + row);
            for (int id = 0; id < 50; id++) {
                if (!allowed.contains(id)) assertThat(expected[id]).isEqualTo(Float.NEGATIVE_INFINITY);
            }
        }
    }

    private static float[] mixThree(int row, double textScale, double imageScale) {
        float[] mixed = new float[50];
        Guidance.mix(
                recorded("instruct.full", row),
                recorded("instruct.image", row),
                recorded("instruct.none", row),
                50,
                textScale,
                imageScale,
                mixed);
        return mixed;
    }

    private static void assertClose(float[] actual, float[] expected, String what) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            float tolerance = 2e-6f * Math.max(1, Math.abs(expected[i]));
            boolean close = actual[i] == expected[i] || Math.abs(actual[i] - expected[i]) <= tolerance;
            assertThat(close)
                    .as("%s, %d: %s, recorded %s", what, i, actual[i], expected[i])
                    .isTrue();
        }
    }

    private static float[] recorded(String name, int row) {
        return Objects.requireNonNull(RECORDED.get(name + " " + row), name);
    }

    private static Map<String, float[]> read() {
        var numbers = new HashMap<String, float[]>();
        try (var in = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(ProcessorsTest.class.getResourceAsStream("/processors.txt")),
                StandardCharsets.UTF_8))) {
            in.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                String[] words = line.split(" ");
                float[] values = new float[words.length - 2];
                for (int i = 0; i < values.length; i++) values[i] = Float.parseFloat(words[i + 2]);
                numbers.put(words[0] + " " + words[1], values);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return numbers;
    }
}
