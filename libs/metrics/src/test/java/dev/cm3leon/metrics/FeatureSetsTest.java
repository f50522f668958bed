package dev.cm3leon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Held to scipy, pytorch-fid and prdc, singular covariances and outliers among the sets.
class FeatureSetsTest {

    static List<JsonNode> sets() {
        return elements(References.json("frechet.json").get("cases"));
    }

    static List<JsonNode> neighbours() {
        return elements(References.json("image-quality.json").get("cases"));
    }

    @ParameterizedTest
    @MethodSource("sets")
    void theFrechetDistanceIsThatOfTheReference(JsonNode set) {
        JsonNode expected = set.get("frechet");
        double scale = expected.get("mean_term").asDouble()
                + expected.get("trace_x").asDouble()
                + expected.get("trace_y").asDouble();

        assertThat(Frechet.distance(x(set), y(set)))
                .isCloseTo(expected.get("distance").asDouble(), Offset.offset(1e-10 * scale));
    }

    @ParameterizedTest
    @MethodSource("sets")
    void theKernelDistanceIsThatOfTheReference(JsonNode set) {
        float[][] x = x(set), y = y(set);
        JsonNode kid = set.get("kid");

        assertThat(KernelDistance.unbiased(x, y))
                .isCloseTo(kid.get("unbiased_all_rows").asDouble(), Offset.offset(1e-10 * meanKernel(x, y)));
        for (JsonNode subset : kid.get("subsets")) {
            float[][] someX = rows(x, subset.get("x")), someY = rows(y, subset.get("y"));
            assertThat(KernelDistance.unbiased(someX, someY))
                    .isCloseTo(subset.get("value").asDouble(), Offset.offset(1e-10 * meanKernel(someX, someY)));
        }
    }

    @ParameterizedTest
    @MethodSource("neighbours")
    void precisionAndRecallAreThoseOfTheReference(JsonNode set) {
        int k = set.get("nearest_k").asInt();
        float[][] real = matrix(set, set.get("real").asString()),
                drawn = matrix(set, set.get("fake").asString());

        NearestNeighbours result = NearestNeighbours.of(real, drawn, k);

        boolean tied = set.get("smallest_relative_gap").asDouble() == 0;
        assertThat(result.precision()).isCloseTo(set.get("precision").asDouble(), Offset.offset(1e-12));
        assertThat(result.recall()).isCloseTo(set.get("recall").asDouble(), Offset.offset(1e-12));
        assertThat(result.density())
                .isCloseTo(set.get("density").asDouble(), Offset.offset(tied ? 5.0 / k / drawn.length : 1e-12));
        assertThat(result.coverage()).isCloseTo(set.get("coverage").asDouble(), Offset.offset(1e-12));
    }

    @Test
    void refusesSetsThatCannotBeCompared() {
        assertThatThrownBy(() -> Frechet.distance(new float[1][3], new float[5][3]))
                .hasMessageContaining("got 1 and 5");
        assertThatThrownBy(() -> Frechet.distance(new float[5][3], new float[5][4]))
                .hasMessageContaining("got 3 and 4");
        assertThatThrownBy(() -> KernelDistance.unbiased(new float[5][3], new float[5][4]))
                .hasMessageContaining("got 3 and 4");
        assertThatThrownBy(() -> NearestNeighbours.of(new float[3][2], new float[3][2], 3))
                .hasMessageContaining("got 3");
    }

    private static double meanKernel(float[][] x, float[][] y) {
        double sum = 0;
        for (float[] a : x) for (float[] b : x) sum += Math.abs(KernelDistance.kernel(a, b)) / x.length / x.length;
        for (float[] a : x) for (float[] b : y) sum += Math.abs(KernelDistance.kernel(a, b)) / x.length / y.length;
        return sum;
    }

    private static float[][] rows(float[][] all, JsonNode numbers) {
        float[][] some = new float[numbers.size()][];
        for (int i = 0; i < some.length; i++) some[i] = all[numbers.get(i).asInt()];
        return some;
    }

    private static float[][] x(JsonNode set) {
        return matrix(set, "x");
    }

    private static float[][] y(JsonNode set) {
        return matrix(set, "y");
    }

    private static float[][] matrix(JsonNode set, String side) {
        return References.matrix("frechet.safetensors", set.get("case").asString() + "." + side);
    }

    private static List<JsonNode> elements(JsonNode array) {
        var list = new ArrayList<JsonNode>();
        for (JsonNode node : array) list.add(node);
        return list;
    }
}
