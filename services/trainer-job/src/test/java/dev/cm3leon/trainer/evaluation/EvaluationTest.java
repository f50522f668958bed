package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Captions.QuestionAnswer;
import dev.cm3leon.trainer.avatars.Edit;
import dev.cm3leon.trainer.avatars.Half;
import dev.cm3leon.trainer.avatars.Identity;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.evaluation.FakePlatform.Document;
import dev.cm3leon.trainer.evaluation.FakePlatform.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Portraits, asked of a model that does what it is asked, but for what each test says.
@Timeout(120)
class EvaluationTest {

    private static final ModelBundle BUNDLE = ModelBundle.open(ModelBundle.DEFAULT);
    private static final Gallery GALLERY = new Gallery(100, 5);
    private static final Portrait OTHER = Portrait.forTraining(new Random(99));
    private static final Map<String, Object> NONE = Map.of("documents", 0);
    private static final long TWINS = 70; // a seed that draws one character twice
    private static final String NAMED = "Named characters never trained on";
    private static final Random RANDOM = new Random(4);

    @TempDir
    Path folder;

    private final FakePlatform platform = new FakePlatform(BUNDLE.id());

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void whatTheTestsSeeIsWhatWasDrawnAndAskedFor() {
        Random random = new Random(3);
        for (int i = 0; i < 20; i++) {
            Portrait portrait = Portrait.random(random), again = new Portrait(portrait.identity(), OTHER.look());
            List<byte[]> halves = List.of(Half.UPPER.of(Avatars.draw(portrait)), Half.LOWER.of(Avatars.draw(again)));

            assertThat(Seen.portrait(Avatars.draw(portrait))).isEqualTo(portrait);
            assertThat(Seen.portraits(halves)).extracting(Portrait::identity).containsOnly(portrait.identity());
            assertThat(Seen.portrait(Captions.complete(portrait, random))).isEqualTo(portrait);
            assertThat(Seen.look(Captions.complete("Zoe Quill", portrait, random)))
                    .isEqualTo(portrait.look());
        }
    }

    /// The command line has none of this on its classpath, so it says the names by itself.
    @Test
    void theCommandLineAndItsPageNameEveryPart() throws IOException {
        String refused = catchThrowable(() -> measure("no-such-part", 1)).getMessage();
        String parts = refused.substring(refused.indexOf('[') + 1, refused.indexOf(']'));

        assertThat(Files.readString(Path.of("../cli/src/main/java/dev/cm3leon/cli/EvaluateCommand.java"))
                        .replaceAll("\"\\s*\\+\\s*\"", ""))
                .contains("Of tables: " + parts + ".");
        assertThat(Files.readString(Path.of("../../docs/cli.md"))).contains(parts);
    }

    /// Before a ruler is trained or a document is taken in.
    @Test
    void whatCannotBeMeasuredIsRefusedAtOnce() {
        var untrained = new ExactJudges() {
            @Override
            public String rulerSha256() {
                throw new AssertionError("the ruler is not to be asked");
            }
        };

        assertThatThrownBy(() -> measure(untrained, Set.of("captions", "caption"), 2, 1))
                .isInstanceOf(Arguments.Wrong.class)
                .hasMessageContaining("need --parts of [captions, ");
        assertThatThrownBy(() -> measure(untrained, Set.of("characters"), 1, 1))
                .isInstanceOf(Arguments.Wrong.class)
                .hasMessageContaining("need --prompts and --bank >= 2, got 1 and 2");
        assertThat(platform.bank).isEmpty();
    }

    @Test
    void captionsAreAskedForWithoutDocumentsAndThenWithTheOneThatIsFound() throws IOException {
        platform.model = request -> request.documents().isEmpty()
                ? Avatars.draw(Seen.portrait(request.words()))
                : request.documents().getFirst().rgb();

        Measured measured = measure("captions", 2);

        String section = "Portraits from captions";
        assertThat(retrievals(measured, section, "drawn")).containsExactly(NONE, NONE);
        assertThat(retrievals(measured, section, "drawn, retrieval on")).containsExactly(find(1), find(1));
        assertThat(measured.share(section, "drawn", "all right")).isEqualTo("2 of 2");
        assertThat(measured.share(section, "tokenizer's ceiling", "all right")).isEqualTo("2 of 2");
        assertThat(measured.share(section, "drawn, retrieval on", "all right")).isEqualTo("0 of 2");
        assertThat(measured.number(section, "drawn, retrieval on", "mean"))
                .isEqualTo(measured.number(section, "copy the document found", "mean"))
                .isBetween(0.01, 0.99);
        assertThat(measured.numberSaid(section, Evaluation.FIDELITY)).isBetween(48.1, 48.2); // all channels off by one

        String sets = "Portraits from captions, as sets", clip = "CLIP score (own CLIP)";
        assertThat(measured.number(sets, "drawn", clip)).isEqualTo(1);
        assertThat(measured.number(sets, "true pictures", clip)).isEqualTo(1);
        assertThat(measured.number(sets, "true pictures, each with the prompt of another", clip))
                .isZero();
        assertThat(measured.number(sets, "drawn, retrieval on", clip)).isZero();
        String distance = "Fréchet distance (MobileNetV2Mid features)";
        assertThat(measured.number(sets, "drawn", distance))
                .isEqualTo(measured.number(sets, "true pictures", distance));
        assertThat(measured.number(sets, "drawn, retrieval on", distance))
                .isNotEqualTo(measured.number(sets, "true pictures", distance));
    }

    @Test
    void withheldPairsAreAskedForWithTheModelsGuidanceAndWithNone() throws IOException {
        platform.model = request ->
                Avatars.draw(request.json().containsKey("sampling") ? OTHER : Seen.portrait(request.words()));

        Measured measured = measure("withheld-pairs", 2);

        assertThat(measured.asked("Withheld pairs", "drawn"))
                .allSatisfy(request ->
                        assertThat(Seen.portrait(request.words()).withheld()).isTrue());
        assertThat(measured.asked("Withheld pairs", "drawn, no guidance"))
                .extracting(request -> request.json().get("sampling"))
                .containsOnly(Map.of("guidance_scale", 1.0, "guidance_on", "prompt"));
        assertThat(measured.share("Withheld pairs", "drawn", "all right")).isEqualTo("2 of 2");
        assertThat(measured.share("Withheld pairs", "drawn, no guidance", "all right"))
                .isEqualTo("0 of 2");
    }

    /// The model draws whom its first document shows, in the clothes that it is asked for.
    @Test
    void namedCharactersAreDrawnOfTheRightDocumentOfNoneOfAWrongOneAndOfTwo() throws IOException {
        platform.model = this::drawnOrNamed;

        Measured measured = measure("characters", 2);

        assertThat(platform.bank.keySet())
                .filteredOn(id -> id.matches("eval-\\d+"))
                .hasSize(4);
        List<Request> right = measured.asked(NAMED, "right document, found by the index");
        assertThat(right).extracting(Request::retrieval).containsExactly(find(1), find(1));
        assertThat(retrievals(measured, NAMED, "no document")).containsExactly(NONE, NONE);
        assertThat(measured.asked(NAMED, "wrong document, against the document's character"))
                .isEqualTo(measured.asked(NAMED, "wrong document, against the character asked for"))
                .extracting(Request::retrieval)
                .containsExactly(given("eval-1"), given("eval-0"));
        assertThat(retrievals(measured, NAMED, "two documents, found by the index"))
                .containsExactly(find(2), find(2));
        assertThat(retrievals(measured, NAMED, "two documents, the right one last"))
                .containsExactly(given("eval-1", "eval-0"), given("eval-0", "eval-1"));
        assertThat(right).allSatisfy(request -> assertThat(request.words())
                .contains(request.documents().getFirst().name()));
        assertThat(right)
                .extracting(request -> request.documents().getFirst().id())
                .containsExactly("eval-0", "eval-1");

        assertThat(measured.said(NAMED, "right document found among 6")).isEqualTo("2 of 2");
        assertNamed(measured, "right document, found by the index", "2 of 2", "2 of 2");
        assertNamed(measured, "no document", "0 of 2", "2 of 2");
        assertNamed(measured, "copy the document", "2 of 2", "0 of 2");
        assertNamed(measured, "wrong document, against the character asked for", "0 of 2", "2 of 2");
        assertNamed(measured, "wrong document, against the document's character", "2 of 2", "2 of 2");
        assertNamed(measured, "two documents, found by the index", "2 of 2", "2 of 2");
        assertNamed(measured, "two documents, the right one last", "0 of 2", "2 of 2");
    }

    /// Of the first three characters the first two are the same under two names.
    @Test
    void aWrongDocumentIsThatOfAnotherCharacterNotOfAnotherName() throws IOException {
        platform.model = this::drawnOrNamed;

        Measured measured = measure("characters", 3, TWINS);

        List<Identity> characters = Stream.of("eval-0", "eval-1", "eval-2")
                .map(id -> Seen.portrait(platform.bank.get(id).rgb()).identity())
                .toList();
        assertThat(characters.get(1)).isEqualTo(characters.get(0)).isNotEqualTo(characters.get(2));
        for (String row :
                List.of("wrong document, against the document's character", "two documents, the right one last")) {
            List<Request> requests = measured.asked(NAMED, row);
            for (int i = 0; i < 3; i++)
                assertThat(Seen.portrait(requests.get(i).documents().getFirst().rgb())
                                .identity())
                        .as("%s, %d", row, i)
                        .isNotEqualTo(characters.get(i));
        }
        assertThat(retrievals(measured, "Characters told by their names", "a wrong document: its name said"))
                .containsExactly(given("eval-2"), given("eval-2"), given("eval-1"));
        assertNamed(measured, "wrong document, against the document's character", "3 of 3", "3 of 3");
        assertNamed(measured, "wrong document, against the character asked for", "0 of 3", "3 of 3");
    }

    private static void assertNamed(Measured measured, String row, String fixed, String free) {
        assertThat(measured.share(NAMED, row, "fixed all")).as(row).isEqualTo(fixed);
        assertThat(measured.share(NAMED, row, "free all")).as(row).isEqualTo(free);
    }

    /// The model says whom its first document names.
    @Test
    void charactersAreToldByTheNameOfTheDocumentInFront() throws IOException {
        platform.model = this::drawnOrNamed;
        platform.alike = (one, other) ->
                Seen.portrait(one).identity().equals(Seen.portrait(other).identity());

        var muddled = new ExactJudges() {
            @Override
            public byte[] throughTokenizer(byte[] rgb) {
                return platform.bank.get("eval-0").rgb();
            }
        };

        Measured measured = measure(muddled, Set.of("characters"), 2, 1);

        String section = "Characters told by their names", said = "its name said";
        assertThat(retrievals(measured, section, "the right document"))
                .containsExactly(given("eval-0"), given("eval-1"));
        assertThat(retrievals(measured, section, "one document, found by the picture"))
                .containsExactly(find(1), find(1));
        assertThat(retrievals(measured, section, "two documents, found by the picture"))
                .containsExactly(find(2), find(2));
        assertThat(retrievals(measured, section, "a wrong document: its name said"))
                .containsExactly(given("eval-1"), given("eval-0"));
        for (String row : List.of(
                "the right document",
                "one document, found by the picture",
                "two documents, found by the picture",
                "a wrong document: its name said"))
            assertThat(measured.share(section, row, said)).as(row).isEqualTo("2 of 2");
        assertThat(measured.said(section, "right document found first")).isEqualTo("2 of 2");
        assertThat(measured.said(section, "right document among the two found")).isEqualTo("2 of 2");
        assertThat(measured.share(section, "name of the document that is most alike, 16 x 16 pixels", said))
                .isEqualTo("2 of 2");
        assertThat(measured.share(section, "the same through the tokenizer", said))
                .isEqualTo("1 of 2");
    }

    /// As of a demo: it shows the same under another name, and is found first.
    @Test
    void whatThePlatformKeepsBesidesIsNotSearched() throws IOException {
        platform.model = this::drawnOrNamed;
        platform.alike = (one, other) ->
                Seen.portrait(one).identity().equals(Seen.portrait(other).identity());
        measure("characters", 2);
        Map<String, Document> own = Map.copyOf(platform.bank);
        own.forEach((id, document) ->
                platform.bank.put("a-" + id, new Document("a-" + id, "Demo Name", document.picture(), "CC0-1.0")));

        Measured measured = measure("characters", 2);

        String section = "Characters told by their names";
        assertThat(measured.said(section, "right document found first")).isEqualTo("2 of 2");
        assertThat(measured.share(section, "one document, found by the picture", "its name said"))
                .isEqualTo("2 of 2");
    }

    @Test
    void aDocumentOfAnotherCharacterIsNotTheRightOneFound() throws IOException {
        platform.model = this::drawnOrNamed;
        platform.alike = (document, asked) ->
                Arrays.equals(document, platform.bank.get("eval-0").rgb()); // found first, whatever is looked for

        Measured measured = measure("characters", 2);

        String section = "Characters told by their names";
        assertThat(measured.said(section, "right document found first")).isEqualTo("1 of 2");
        assertThat(measured.said(section, "right document among the two found")).isEqualTo("2 of 2");
        assertThat(measured.share(section, "one document, found by the picture", "its name said"))
                .isEqualTo("1 of 2");
        assertThat(measured.share(section, "the right document", "its name said"))
                .isEqualTo("2 of 2");
    }

    private Object drawnOrNamed(Request request) {
        if (request.isForText()) return request.documents().getFirst().name() + " in a picture";
        Identity identity = request.documents().isEmpty()
                ? OTHER.identity()
                : Seen.portrait(request.documents().getFirst().rgb()).identity();
        return Avatars.draw(new Portrait(identity, Seen.look(request.words())));
    }

    @Test
    void halvesAreGivenUpperBeforeLowerAndTheUpperOneAlone() throws IOException {
        platform.model = request -> {
            List<byte[]> shown = request.documents().stream().map(Document::rgb).toList();
            return Avatars.draw(new Portrait(Seen.portraits(shown).getFirst().identity(), Seen.look(request.words())));
        };

        Measured measured = measure("halves", 2);

        String section = "Two documents, each with half of the character";
        assertThat(retrievals(measured, section, "both halves"))
                .containsExactly(given("eval-upper-0", "eval-lower-0"), given("eval-upper-1", "eval-lower-1"));
        assertThat(retrievals(measured, section, "the upper half alone"))
                .containsExactly(given("eval-upper-0"), given("eval-upper-1"));
        assertThat(measured.settings(section))
                .as("what they show is in the hash")
                .containsEntry("documents", platform.bank.get("eval-lower-1").licence());
        assertThat(measured.asked(section, "both halves")).allSatisfy(request -> {
            assertThat(request.documents()).allMatch(document -> request.words().contains(document.name()));
            byte[] upper = request.documents().getFirst().rgb(),
                    lower = request.documents().getLast().rgb();
            assertThat(Half.UPPER.of(upper)).isEqualTo(upper);
            assertThat(Half.LOWER.of(lower)).isEqualTo(lower);
        });
        assertThat(measured.share(section, "both halves", "all right")).isEqualTo("2 of 2");
        assertThat(measured.share(section, "the upper half alone", "hair")).isEqualTo("2 of 2");
        assertThat(measured.share(section, "the upper half alone", "all right")).isEqualTo("0 of 2");
    }

    /// The model does as it is told in the words of table 5, and else nothing.
    @Test
    void editsAreAskedForInTheWordsOfTable5AndByTheInstructionAlone() throws IOException {
        platform.model = request -> {
            byte[] given = request.picture().rgb();
            return request.texts().size() > 1 ? Avatars.draw(edited(given, request)) : given;
        };

        Measured measured = measure("edits", 2);

        String section = "Portraits changed as told";
        assertThat(measured.asked(section, "drawn")).allSatisfy(request -> {
            assertThat(request.texts().getFirst()).isEqualTo("Edit first image following the instruction");
            assertThat(request.parts())
                    .extracting(part -> part.get("type"))
                    .containsExactly("text", "image", "text", "hole");
            assertThat(request.retrieval()).isEqualTo(NONE);
        });
        assertThat(measured.asked(section, "drawn, the instruction alone"))
                .extracting(Request::texts)
                .isEqualTo(measured.asked(section, "drawn").stream()
                        .map(request -> request.texts().subList(1, 2))
                        .toList());
        assertThat(measured.share(section, "drawn", "all right")).isEqualTo("2 of 2");
        assertThat(measured.share(section, "copy the picture", "all right")).isEqualTo("0 of 2");
        assertThat(measured.share(section, "drawn, the instruction alone", "all right"))
                .isEqualTo("0 of 2");
        assertThat(measured.said(section, "the asked attribute came out as asked"))
                .isEqualTo("2 of 2");
        assertThat(measured.numberSaid(section, "mean difference of a channel, of 255, where nothing was to change"))
                .isZero();
        assertThat(measured.numberSaid(section, "the tokenizer's own")).isEqualTo(1);
    }

    @Test
    void anEditThatDoesNotDoWhatItIsToldIsNotRightAndWhatItMovesElsewhereIsSeen() throws IOException {
        platform.model =
                request -> new ExactJudges().throughTokenizer(request.picture().rgb());

        Measured measured = measure("edits", 2);

        String section = "Portraits changed as told";
        assertThat(measured.said(section, "the asked attribute came out as asked"))
                .isEqualTo("0 of 2");
        assertThat(measured.share(section, "drawn", "all right")).isEqualTo("0 of 2");
        assertThat(measured.numberSaid(section, "mean difference of a channel, of 255, where nothing was to change"))
                .isEqualTo(1);
    }

    private static Portrait edited(byte[] given, Request request) {
        Portrait before = Seen.portrait(given);
        return Stream.generate(() -> Edit.random(before, RANDOM))
                .filter(edit -> request.texts().contains(edit.instruction()))
                .findFirst()
                .orElseThrow()
                .after();
    }

    @Test
    void captionsOfPicturesAreReadAndComparedAsTexts() throws IOException {
        platform.model = request -> {
            assertThat(request.words()).isEqualTo(TextTasks.DESCRIBE);
            String caption = Captions.canonical(Seen.portrait(request.picture().rgb()));
            return platform.requests.indexOf(request) == 0 ? caption : caption.replaceFirst("\\S+ skin", "green skin");
        };

        Measured measured = measure("captioning", 2);

        assertThat(measured.share("Captioning", "described", "all right")).isEqualTo("1 of 2");
        assertThat(measured.share("Captioning", "described", "skin")).isEqualTo("1 of 2");
        assertThat(measured.share("Captioning", "described", "background")).isEqualTo("2 of 2");
        assertThat(measured.number("Captions of portraits as texts", "described", "BLEU-4"))
                .isBetween(0.8, 0.99);
        assertThat(measured.number("Captions of portraits as texts", "described", "ROUGE-L"))
                .isBetween(0.9, 0.99);
    }

    /// The model knows what to say to yes or no only step by step.
    @Test
    void questionsForYesOrNoAreAskedOnceMoreStepByStep() throws IOException {
        platform.model = request -> {
            Portrait portrait = Seen.portrait(request.picture().rgb());
            QuestionAnswer asked = Stream.generate(() -> Captions.questions(portrait, RANDOM))
                    .flatMap(List::stream)
                    .filter(one -> request.words().equals(TextTasks.question(one.question()))
                            || request.words().equals(TextTasks.stepByStep(one.question())))
                    .findFirst()
                    .orElseThrow();
            if (!asked.isCheck()) return asked.answer();
            return request.words().equals(TextTasks.question(asked.question()))
                    ? "I see"
                    : "I see. So the answer is " + asked.answer();
        };

        Measured measured = measure("questions", 16);

        String section = "Questions about portraits";
        List<Request> checks = measured.asked(section, "of those for yes or no, step by step");
        int n = checks.size();
        assertThat(n).isBetween(1, 15);
        assertThat(measured.asked(section, "answered right")).hasSize(16);
        assertThat(measured.said(section, "answered right")).isEqualTo(16 - n + " of 16");
        assertThat(measured.said(section, "of those for yes or no")).isEqualTo("0 of " + n);
        assertThat(measured.said(section, "of those for yes or no, step by step"))
                .isEqualTo(n + " of " + n);
        assertThat(measured.said(section, "of all, those for yes or no step by step"))
                .isEqualTo("16 of 16");
    }

    @Test
    void whereNoQuestionIsForYesOrNoNothingIsSaidOfThose() throws IOException {
        platform.model = request -> "perhaps";

        Measured measured = measure("questions", 2);

        String section = "Questions about portraits";
        assertThat(measured.said(section, "answered right")).isEqualTo("0 of 2");
        assertThatThrownBy(() -> measured.said(section, "of those for yes or no"))
                .hasMessage("no of those for yes or no");
    }

    private Measured measure(String part, int prompts) throws IOException {
        return measure(part, prompts, 1);
    }

    private Measured measure(String part, int prompts, long seed) throws IOException {
        return measure(new ExactJudges(), Set.of(part), prompts, seed);
    }

    private Measured measure(Judges judges, Set<String> parts, int prompts, long seed) throws IOException {
        var size = new Evaluation.Size(prompts, 2 * prompts, seed);
        PlatformClient client = platform.client();
        var asking = new Asking(client, BUNDLE, size.seed());
        Report report = new Evaluation(client, asking, judges, GALLERY, size, folder).run(parts, saved -> {});
        return Measured.of(report, platform);
    }

    /// Of a request that looks for documents of the evaluation.
    private Map<String, Object> find(int count) {
        return Map.of(
                "documents",
                count,
                "licences",
                List.of(platform.bank.get("eval-0").licence()));
    }

    private static List<Map<String, Object>> retrievals(Measured measured, String section, String row) {
        return measured.asked(section, row).stream().map(Request::retrieval).toList();
    }

    private static Map<String, Object> given(String... documents) {
        return Map.of("given", Arrays.asList(documents));
    }
}
