package dev.cm3leon.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ContrastiveDecodingTest {
    private static final int N = 40;
    private final Random random = new Random(1);

    @Test
    void scoresAreTheDifferenceOfLogProbabilitiesOfPlausibleIds() {
        for (int round = 0; round < 2000; round++) {
            float[] conditional = logits(), unconditional = logits();
            double alpha = 0.05 + 0.95 * random.nextDouble();
            int k = 1 + random.nextInt(N + 5);
            double expert = 0.5 + random.nextDouble(), amateur = 0.5 + random.nextDouble();

            float[] scores = score(new ContrastiveDecoding(alpha, k, expert, amateur), conditional, unconditional);

            double[] p = softmax(conditional, expert), q = softmax(unconditional, amateur);
            double kth = Arrays.stream(p).sorted().toArray()[N - Math.min(k, N)];
            for (int i = 0; i < N; i++) {
                if (Math.abs(p[i] / (alpha * kth) - 1) < 1e-5) continue; // on the edge, where rounding decides
                if (p[i] > alpha * kth)
                    assertThat((double) scores[i]).isCloseTo(Math.log(p[i]) - Math.log(q[i]), within(1e-4));
                else assertThat(scores[i]).isEqualTo(Float.NEGATIVE_INFINITY);
            }
        }
    }

    @Test
    void aLargerKAllowsMoreAndAtLeastK() {
        for (int round = 0; round < 500; round++) {
            float[] conditional = tied(), unconditional = logits();
            double alpha = 0.2 + 0.8 * random.nextDouble();
            float[] smaller = null;
            for (int k = 1; k <= N; k++) {
                float[] scores = score(new ContrastiveDecoding(alpha, k), conditional, unconditional);
                assertThat(plausible(scores)).isGreaterThanOrEqualTo(k);
                if (smaller != null) {
                    for (int i = 0; i < N; i++) {
                        if (smaller[i] != Float.NEGATIVE_INFINITY)
                            assertThat(scores[i]).isNotEqualTo(Float.NEGATIVE_INFINITY);
                    }
                }
                smaller = scores;
            }
        }
    }

    @Test
    void kOneAndAlphaOneIsGreedy() {
        for (int round = 0; round < 500; round++) {
            float[] conditional = logits();

            float[] scores = score(new ContrastiveDecoding(1, 1), conditional, logits());

            assertThat(plausible(scores)).isEqualTo(1);
            assertThat(argmax(scores)).isEqualTo(argmax(conditional));
        }
    }

    @Test
    void kOneIsTheOriginalContrastiveDecoding() {
        float[] conditional = logits(), unconditional = logits();
        double[] p = softmax(conditional, 1);
        double max = Arrays.stream(p).max().orElseThrow();

        float[] scores = score(new ContrastiveDecoding(0.1, 1), conditional, unconditional);

        for (int i = 0; i < N; i++)
            assertThat(scores[i] != Float.NEGATIVE_INFINITY).isEqualTo(p[i] >= 0.1 * max);
    }

    @Test
    void isNoClassifierFreeGuidanceOfAnyScale() {
        float[] conditional = {0, -0.5f, -6},
                unconditional = {-1, -4, -60}; // the last is favoured most, but implausible

        float[] scores = score(new ContrastiveDecoding(0.3, 1), conditional, unconditional);

        assertThat(argmax(scores)).isEqualTo(1);
        float[] mixed = new float[3];
        for (double scale = -20; scale <= 20; scale += 0.001) {
            Guidance.mix(conditional, unconditional, 3, scale, mixed);
            assertThat(argmax(mixed)).as("scale " + scale).isNotEqualTo(1);
        }
    }

    @Test
    void whatIsNotAllowedStaysSo() {
        float[] conditional = logits(), unconditional = logits();
        for (int i = 10; i < N; i++) conditional[i] = unconditional[i] = Float.NEGATIVE_INFINITY;

        float[] scores = score(new ContrastiveDecoding(0.5, 100), conditional, unconditional);

        for (int i = 10; i < N; i++) assertThat(scores[i]).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(scores).doesNotContain(Float.NaN);
    }

    @Test
    void refusesSettingsByName() {
        assertThatThrownBy(() -> new ContrastiveDecoding(0, 1)).hasMessage("need 0 < alpha <= 1, got 0.0");
        assertThatThrownBy(() -> new ContrastiveDecoding(1, 0)).hasMessage("need k >= 1, got 0");
        assertThatThrownBy(() -> new ContrastiveDecoding(1, 1, 0, 1)).hasMessage("need expertTemperature > 0, got 0.0");
        assertThatThrownBy(() -> new ContrastiveDecoding(1, 1, 1, Double.NaN))
                .hasMessage("need amateurTemperature > 0, got NaN");
    }

    private static float[] score(ContrastiveDecoding contrast, float[] conditional, float[] unconditional) {
        int n = conditional.length;
        float[] scores = new float[n];
        contrast.score(conditional, unconditional, n, scores, new float[n]);
        return scores;
    }

    private float[] logits() {
        float[] logits = new float[N];
        for (int i = 0; i < N; i++) logits[i] = (float) (3 * random.nextGaussian());
        return logits;
    }

    private float[] tied() {
        float[] logits = new float[N];
        for (int i = 0; i < N; i++) logits[i] = random.nextInt(6);
        return logits;
    }

    private static int plausible(float[] scores) {
        int count = 0;
        for (float score : scores) if (score != Float.NEGATIVE_INFINITY) count++;
        return count;
    }

    private static int argmax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
        return best;
    }

    private static double[] softmax(float[] logits, double temperature) {
        double[] p = new double[logits.length];
        double sum = 0;
        for (int i = 0; i < p.length; i++) sum += p[i] = Math.exp(logits[i] / temperature);
        for (int i = 0; i < p.length; i++) p[i] /= sum;
        return p;
    }
}
