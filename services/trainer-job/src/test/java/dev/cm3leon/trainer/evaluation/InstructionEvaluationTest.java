package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Edit;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.avatars.Restyling;
import dev.cm3leon.trainer.evaluation.FakePlatform.Request;
import java.io.IOException;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Parts of portraits, asked of a model that does what it is asked.
@Timeout(120)
class InstructionEvaluationTest {

    private static final ModelBundle BUNDLE = ModelBundle.open(ModelBundle.DEFAULT);
    private static final Gallery GALLERY = new Gallery(100, 5);
    private static final Random RANDOM = new Random(4);

    private final FakePlatform platform = new FakePlatform(BUNDLE.id());

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void theRegionHoldsAllThatChanges() throws IOException {
        platform.model = request -> Avatars.draw(Seen.portrait(request.words()));

        Measured measured = measure("regions", 2);

        String section = "A region drawn again";
        assertThat(measured.share(section, "drawn", "all right")).isEqualTo("2 of 2");
        assertThat(measured.share(section, "copy the picture", "all right")).isEqualTo("0 of 2");
        assertThat(measured.said(section, "the asked attribute came out as asked"))
                .isEqualTo("2 of 2");
        // one, by which the tokenizer is off, where nothing else differs
        assertThat(
                        measured.numberSaid(
                                section,
                                "mean difference of a channel, of 255, outside the region, to the given picture through the tokenizer"))
                .isEqualTo(1);
        assertThat(measured.numberSaid(section, "mean share of the picture that is drawn again"))
                .isBetween(0.01, 0.9);
    }

    @Test
    void aWordIsAskedForBetweenWhatStandsAroundIt() throws IOException {
        platform.model = request -> {
            String caption = Captions.canonical(Seen.portrait(request.picture().rgb()));
            String before = request.texts().getFirst(), after = request.texts().getLast();
            assertThat(caption).startsWith(before).endsWith(after);
            String word = caption.substring(before.length(), caption.length() - after.length())
                    .strip();
            return after.startsWith(" background") ? "striped" : word;
        };

        Measured measured = measure("gaps", 8);

        String section = "A word between two texts";
        for (String right : new String[] {"skin", "eyes", "clothes colour"})
            assertThat(measured.share(section, "said", right)).as(right).isEqualTo("2 of 2");
        assertThat(measured.share(section, "said", "background")).isEqualTo("0 of 2");
        assertThat(measured.share(section, "said", "all")).isEqualTo("6 of 8");
        assertThat(measured.share(section, "tokenizer's ceiling", "all")).isEqualTo("8 of 8");
        String guessed = "the picture not seen: the most frequent word between the two next to it";
        assertThat(measured.number(section, guessed, "eyes"))
                .as("open or closed, or glasses of two kinds")
                .isBetween(0.45, 0.6);
        assertThat(measured.number(section, guessed, "skin")).isBetween(0.2, 0.35);
        assertThat(measured.settings(section)).containsEntry("ruler_sha256", "exact");
    }

    @Test
    void anotherSkinIsAskedForInTheWordsOfTable5() throws IOException {
        platform.model = request -> {
            Portrait before = Seen.portrait(request.picture().rgb());
            return Avatars.draw(Stream.generate(() -> Edit.skin(before, RANDOM))
                    .filter(edit -> request.texts().contains(edit.instruction()))
                    .findFirst()
                    .orElseThrow()
                    .after());
        };

        Measured measured = measure("skins", 2);

        assertThat(measured.asked("Another skin", "drawn"))
                .extracting(request -> request.texts().getFirst())
                .containsOnly("Edit first image following the instruction");
        assertThat(measured.share("Another skin", "drawn", "all right")).isEqualTo("2 of 2");
        assertThat(measured.share("Another skin", "copy the picture", "skin")).isEqualTo("0 of 2");
        assertThat(measured.share("Another skin", "copy the picture", "free all"))
                .isEqualTo("2 of 2");
    }

    @Test
    void edgesComeWithTheCaptionOfWhatTheyAreOf() throws IOException {
        platform.model = request -> {
            byte[] drawn = Avatars.draw(Seen.portrait(request.texts().getLast()));
            assertThat(request.picture().rgb()).isEqualTo(Restyling.edges(drawn, Avatars.SIZE));
            return drawn;
        };

        Measured measured = measure("edges", 2);

        assertThat(measured.share("From edges and a caption", "drawn", "all right"))
                .isEqualTo("2 of 2");
        assertThat(measured.share("From edges and a caption", "copy the edges", "all right"))
                .isEqualTo("0 of 2");
    }

    @Test
    void eachStyleIsComparedWithItsOwnPictures() throws IOException {
        platform.model = request -> new ExactJudges()
                .throughTokenizer(style(request).of(request.picture().rgb(), Avatars.SIZE));

        Measured measured = measure("styles", 6);

        String section = "In another style, PSNR in dB";
        assertThat(measured.settings(section)).isEmpty();
        for (Restyling style : Restyling.values()) {
            double drawn = measured.number(section, "drawn", style.instruction());
            assertThat(drawn)
                    .as(style.instruction())
                    .isEqualTo(measured.number(section, "tokenizer's ceiling", style.instruction()))
                    .isGreaterThan(measured.number(section, "copy the picture", style.instruction()));
        }
    }

    private static Restyling style(Request request) {
        return Stream.of(Restyling.values())
                .filter(style -> request.texts().contains(style.instruction()))
                .findFirst()
                .orElseThrow();
    }

    private Measured measure(String part, int prompts) throws IOException {
        var size = new Evaluation.Size(prompts, 1, 1);
        var judges = new ExactJudges();
        var report = new Report(size, judges::rulerSha256);
        var asking = new Asking(platform.client(), BUNDLE, size.seed());
        new InstructionEvaluation(asking, judges, GALLERY, (section, portraits) -> {}, size, report)
                .parts()
                .get(part)
                .run();
        return Measured.of(report, platform);
    }
}
