package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.metrics.Share;
import dev.cm3leon.trainer.evaluation.Asking.Answers;
import dev.cm3leon.trainer.evaluation.PlatformClient.Result;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Evaluation.Size SIZE = new Evaluation.Size(4, 10, 1);

    @Test
    void aSectionIsWrittenWithItsSpecificationAndEachFigureWithItsInterval() {
        Report report = new Report(SIZE, () -> "ab");
        Report.Section section = section(report, answers("a cat", 7, 0.5));

        JsonNode json = JSON.readTree(report.json("demo@1"));

        String hash = json.at("/sections/0/hash").asString();
        assertThat(hash).hasSize(64).isEqualTo(section.specification().hash());
        assertThat(report.toString())
                .contains("\ncats; specification `" + hash.substring(0, 12) + "`\n")
                .contains("| drawn | 75.0 % [30.1, 95.4] |  |");
        assertThat(json.at("/sections/0/specification/asked/drawn/requests").asInt())
                .isEqualTo(1);
        assertThat(json.at("/sections/0/specification/asked/drawn/sampling/0/top_p")
                        .asDouble())
                .isEqualTo(0.5);
        JsonNode figure = json.at("/sections/0/rows/0/figures/right");
        assertThat(figure.path("hits").asInt()).isEqualTo(3);
        assertThat(figure.path("low").asDouble()).isLessThan(0.31);
        assertThat(json.at("/sections/0/rows/0/figures").has("rank")).isFalse();
        assertThat(json.at("/sections/0/specification").has("settings")).isFalse();
        assertThat(json.path("ruler_sha256").asString()).isEqualTo("ab");
    }

    /// Ten groups of ten that are all right or all wrong say no more than ten trials do.
    @Test
    void trialsThatBelongTogetherAreDrawnTogether() {
        int[] of = new int[10], hits = new int[10];
        Arrays.fill(of, 10);
        for (int i = 0; i < 6; i++) hits[i] = 10;

        Figure grouped = Figure.grouped(hits, of), single = Figure.of(60, 100);

        assertThat(grouped.text()).isEqualTo("60.0 % [30.0, 90.0]");
        assertThat(grouped.high() - grouped.low()).isGreaterThan(2 * (single.high() - single.low()));
        assertThat(Figure.grouped(new int[10], of).high())
                .isEqualTo(Figure.of(0, 10).high());
        assertThat(Figure.grouped(of, of).low()).isEqualTo(Figure.of(10, 10).low());
    }

    @Test
    void theHashIsThatOfWhatWasAskedAndOfNothingElse() {
        String hash = hash(SIZE, answers("a cat", 7, 0.5));

        assertThat(hash(SIZE, answers("a cat", 7, 0.5))).isEqualTo(hash);
        assertThat(hash(SIZE, answers("a dog", 7, 0.5))).as("another prompt").isNotEqualTo(hash);
        assertThat(hash(SIZE, answers("a cat", 8, 0.5))).as("another seed").isNotEqualTo(hash);
        assertThat(hash(SIZE, answers("a cat", 7, 0.9)))
                .as("another setting of the sampler")
                .isNotEqualTo(hash);
        assertThat(hash(new Evaluation.Size(4, 20, 1), answers("a cat", 7, 0.5)))
                .as("another bank")
                .isNotEqualTo(hash);
        Report.Section resized = section(new Report(SIZE), answers("a cat", 7, 0.5));
        resized.resized("to 224 x 224");
        assertThat(resized.specification().hash())
                .as("another size of pictures")
                .isNotEqualTo(hash);
        Report.Section otherwise = section(new Report(SIZE), answers("a cat", 7, 0.5));
        otherwise.setting("rounds", 8);
        assertThat(otherwise.specification().hash()).as("another setting").isNotEqualTo(hash);
    }

    @Test
    void theRulerIsPartOfTheHashWhereItJudgesAndNowhereElse() {
        Report one = new Report(SIZE, () -> "ab"), other = new Report(SIZE, () -> "cd");

        assertThat(other.portraits("Portraits", "training").specification().hash())
                .isNotEqualTo(
                        one.portraits("Portraits", "training").specification().hash());
        assertThat(words(other)).isNotEqualTo(words(one));
        assertThat(section(other, answers("a cat", 7, 0.5)).specification().hash())
                .isEqualTo(hash(SIZE, answers("a cat", 7, 0.5)));
        JsonNode sections = JSON.readTree(one.json("demo@1")).path("sections");
        assertThat(sections.at("/0/specification/settings/ruler_sha256").asString())
                .isEqualTo("ab");
        assertThat(JSON.readTree(other.json("demo@1")).path("sections").path(2).path("specification"))
                .noneMatch(JsonNode::isNull)
                .hasSize(7);
    }

    @Test
    void aMeanHasTheIntervalOfItsResamples() {
        Figure mean = Figure.mean("%.1f", new double[] {1, 1, 2, 4});

        assertThat(mean.value()).isEqualTo(2);
        assertThat(mean.text()).matches("2\\.0 \\[1\\.\\d, [23]\\.\\d]");
        assertThat(mean.low()).isBetween(1.0, 1.5);
        assertThat(mean.high()).isBetween(2.5, 4.0);
        assertThat(Figure.mean("%.1f", new double[0])).isEqualTo(Figure.NONE);
    }

    @Test
    void theOrderInWhichARequestWasWrittenDoesNotMatter() {
        Map<String, Object> one = new LinkedHashMap<>(), other = new LinkedHashMap<>();
        one.put("prompt", "a cat");
        one.put("seed", 1);
        other.put("seed", 1);
        other.put("prompt", "a cat");

        assertThat(EvaluationSpecification.Asked.of(List.of(one), List.of()))
                .isEqualTo(EvaluationSpecification.Asked.of(List.of(other), List.of()));
    }

    private static String words(Report report) {
        return report.judged("Words", "training", List.of("right"))
                .specification()
                .hash();
    }

    private static String hash(Evaluation.Size size, Answers answers) {
        return section(new Report(size), answers).specification().hash();
    }

    private static Report.Section section(Report report, Answers answers) {
        Report.Section section = report.section("Cats", "cats", List.of("right", "rank"));
        section.row("drawn", List.of(Figure.of(new Share(3, 4)), Figure.NONE), answers);
        return section;
    }

    private static Answers answers(String prompt, int seed, double topP) {
        JsonNode sampling = JSON.createObjectNode().put("top_p", topP);
        return new Answers(
                List.of(Map.of("prompt", prompt, "seed", seed)),
                List.of(new Result("g", null, "text", List.of(), List.of(), "demo@1", sampling)));
    }
}
