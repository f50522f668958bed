package dev.cm3leon.model.vq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CodebookTest {
    private static final int CODES = 500, WIDTH = 256, CELLS = 40; // as wide as a VQGAN's

    @Test
    void theNearestCodeIsThatOfSumsInDoublePrecision() {
        float[] vectors = gaussian(CODES * WIDTH, 1), cells = gaussian(CELLS * WIDTH, 2);

        int[] codes = new Codebook(vectors, WIDTH).nearest(cells);

        for (int cell = 0; cell < CELLS; cell++) {
            int best = 0;
            for (int code = 1; code < CODES; code++)
                if (distance(vectors, code, cells, cell) < distance(vectors, best, cells, cell)) best = code;
            assertThat(codes[cell]).isEqualTo(best);
        }
    }

    @Test
    void ofEqualsTheLowestIsTaken() {
        assertThat(new Codebook(new float[] {3, 1, 1, 2}, 1).nearest(new float[] {1, 2.5f, 9}))
                .containsExactly(1, 0, 0);
    }

    private static double distance(float[] vectors, int code, float[] cells, int cell) {
        double sum = 0;
        for (int d = 0; d < WIDTH; d++) {
            double difference = (double) cells[d * CELLS + cell] - vectors[code * WIDTH + d];
            sum += difference * difference;
        }
        return sum;
    }

    private static float[] gaussian(int count, long seed) {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float) random.nextGaussian();
        return values;
    }
}
