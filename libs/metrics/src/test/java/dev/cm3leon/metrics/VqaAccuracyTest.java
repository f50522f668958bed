package dev.cm3leon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Held to the official script on 249 answers.
class VqaAccuracyTest {
    private final JsonNode file = References.json("vqa.json");

    @Test
    void normalFormsAreThoseOfTheOfficialScript() {
        for (JsonNode one : file.get("cases")) {
            String answer = one.get("answer").asString();

            assertThat(VqaAccuracy.normalise(answer))
                    .as(one.get("kind").asString())
                    .isEqualTo(one.get("answer_normalised").asString());
            assertThat(References.strings(one.get("human_answers")).stream().map(VqaAccuracy::normalise))
                    .containsExactlyElementsOf(References.strings(one.get("human_answers_normalised")));
        }
    }

    @Test
    void whatNobodyAnsweredIsRefused() {
        assertThatThrownBy(() -> VqaAccuracy.accuracy("red", List.of())).hasMessageContaining("got 0");
    }

    @Test
    void accuracyIsThatOfTheOfficialScript() {
        double sum = 0;
        for (JsonNode one : file.get("cases")) {
            List<String> human = References.strings(one.get("human_answers"));
            double accuracy = 100 * VqaAccuracy.accuracy(one.get("answer").asString(), human);

            assertThat(accuracy)
                    .as(one.get("kind").asString())
                    .isCloseTo(one.get("accuracy").asDouble(), Offset.offset(1e-9));
            sum += accuracy;
        }
        assertThat(sum / file.get("cases").size()).isCloseTo(file.get("overall").asDouble(), Offset.offset(1e-9));
    }
}
