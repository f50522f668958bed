package dev.cm3leon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// CLIPScore, boxes and Wilson intervals, held to their references; intervals of means to their formula.
class SmallMeasuresTest {

    @Test
    void clipScoresAreThoseOfTheReference() {
        JsonNode file = References.json("clipscore.json");
        double sum = 0, withReferences = 0;
        for (JsonNode one : file.get("cases")) {
            float[] image = References.floats(one.get("image")), caption = References.floats(one.get("caption"));
            List<float[]> references = new ArrayList<>();
            for (JsonNode reference : one.get("references")) references.add(References.floats(reference));

            double score = ClipScore.of(image, caption);
            double reference = ClipScore.withReferences(image, caption, references);

            String kind = one.get("kind").asString();
            assertThat(score).as(kind).isCloseTo(one.get("clipscore_w2_5").asDouble(), Offset.offset(1e-9));
            assertThat(40 * score).as(kind).isCloseTo(one.get("clip_score_100").asDouble(), Offset.offset(1e-7));
            assertThat(reference).as(kind).isCloseTo(one.get("refclipscore").asDouble(), Offset.offset(1e-9));
            sum += score;
            withReferences += reference;
        }
        int n = file.get("cases").size();
        assertThat(sum / n).isCloseTo(file.get("corpus").get("clipscore_w2_5").asDouble(), Offset.offset(1e-9));
        assertThat(withReferences / n)
                .isCloseTo(file.get("corpus").get("refclipscore").asDouble(), Offset.offset(1e-9));
    }

    @Test
    void boxesOverlapAsTheReferenceSays() {
        for (JsonNode pair : References.json("boxes.json").get("pairs")) {
            Box detected = box(pair.get("detected_xywh")), truth = box(pair.get("truth_xywh"));

            assertThat(detected.iou(truth))
                    .as(pair.toString())
                    .isCloseTo(pair.get("iou").asDouble(), Offset.offset(1e-12));
            assertThat(detected.hits(truth)).isEqualTo(pair.get("hit_at_0_5").asBoolean());
        }
    }

    @Test
    void wilsonIntervalsAreThoseOfTheReference() {
        for (JsonNode one : References.json("stats.json").get("wilson")) {
            var share = new Share(one.get("k").asLong(), one.get("n").asLong());
            for (int percent : new int[] {90, 95, 99}) {
                JsonNode expected = one.get("wilson_" + percent);
                Share.Interval interval = share.wilson(percent / 100.0);
                assertThat(interval.low())
                        .as(one.toString())
                        .isCloseTo(expected.get(0).asDouble(), Offset.offset(1e-12));
                assertThat(interval.high())
                        .as(one.toString())
                        .isCloseTo(expected.get(1).asDouble(), Offset.offset(1e-12));
            }
        }
        assertThat(new Share(7, 8)).hasToString("87.5 % [52.9, 97.8]");
        assertThatThrownBy(() -> new Share(3, 2)).hasMessageContaining("got 3 of 2");
        assertThatThrownBy(() -> new Share(0, 0)).hasMessageContaining("got 0 of 0");
    }

    @Test
    void theIntervalOfAMeanIsThatOfItsStandardErrorAndTheSameEachTime() {
        double[] values = new Random(7).doubles(400).toArray();
        double mean = Arrays.stream(values).average().orElseThrow(), half = 1.96 * Math.sqrt(1 / 12.0 / 400);

        Share.Interval interval = Bootstrap.ofMean(values, 0.95);

        assertThat(interval.low()).isCloseTo(mean - half, Offset.offset(0.15 * half));
        assertThat(interval.high()).isCloseTo(mean + half, Offset.offset(0.15 * half));
        assertThat(Bootstrap.ofMean(values, 0.95)).isEqualTo(interval);
        assertThat(Bootstrap.ofMean(new double[] {3, 3}, 0.95)).isEqualTo(new Share.Interval(3, 3));
        assertThat(Bootstrap.ofRatio(new double[] {1, 2}, new double[] {2, 4}, 0.95))
                .isEqualTo(new Share.Interval(0.5, 0.5));
        assertThatThrownBy(() -> Bootstrap.ofRatio(values, new double[1], 0.95)).hasMessageContaining(" and 1");
        assertThatThrownBy(() -> Bootstrap.ofMean(new double[0], 0.95)).hasMessageContaining("got 0");
        assertThatThrownBy(() -> Bootstrap.ofMean(values, 1)).hasMessageContaining("got 1.0");
    }

    private static Box box(JsonNode xywh) {
        return new Box(
                xywh.get(0).asDouble(),
                xywh.get(1).asDouble(),
                xywh.get(2).asDouble(),
                xywh.get(3).asDouble());
    }
}
