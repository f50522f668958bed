package dev.cm3leon.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Claim 33: every row of table 5 is written and tokenized, and boxes are read back.
class FineTuningTaskTest {
    private static final int E = 2, B = 136;
    private static final Map<String, String> TEXTS = Map.of(
            "instruction", "make it snow",
            "content", "OPEN",
            "caption", "a room",
            "boxes", "sink at (1, 2) -> (3, 4)",
            "question", "what is it?",
            "answer", "a cat",
            "context", "none",
            "choices", "(A) cat (B) dog",
            "explanation", "It purrs.");
    private final Vocabulary vocabulary = new Vocabulary(128, 8, 4);
    private final DocumentLayout layout = new DocumentLayout(vocabulary, new Grid(2));
    private final Map<String, int[]> images =
            Map.of("image", new int[] {0, 1, 2, 3}, "image1", new int[] {4, 5, 6, 7}, "image2", new int[] {7, 6, 5, 4});

    @ParameterizedTest
    @CsvSource(delimiter = '=', quoteCharacter = '~', textBlock = """
            EDIT 0 = Edit first image following the instruction <break> {image1} <break> make it snow <break> {image2}
            WRITING 0 = draw "OPEN" <break> {image}
            GROUNDED 0 = Generate high quality image of a room with segmentations sink at (1, 2) -> (3, 4) <break> {image}
            GROUNDED 1 = Generate high quality image of "a room" with sink at (1, 2) -> (3, 4). <break> {image}
            CANNY_EDGES 0 = Make high quality image from canny edge features <break> {image1} <break> a room <break> {image2}
            SEGMENTATION 0 = Make high quality image from a segmentation map <break> {image1} <break> a room <break> {image2}
            HED_EDGES 0 = Make high quality image from hed features <break> {image1} <break> a room <break> {image2}
            POSE 0 = Make high quality image from openpose features <break> {image1} <break> a room <break> {image2}
            DEPTH 0 = Make high quality image from depth features <break> {image1} <break> a room <break> {image2}
            NORMALS 0 = Make high quality image from 3D norm features <break> {image1} <break> a room <break> {image2}
            SCRIBBLE 0 = Make high quality image from children's scribbles <break> {image1} <break> a room <break> {image2}
            COCO 0 = a room <break> {image}
            COCO 1 = Describe the given picture. a room <break> {image}
            FLICKR30K 0 = a room <break> {image}
            FLICKR30K 1 = Describe the given picture. a room <break> {image}
            IMAGE_PARAGRAPH 0 = Describe the given picture in very detail. a room <break> {image}
            IMAGE_PARAGRAPH 1 = Describe all the objects in the given image in very detail. a room <break> {image}
            IMAGE_PARAGRAPH 2 = Generate a long caption for the given image. a room <break> {image}
            LOCALIZED_NARRATIVES 0 = Describe the given picture in very detail. a room <break> {image}
            LOCALIZED_NARRATIVES 1 = Generate a long narration of what is happening in the given image. a room <break> {image}
            LOCALIZED_NARRATIVES 2 = Generate a long caption for the given image. a room <break> {image}
            VQA2 0 = Question: what is it? Answer: a cat. <break> {image}
            VQA2 1 = Question: what is it? | a cat <break> {image}
            VQA2 2 = Question: what is it? The answer is a cat. <break> {image}
            VIZWIZ 0 = Question: what is it? Answer: a cat. <break> {image}
            VIZWIZ 1 = Question: what is it? | a cat <break> {image}
            VIZWIZ 2 = Question: what is it? The answer is a cat. <break> {image}
            OKVQA 0 = Question: what is it? Answer: a cat. <break> {image}
            OKVQA 1 = Question: what is it? | a cat <break> {image}
            OKVQA 2 = Question: what is it? The answer is a cat. <break> {image}
            SCIENCEQA 0 = Question: what is it? | Context: none | Options: (A) cat (B) dog | Answer: a cat. <break> {image}
            SCIENCEQA 1 = Question: what is it? | Context: none | Options: (A) cat (B) dog | Answer: Let's think step-by-step: It purrs. So the answer is a cat. <break> {image}
            """)
    void claim33EveryRowReadsAsInTable5(String row, String golden) {
        FineTuningTask task = FineTuningTask.valueOf(row.split(" ")[0]);

        assertThat(task.render(Integer.parseInt(row.split(" ")[1]), TEXTS)).isEqualTo(golden.replace('|', '\n'));
    }

    @ParameterizedTest
    @EnumSource
    void claim33EveryRowIsTokenizedSegmentBySegment(FineTuningTask task) {
        for (int wording = 0; wording < task.size(); wording++) {
            int[] ids = task.tokens(wording, TEXTS, images, layout, FineTuningTaskTest::letters)
                    .ids();

            var read = new StringBuilder();
            for (int i = 1; i < ids.length - 1; i++) {
                if (ids[i] == B) read.append(" <break> ");
                else if (!vocabulary.isImage(ids[i])) read.append((char) ids[i]);
                else if (!vocabulary.isImage(ids[i - 1])) read.append(imageOf(vocabulary.code(ids[i])));
            }
            assertThat(ids).startsWith(E).endsWith(E);
            assertThat(read).hasToString(task.render(wording, TEXTS));
        }
    }

    @Test
    void anEditIsFiveSegmentsBetweenEnds() {
        var short_ = new HashMap<>(TEXTS);
        short_.put("instruction", "hi  ");

        int[] ids = FineTuningTask.EDIT
                .tokens(0, short_, images, layout, text -> new int[] {text.length()})
                .ids();

        int text = "Edit first image following the instruction".length();
        assertThat(ids).containsExactly(E, text, B, 132, 133, 134, 135, B, 2, B, 135, 134, 133, 132, E);
    }

    @Test
    void anAnswerIsAskedForByASentinelAndStandsAtTheEnd() {
        int[] ids = FineTuningTask.VQA2
                .asked(
                        2,
                        "answer",
                        TEXTS,
                        images.getOrDefault("image", new int[0]),
                        layout,
                        FineTuningTaskTest::letters)
                .ids();

        String question = "Question: what is it? The answer is ";
        int S0 = B + 2, EOSS = B + 1, q = question.length();
        assertThat(Arrays.copyOfRange(ids, 1, 1 + q)).isEqualTo(letters(question));
        assertThat(Arrays.copyOfRange(ids, 1 + q, ids.length))
                .containsExactly(S0, B, 128, 129, 130, 131, E, S0, 'a', ' ', 'c', 'a', 't', EOSS);
        assertThatThrownBy(() -> FineTuningTask.EDIT.asked(
                        0, "instruction", TEXTS, new int[4], layout, FineTuningTaskTest::letters))
                .hasMessageContaining("got EDIT");
    }

    @Test
    void whatIsPutInIsTextWhateverItSpells() {
        String caption = "{image} <break> $1 {caption}";

        assertThat(FineTuningTask.COCO.render(0, Map.of("caption", caption))).isEqualTo(caption + " <break> {image}");
        int[] ids = FineTuningTask.COCO
                .tokens(0, Map.of("caption", caption), images, layout, FineTuningTaskTest::letters)
                .ids();
        assertThat(ids).containsOnlyOnce(B);
        assertThatThrownBy(() -> FineTuningTask.VQA2.render(0, Map.of("question", "q")))
                .hasMessageContaining("VQA2 needs {answer}, got [question]");
        assertThatThrownBy(() -> FineTuningTask.COCO.render(2, TEXTS)).hasMessageContaining("got 2");
    }

    @Test
    void claim33BoxesAreReadBack() {
        var random = new Random(5);
        String[] names = {"bottle", "a red hat", "man at work", "sink, broken", "cup and with saucer", "Ж"};
        for (int i = 0; i < 10_000; i++) {
            List<GroundedBox> boxes = random.ints(1 + random.nextInt(4), 0, names.length)
                    .mapToObj(n -> box(names[n], random))
                    .toList();

            assertThat(GroundedBox.parse(GroundedBox.list(boxes))).isEqualTo(boxes);
            assertThat(GroundedBox.parse(GroundedBox.sentence(boxes))).isEqualTo(boxes);
        }
        var bottle = new GroundedBox("bottle", 199, 130, 204, 150);
        assertThat(GroundedBox.sentence(List.of(bottle))).isEqualTo("bottle at location (199, 130) -> (204, 150)");
        assertThatThrownBy(() -> new GroundedBox("bottle", 5, 0, 4, 0)).hasMessageContaining("got 5 0 4 0");
        assertThatThrownBy(() -> new GroundedBox("a (b)", 0, 0, 1, 1)).hasMessageContaining("a (b)");
    }

    private static GroundedBox box(String name, Random random) {
        int a = random.nextInt(256), b = random.nextInt(256), c = random.nextInt(256), d = random.nextInt(256);
        return new GroundedBox(name, Math.min(a, b), Math.min(c, d), Math.max(a, b), Math.max(c, d));
    }

    private static int[] letters(String text) {
        return text.chars().toArray();
    }

    private static String imageOf(int firstCode) {
        return firstCode == 0 ? "{image}" : firstCode == 4 ? "{image1}" : "{image2}";
    }

    @Test
    void wordsAreThoseOfAllWordingsWithoutTheirPlaces() {
        assertThat(FineTuningTask.EDIT.words().split("\\s+"))
                .containsExactly("Edit", "first", "image", "following", "the", "instruction");
        assertThat(FineTuningTask.COCO.words().split("\\s+")).contains("Describe", "picture.");
        for (FineTuningTask task : FineTuningTask.values())
            assertThat(task.words()).doesNotContain("{").doesNotContain("<break>");
    }

    @Test
    void aTaskOfTwoImagesHasTextsAroundTheFirst() {
        assertThat(FineTuningTask.EDIT.around(0, Map.of("instruction", "Mirror it.")))
                .containsExactly("Edit first image following the instruction", "Mirror it.");
        assertThatThrownBy(() -> FineTuningTask.COCO.around(0, Map.of("caption", "a")))
                .hasMessageContaining("need a task of two images, got COCO");
    }
}
