package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.GroundedBox;
import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.trainer.evaluation.FakePlatform.Document;
import dev.cm3leon.trainer.evaluation.FakePlatform.Request;
import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Place;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.SceneCaptions;
import dev.cm3leon.trainer.scenes.SceneEdit;
import dev.cm3leon.trainer.scenes.Thing;
import dev.cm3leon.trainer.scenes.Writing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Scenes, asked of a model that does what it is asked, but for what each test says.
@Timeout(120)
class SceneEvaluationTest {

    private static final ModelBundle BUNDLE = ModelBundle.open(ModelBundle.DEFAULT);
    private static final int THINGS = 12; // of each style two at least
    private static final long NAMESAKES = 71; // a seed that draws one name twice
    private static final String ALL = THINGS + " of " + THINGS, NONE = "0 of " + THINGS;
    private static final Card TRAINED = Card.of(Thing.Split.TRAIN.things().getFirst());
    private static final Random RANDOM = new Random(4);

    @TempDir
    Path folder;

    private final FakePlatform platform = new FakePlatform(BUNDLE.id());
    private MemoryBank bank = new MemoryBank(platform.client(), "none", List.of());

    @BeforeEach
    void theModelDoesWhatItIsAsked() {
        platform.model = this::drawnOrNamed;
        platform.alike = (document, asked) -> Seen.card(document).equals(Seen.card(asked));
    }

    @AfterEach
    void close() {
        platform.close();
    }

    /// What the documents show in their order, where the prompt says; by the name of the first one.
    private Object drawnOrNamed(Request request) {
        if (request.isForText()) return request.documents().getFirst().name() + " in a picture";
        List<Card> cards = new ArrayList<>(request.documents().stream()
                .map(document -> Seen.card(document.rgb()))
                .toList());
        cards.add(TRAINED);
        return Seen.scene(request.words(), cards).draw();
    }

    @Test
    void namedThingsAreDrawnOfTheRightDocumentOfNoneAndOfAWrongOne() throws IOException {
        Measured measured = measure("things", THINGS);

        String section = "Named things never trained on";
        List<Request> right = measured.asked(section, "right document, found by the index");
        assertThat(right).allSatisfy(request -> {
            assertThat(request.retrieval()).isEqualTo(bank.find(1));
            assertThat(request.words()).contains(request.documents().getFirst().name());
        });
        assertThat(measured.asked(section, "two documents found by the index"))
                .extracting(Request::retrieval)
                .containsOnly(bank.find(2));
        assertThat(measured.asked(section, "no document"))
                .extracting(Request::retrieval)
                .containsOnly(Map.of("documents", 0));
        List<Request> wrong = measured.asked(section, "wrong document, against the thing asked for");
        assertThat(measured.asked(section, "wrong document, against the document's thing"))
                .isEqualTo(wrong);
        for (int i = 0; i < THINGS; i++) {
            Thing own = thing(right.get(i).documents().getFirst()),
                    other = thing(wrong.get(i).documents().getFirst());
            assertThat(wrong.get(i).retrieval()).containsOnlyKeys("given");
            assertThat(wrong.get(i).words()).isEqualTo(right.get(i).words());
            assertThat(other).isNotEqualTo(own).extracting(Thing::style).isEqualTo(own.style());
        }

        assertThat(measured.said(section, "right thing found")).isEqualTo(ALL);
        assertThing(measured, "right document, found by the index", ALL, ALL);
        assertThing(measured, "two documents found by the index", ALL, ALL);
        assertThing(measured, "no document", NONE, ALL);
        assertThing(measured, "wrong document, against the thing asked for", NONE, ALL);
        assertThing(measured, "wrong document, against the document's thing", ALL, ALL);
        assertThat(measured.share(section, "copy the document", "place")).isEqualTo(NONE);
    }

    @Test
    void noTwoThingsHaveOneName() throws IOException {
        measure("things", THINGS, NAMESAKES);

        assertThat(platform.bank.values())
                .extracting(Document::name)
                .hasSize(THINGS)
                .doesNotHaveDuplicates();
    }

    private static Thing thing(Document document) {
        return Seen.card(document.rgb()).thing();
    }

    private static void assertThing(Measured measured, String row, String recognised, String placed) {
        String section = "Named things never trained on";
        assertThat(measured.share(section, row, "recognised (first of 115)"))
                .as(row)
                .isEqualTo(recognised);
        assertThat(measured.share(section, row, "place")).as(row).isEqualTo(placed);
        assertThat(measured.share(section, row, "ground")).as(row).isEqualTo(placed);
    }

    @Test
    void twoNamedThingsAreDrawnOfTheirDocumentsInTheOrderOfThePromptAndInTheOther() throws IOException {
        Measured measured = measure("things", THINGS);

        String section = "Two named things in one scene";
        List<Request> found = measured.asked(section, "documents found by the index"),
                inOrder = measured.asked(section, "documents in the order of the prompt"),
                otherWay = measured.asked(section, "documents in the other order");
        for (int i = 0; i < THINGS; i++) {
            assertThat(found.get(i).retrieval()).isEqualTo(bank.find(2));
            List<Document> documents = inOrder.get(i).documents();
            assertThat(documents)
                    .containsExactlyInAnyOrderElementsOf(found.get(i).documents());
            assertThat(documents)
                    .extracting(Document::name)
                    .isSortedAccordingTo(inThe(inOrder.get(i).words()));
            assertThat(otherWay.get(i).documents()).isEqualTo(documents.reversed());
            assertThat(otherWay.get(i).words()).isEqualTo(inOrder.get(i).words());
        }
        String row = "documents in the order of the prompt";
        assertThat(measured.share(section, row, "both recognised")).isEqualTo(ALL);
        assertThat(measured.share(section, row, "each")).isEqualTo(2 * THINGS + " of " + 2 * THINGS);
        assertThat(measured.share(section, row, "both places")).isEqualTo(ALL);
        assertThat(measured.share(section, row, "ground")).isEqualTo(ALL);
        assertThat(measured.share(section, "documents in the other order", "each"))
                .isEqualTo("0 of " + 2 * THINGS);
        assertThat(measured.share(section, "documents in the other order", "both places"))
                .isEqualTo(ALL);
    }

    private static Comparator<String> inThe(String prompt) {
        return Comparator.comparing(prompt::indexOf);
    }

    @Test
    void thingsAreToldByTheNameOfTheDocumentInFront() throws IOException {
        Measured measured = measure("things", THINGS);

        String section = "Things told by their names", said = "its name said";
        assertThat(measured.share(section, "one document, found by the picture", said))
                .isEqualTo(ALL);
        assertThat(measured.share(section, "two documents, found by the picture", said))
                .isEqualTo(ALL);
        assertThat(measured.share(section, "the right document", said)).isEqualTo(ALL);
        assertThat(measured.share(section, "a wrong document: its name said", said))
                .isEqualTo(ALL);
        List<Request> right = measured.asked(section, "the right document");
        assertThat(right)
                .allSatisfy(request -> assertThat(Seen.card(request.picture().rgb()))
                        .isEqualTo(Seen.card(request.documents().getFirst().rgb())));
        List<Request> before = new ArrayList<>(right);
        Collections.rotate(before, 1);
        assertThat(measured.asked(section, "a wrong document: its name said"))
                .extracting(Request::retrieval)
                .isEqualTo(before.stream().map(Request::retrieval).toList());
    }

    /// The model does as it is told in the words of table 5, and else nothing.
    @Test
    void scenesAreChangedInTheWordsOfTable5AndByTheInstructionAlone() throws IOException {
        platform.model = request -> {
            byte[] given = request.picture().rgb();
            return request.texts().size() > 1
                    ? edited(Seen.scene(given), request).draw()
                    : given;
        };

        Measured measured = measure("scene-edits", THINGS);

        String section = "Scenes changed as told";
        for (String column : List.of("recognised (first of 115)", "place", "ground"))
            assertThat(measured.share(section, "drawn", column)).as(column).isEqualTo(ALL);
        String told = "drawn, the instruction alone";
        int moved = (int) measured.asked(section, told).stream()
                .filter(request -> request.words().startsWith("Move it"))
                .count();
        assertThat(moved).isBetween(1, THINGS - 1);
        assertThat(measured.share(section, told, "place")).isEqualTo(THINGS - moved + " of " + THINGS);
        assertThat(measured.share(section, told, "ground")).isEqualTo(moved + " of " + THINGS);
        assertThat(measured.share(section, "copy the picture", "ground")).isEqualTo(moved + " of " + THINGS);
        assertThat(measured.numberSaid(section, "mean difference of a channel, of 255, where nothing was to change"))
                .isZero();
        assertThat(measured.numberSaid(section, "the tokenizer's own")).isCloseTo(1, within(1e-9));
    }

    private static Scene edited(Scene before, Request request) {
        return Stream.generate(() -> SceneEdit.random(before, RANDOM))
                .filter(edit -> request.texts().contains(edit.instruction()))
                .findFirst()
                .orElseThrow()
                .after();
    }

    /// The model draws all boxes in the words of table 5, and the first alone in those of figure 15.
    @Test
    void boxesAreAskedForInBothWordingsAndEachIsCounted() throws IOException {
        platform.model = request -> {
            List<GroundedBox> boxes = GroundedBox.parse(request.words());
            Map<Place, Card> cards = new EnumMap<>(Place.class);
            for (GroundedBox box : request.words().contains("at location") ? boxes.subList(0, 1) : boxes)
                cards.put(Place.values()[box.top() / 128 * 2 + box.left() / 128], TRAINED);
            return new Scene(cards, Seen.ground(request.words())).draw();
        };

        Measured measured = measure("scene-boxes", THINGS);

        String section = "Boxes told as corners", hit = "boxes hit at IoU 0.5", all = "all of a picture";
        assertThat(measured.share(section, "drawn, words of table 5", hit)).isEqualTo("18 of 18");
        assertThat(measured.share(section, "drawn, words of table 5", all)).isEqualTo(ALL);
        assertThat(measured.share(section, "drawn, words of table 5", "ground")).isEqualTo(ALL);
        String own = "hit by the thing asked for";
        assertThat(measured.share(section, "tokenizer's ceiling", own))
                .isEqualTo("16 of 18"); // two are too thin on white to hit their boxes
        assertThat(measured.share(section, "drawn, words of table 5", own)).isEqualTo("0 of 18");
        assertThat(measured.share(section, "nearest training pictures", hit)).isEqualTo("17 of 18");
        assertThat(measured.share(section, "drawn, words of figure 15", hit)).isEqualTo("12 of 18");
        assertThat(measured.share(section, "drawn, words of figure 15", all)).isEqualTo("6 of 12");
    }

    @Test
    void aTextOfAnotherLengthHasNoCharacterRight() throws IOException {
        platform.model = request -> {
            String content = content(request);
            if (request != platform.requests.getFirst()) return new Writing(content).draw();
            return new Writing(content.length() < Writing.LONGEST ? content + "A" : content.substring(1)).draw();
        };

        Measured measured = measure("writing", THINGS);

        List<Request> asked = measured.asked("Writing", "drawn");
        int all = asked.stream().mapToInt(request -> content(request).length()).sum();
        assertThat(measured.share("Writing", "drawn", "texts")).isEqualTo(THINGS - 1 + " of " + THINGS);
        assertThat(measured.share("Writing", "drawn", "characters"))
                .isEqualTo(all - content(asked.getFirst()).length() + " of " + all);
        assertThat(measured.share("Writing", "tokenizer's ceiling", "texts")).isEqualTo(ALL);
        assertThat(measured.share("Writing", "nearest training picture", "texts"))
                .isEqualTo(NONE);
    }

    private static String content(Request request) {
        return request.words().split("\"")[1];
    }

    @Test
    void scenesAreDescribedByPlaceGroundAndLabel() throws IOException {
        platform.model = request -> {
            assertThat(request.words()).isEqualTo(TextTasks.DESCRIBE);
            String caption =
                    SceneCaptions.canonical(Seen.scene(request.picture().rgb()));
            return caption.replaceFirst("on a \\S+ background", "on a striped background");
        };

        Measured measured = measure("scene-captioning", 2);

        String section = "Scenes described, things never trained on";
        assertThat(measured.share(section, "described", "places")).isEqualTo("2 of 2");
        assertThat(measured.share(section, "described", "ground")).isEqualTo("0 of 2");
        assertThat(measured.share(section, "described", "words of the labels said"))
                .isEqualTo("4 of 4");
        assertThat(measured.number("Captions of scenes as texts", "described", "ROUGE-L"))
                .isBetween(0.8, 0.99);
        for (String things : List.of("things of training", "things never trained on")) {
            String ceiling = "tokenizer's ceiling", of = "Scenes described, " + things;
            assertThat(measured.share(of, ceiling, "places")).isEqualTo("2 of 2");
            assertThat(measured.share(of, ceiling, "ground")).isEqualTo("2 of 2");
        }
        assertThat(measured.share(section, "tokenizer's ceiling", "words of the labels said"))
                .isEqualTo("4 of 4");
        assertThat(measured.number("Captions of scenes as texts", "tokenizer's ceiling", "ROUGE-L"))
                .isOne();
    }

    @Test
    void questionsAboutScenesAreAnswered() throws IOException {
        platform.model = request -> {
            Scene scene = Seen.scene(request.picture().rgb());
            return Stream.generate(() -> SceneCaptions.questions(scene, RANDOM))
                    .flatMap(List::stream)
                    .filter(one -> request.words().contains(one.question()))
                    .map(one -> request.words().equals(TextTasks.question(one.question()))
                            ? one.answer()
                            : "So the answer is " + one.answer())
                    .findFirst()
                    .orElseThrow();
        };

        Measured measured = measure("scene-questions", 4 * THINGS);

        String all = 4 * THINGS + " of " + 4 * THINGS;
        assertThat(measured.said("Questions about scenes", "answered right")).isEqualTo(all);
        assertThat(measured.said("Questions about scenes", "of all, those for yes or no step by step"))
                .isEqualTo(all);
        assertThat(measured.asked("Questions about scenes", "answered right"))
                .filteredOn(request -> request.words().contains("How many things are there?"))
                .extracting(
                        request -> Seen.scene(request.picture().rgb()).cards().size())
                .contains(1, 2);
        String guessed = "with the picture not seen (the most frequent answer to each question)";
        assertThat(measured.numberSaid("Questions about scenes", guessed)).isLessThan(0.5);
    }

    private Measured measure(String part, int prompts) throws IOException {
        return measure(part, prompts, 1);
    }

    private Measured measure(String part, int prompts, long seed) throws IOException {
        var size = new Evaluation.Size(prompts, 1, seed);
        var report = new Report(size);
        PlatformClient client = platform.client();
        var asking = new Asking(client, BUNDLE, size.seed());
        var scenes = new SceneEvaluation(asking, new ExactJudges()::throughTokenizer, size, report, folder);
        bank = new MemoryBank(client, "things", scenes.documents().toList());
        scenes.parts(bank).get(part).run();
        return Measured.of(report, platform);
    }
}
