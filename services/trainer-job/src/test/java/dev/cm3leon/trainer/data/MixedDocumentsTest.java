package dev.cm3leon.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.ConfigurationFile;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.vq.VqModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is trained on must be, token for token, what the platform will ask.
class MixedDocumentsTest {
    private TrainingConfiguration configuration;
    private BytePairEncoding encoding;
    private MixedDocuments documents;
    private Vocabulary vocabulary;
    private PromptLayout layout;

    @BeforeEach
    void tiny() throws IOException {
        configuration = TrainingConfiguration.named("demo-tiny");
        RandomGenerator random = Ops.random(1, "test", 0);
        List<String> captions =
                new ArrayList<>(List.of(TextTasks.DESCRIBE, TextTasks.question("What colour is the hair?")));
        for (int i = 0; i < 200; i++) captions.add(Captions.of(Portrait.random(random), random));
        encoding = BytePairEncoding.train(captions, BytePairEncoding.SPECIALS, 400);
        documents = new MixedDocuments(
                configuration, encoding, new VqModel(configuration.vq().sizes(), Ops.random(1, "test", 0)));
        vocabulary = configuration.vocabulary(encoding.size());
        layout = PromptLayout.of(vocabulary, new Grid(8), 512);
    }

    @Test
    void theSameStepIsTheSameDocuments() {
        assertThat(documents.step(7, WorkerShare.WHOLE, Ops.random(1, "pretrain", 7)))
                .isEqualTo(documents.step(7, WorkerShare.WHOLE, Ops.random(1, "pretrain", 7)));
        assertThat(documents.step(7, WorkerShare.WHOLE, Ops.random(1, "pretrain", 7)))
                .isNotEqualTo(documents.step(8, WorkerShare.WHOLE, Ops.random(1, "pretrain", 8)));
    }

    @Test
    void allSharesTogetherAreTheWhole() {
        for (long step = 0; step < 6; step++) {
            List<List<TokenStream>> whole = documents.step(step, WorkerShare.WHOLE, Ops.random(1, "pretrain", step));

            for (int index = 0; index < 2; index++) {
                var share = new WorkerShare(index, 2);
                List<List<TokenStream>> part = documents.step(step, share, Ops.random(1, "pretrain", step));

                for (int group = 0; group < whole.size(); group++)
                    assertThat(part.get(group)).isEqualTo(share.of(whole.get(group)));
            }
        }
    }

    @Test
    void sharesOfDocumentsAreThoseOfTheMixture() {
        long with = 0, all = 0, two = 0;
        int steps = 300;
        for (int step = 0; step < steps; step++) {
            List<List<TokenStream>> groups = documents.step(step, WorkerShare.WHOLE, Ops.random(5, "test", step));
            assertThat(groups).as("without documents, and with").hasSize(2);
            with += tokens(groups.get(1));
            all += tokens(groups.get(0)) + tokens(groups.get(1));
            if (groups.get(1).stream().anyMatch(stream -> images(stream) == 3)) two++;
        }

        assertThat((double) with / all).isCloseTo(configuration.mixture().documents(), within(0.1));
        assertThat((double) two / steps).isCloseTo(configuration.mixture().two(), within(0.1));
    }

    private static int tokens(List<TokenStream> streams) {
        return streams.stream().mapToInt(TokenStream::length).sum();
    }

    private static long images(TokenStream stream) {
        return Arrays.stream(stream.cells()).filter(cell -> cell == 0).count();
    }

    @Test
    void captioningIsTrainedOnThePromptThatAsksForIt() {
        int asked = 0;
        for (TokenStream stream : some(60)) {
            if (!startsWith(stream, TextTasks.DESCRIBE, true)) continue;
            asked++;
            var parts = List.<PromptPart>of(
                    new PromptPart.Text(encoding.encode(TextTasks.DESCRIBE)),
                    new PromptPart.TextHole(),
                    image(stream, 0));
            TokenStream prompt = layout.lay(List.of(), parts, 10).conditional();
            assertThat(stream.slice(0, prompt.length())).isEqualTo(prompt);
            assertThat(stream.ids()[stream.length() - 1]).isEqualTo(vocabulary.eoss());
        }
        assertThat(asked).isGreaterThan(3);
    }

    @Test
    void questionsAreTrainedOnThePromptThatAsksThem() {
        int asked = 0;
        for (TokenStream stream : some(80)) {
            if (!startsWith(stream, "Question: ", false)) continue;
            asked++;
            int sentinel = indexOf(stream, vocabulary.sentinel(0), 0);
            String question = encoding.decode(Arrays.copyOfRange(stream.ids(), 1, sentinel));
            assertThat(question).endsWith("? Answer: ");
            var parts = List.<PromptPart>of(
                    new PromptPart.Text(encoding.encode(question)), new PromptPart.TextHole(), image(stream, 0));
            TokenStream prompt = layout.lay(List.of(), parts, 10).conditional();
            assertThat(stream.slice(0, prompt.length())).isEqualTo(prompt);
        }
        assertThat(asked).isGreaterThan(1);
    }

    @Test
    void drawingWithDocumentsIsTrainedOnThePromptThatAsksForItAndOnItsUnconditionalTwin() {
        int asked = 0, unconditional = 0;
        for (TokenStream stream : some(120)) {
            int images = (int) images(stream);
            if (images < 2) continue;
            List<CaptionedImage> retrieved = new ArrayList<>();
            int at = 1;
            for (int i = 0; i + 1 < images; i++) {
                int end = indexOf(stream, vocabulary.breakId(), at);
                retrieved.add(new CaptionedImage(
                        Arrays.copyOfRange(stream.ids(), at, end),
                        image(stream, i).codes()));
                at = end + 1 + 64 + 1;
            }
            if (stream.cells()[at] == 0) {
                TokenStream prompt =
                        layout.textToImage(retrieved, new int[] {5}).unconditional();
                assertThat(stream.slice(0, prompt.length())).isEqualTo(prompt);
                unconditional++;
            } else {
                int[] query = Arrays.copyOfRange(stream.ids(), at, indexOf(stream, vocabulary.breakId(), at));
                TokenStream prompt = layout.textToImage(retrieved, query).conditional();
                assertThat(stream.slice(0, prompt.length())).isEqualTo(prompt);
                asked++;
            }
        }
        assertThat(asked).isGreaterThan(20);
        assertThat(unconditional).isPositive();
    }

    @Test
    void someCaptionsAreWithheldAsTheUnconditionalStreamIs() {
        int[] prompt =
                layout.textToImage(List.of(), new int[] {5}).unconditional().ids();

        assertThat(some(120)).anyMatch(stream -> Arrays.equals(Arrays.copyOf(stream.ids(), prompt.length), prompt));
    }

    @Test
    void validationHasEveryCaseAndEndsWithAPicture() {
        var validation = documents.validation();

        assertThat(validation.keySet())
                .contains("caption", "none", "right", "wrong", "right_first", "right_last", "parts")
                .contains("scene_none", "scene_right", "scene_wrong", "scene_parts");
        for (String kind : List.of("", "scene_")) {
            for (int i = 0; i < 48; i++) {
                TokenStream none = validation.get(kind + "none").get(i);
                for (String evidence : List.of("right", "wrong", "right_first", "right_last")) {
                    TokenStream with = validation.get(kind + evidence).get(i);
                    assertThat(with.slice(with.length() - none.length() + 1, with.length()))
                            .isEqualTo(none.slice(1, none.length())); // the same query and picture
                    assertThat(with.cells()[with.length() - 2]).isEqualTo(63);
                }
            }
        }
    }

    @Test
    void validationShowsNoMoreDocumentsThanTheContextHolds() {
        String json = configuration.json().replace("\"context\" : 512", "\"context\" : 276");
        var one = ConfigurationFile.parse(
                json.replace("\"two\" : 0.5", "\"two\" : 0").getBytes(StandardCharsets.UTF_8));

        var validation =
                new MixedDocuments(one, encoding, new VqModel(one.vq().sizes(), Ops.random(1, "test", 0))).validation();

        assertThat(validation.keySet())
                .containsExactly("caption", "none", "scene_none", "right", "scene_right", "wrong", "scene_wrong");
        assertThat(validation.values())
                .allSatisfy(streams -> assertThat(streams).allMatch(stream -> stream.length() <= 276));
    }

    @Test
    void anEditIsTrainedOnThePromptThatAsksForIt() {
        int edits = 0;
        for (TokenStream stream : some(120)) {
            if (!startsWith(stream, "Make the ", false) && !startsWith(stream, "Move it ", false)) continue;
            edits++;
            int[] instruction = Arrays.copyOfRange(stream.ids(), 1, indexOf(stream, vocabulary.breakId(), 0));
            var parts =
                    List.<PromptPart>of(new PromptPart.Text(instruction), image(stream, 0), new PromptPart.ImageHole());
            TokenStream prompt = layout.lay(List.of(), parts, 1).conditional();
            assertThat(stream.slice(0, prompt.length())).isEqualTo(prompt);
            assertThat(stream.length()).isEqualTo(prompt.length() + 64 + 1);
        }
        assertThat(edits).isGreaterThan(3);
    }

    @Test
    void theNameIsAskedForWithThePromptOfACaptionAfterDocuments() {
        int asked = 0;
        for (TokenStream stream : some(120)) {
            long images = images(stream);
            if (images < 2 || stream.ids()[stream.length() - 1] != vocabulary.eoss()) continue;
            asked++;
            int first = indexOf(stream, vocabulary.sentinel(0), 0);
            List<CaptionedImage> documents = new ArrayList<>();
            for (int i = 0, at = 1; i + 1 < images; i++, at += 66) {
                int end = indexOf(stream, vocabulary.breakId(), at);
                documents.add(new CaptionedImage(
                        Arrays.copyOfRange(stream.ids(), at, end),
                        image(stream, i).codes()));
                at = end;
            }
            var parts = List.<PromptPart>of(new PromptPart.TextHole(), image(stream, (int) images - 1));
            TokenStream prompt = layout.lay(documents, parts, 10).conditional();
            assertThat(first).isGreaterThan(64);
            assertThat(stream.slice(0, prompt.length())).isEqualTo(prompt);
        }
        assertThat(asked).isGreaterThan(2);
    }

    private List<TokenStream> some(int steps) {
        List<TokenStream> all = new ArrayList<>();
        for (int step = 0; step < steps; step++)
            documents.step(step, WorkerShare.WHOLE, Ops.random(3, "test", step)).forEach(all::addAll);
        assertThat(all).allMatch(stream -> stream.length() <= 512);
        return all;
    }

    private boolean startsWith(TokenStream stream, String text, boolean thenSentinel) {
        int[] ids = encoding.encode(text.stripTrailing());
        if (thenSentinel) ids = encoding.encode(text);
        return stream.length() > ids.length + 1
                && Arrays.equals(Arrays.copyOfRange(stream.ids(), 1, 1 + ids.length), ids)
                && (!thenSentinel || stream.ids()[1 + ids.length] == vocabulary.sentinel(0));
    }

    private PromptPart.Image image(TokenStream stream, int which) {
        int at = -1;
        for (int i = 0; i <= which; i++) at = indexOfCell(stream, at + 1);
        int[] codes = new int[64];
        for (int cell = 0; cell < 64; cell++) codes[cell] = vocabulary.code(stream.ids()[at + cell]);
        return new PromptPart.Image(codes);
    }

    private static int indexOfCell(TokenStream stream, int from) {
        while (stream.cells()[from] != 0) from++;
        return from;
    }

    private static int indexOf(TokenStream stream, int id, int from) {
        while (stream.ids()[from] != id) from++;
        return from;
    }
}
