package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Identity;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.evaluation.FakePlatform.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Settings of sampling, asked of a model that always draws the same.
@Timeout(120)
class DecodingTest {

    private static final ModelBundle BUNDLE = ModelBundle.open(ModelBundle.DEFAULT);
    private static final long TWINS = 50; // a seed that draws one character twice
    private static final byte[] DRAWN = Avatars.draw(Portrait.forTraining(new Random(99)));

    @TempDir
    Path folder;

    private final FakePlatform platform = new FakePlatform(BUNDLE.id());

    @BeforeEach
    void theModelDraws() {
        platform.model = request -> DRAWN;
    }

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void cdKAloneIsMeasuredWithAsManyCandidatesAsTopP() throws IOException {
        Measured measured = measure(2, 1);

        Map<String, Object> one = best(measured, 1), eight = best(measured, 8);
        assertThat(one).containsEntry("candidates", 1);
        assertThat(eight).containsEntry("candidates", 8);
        assertThat(eight.get("sampling"))
                .isEqualTo(one.get("sampling"))
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .containsEntry("decoding", "cd-k");
        assertThat(first(measured, "CD-K, k 1, alpha 0.3"))
                .as("what is measured for two curves is asked once")
                .isEqualTo(one);
    }

    @Test
    void ofTheAmateursTemperaturesOneIsWhatIsMeasuredElsewhere() throws IOException {
        Measured measured = measure(2, 1);

        String panel = "CD-K, alpha 0.3, k 1, temperature of the amateur ";
        Map<String, Object> plain = first(measured, "CD-K, alpha 0.3, k 1"), half = first(measured, panel + "0.5");
        assertThat(first(measured, panel + "1.0")).isEqualTo(plain);
        assertThat(measured.requests())
                .extracting(Request::json)
                .filteredOn(plain::equals)
                .hasSize(1);
        assertThat(half.get("sampling"))
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                .containsEntry("cd_amateur_temperature", 0.5)
                .hasSize(1 + ((Map<?, ?>) plain.get("sampling")).size());
    }

    @Test
    void whatTheDocumentsAreIsInTheHashWhereThereAreAny() throws IOException {
        Measured measured = measure(2, 1);

        String licence = platform.bank.get("decoding-0").licence();
        assertThat(licence).startsWith("evaluation, decoding, ");
        assertThat(measured.settings("own document")).containsEntry("documents", licence);
        assertThat(measured.settings("another's")).containsEntry("documents", licence);
        assertThat(measured.settings("name alone")).doesNotContainKey("documents");
    }

    private static Map<String, Object> first(Measured measured, String setting) {
        return measured.asked("captions", setting).getFirst().json();
    }

    private static Map<String, Object> best(Measured measured, int candidates) {
        return first(measured, "best of CD-K " + candidates);
    }

    /// Of the three characters the first two are the same.
    @Test
    void anothersDocumentIsThatOfAnotherCharacter() throws IOException {
        Measured measured = measure(3, TWINS);

        List<Identity> own = identities(measured.asked("own document", "top-p 0.5")),
                others = identities(measured.asked("another's", "top-p 0.5"));
        assertThat(own.get(1)).isEqualTo(own.get(0));
        assertThat(others).containsExactly(own.get(2), own.get(2), own.get(0));
    }

    private static List<Identity> identities(List<Request> requests) {
        return requests.stream()
                .map(request ->
                        Seen.portrait(request.documents().getFirst().rgb()).identity())
                .toList();
    }

    private Measured measure(int prompts, long seed) throws IOException {
        var size = new Evaluation.Size(prompts, prompts, seed);
        PlatformClient client = platform.client();
        var asking = new Asking(client, BUNDLE, size.seed());
        Report report = new Decoding(client, asking, new ExactJudges(), size, folder.resolve("points.jsonl"))
                .run(folder.resolve("decoding.png"), part -> {});
        return Measured.of(report, platform);
    }
}
