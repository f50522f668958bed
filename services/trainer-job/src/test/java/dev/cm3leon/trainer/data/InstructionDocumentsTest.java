package dev.cm3leon.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.Cm3Masking;
import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.GroundedBox;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.avatars.Attribute;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.avatars.Restyling;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.ConfigurationFile;
import dev.cm3leon.trainer.configuration.Instruction;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.vq.VqModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Section 6.2: the rows of table 5 that our corpora give examples for.
class InstructionDocumentsTest {
    private TrainingConfiguration configuration;
    private BytePairEncoding encoding;
    private Vocabulary vocabulary;
    private InstructionDocuments documents;

    @BeforeEach
    void tiny() throws IOException {
        configuration = configuration(Arrays.stream(Instruction.values())
                .map(one -> "\"%s\": %d".formatted(one.label(), one == Instruction.SCENE_BOXES ? 30_000 : 100))
                .collect(Collectors.joining(", ")));
        var random = Ops.random(1, "test", 0);
        List<String> captions = new ArrayList<>();
        for (int i = 0; i < 200; i++) captions.add(Captions.of(Portrait.random(random), random));
        encoding = BytePairEncoding.train(captions, BytePairEncoding.SPECIALS, 400);
        vocabulary = configuration.vocabulary(encoding.size());
        documents = new InstructionDocuments(
                configuration,
                configuration.finetune().getFirst(),
                configuration.transformer().batchTokens(),
                encoding,
                new VqModel(configuration.vq().sizes(), Ops.random(1, "test", 0)));
    }

    private static TrainingConfiguration configuration(String examples) throws IOException {
        String json = TrainingConfiguration.named("demo-tiny").json();
        String empty = "\"finetune\" : [ ]";
        assertThat(json).contains(empty);
        return ConfigurationFile.parse(
                json.replace(empty, "\"finetune\": [{\"steps\": 1, \"examples\": {" + examples + "}}]")
                        .getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void wordsAreThoseThatExamplesAreAskedForOrToldWithNotWhatTheyDraw() {
        Set<String> words =
                InstructionDocuments.words(1, configuration.finetune().getFirst());

        assertThat(words)
                .contains("mirror", "line", "skin", "move", "step-by-step", "options", "segmentations")
                .doesNotContain("giraffe", "accordion", "apple");
    }

    @ParameterizedTest
    @EnumSource
    void anExampleReadsAsItsRowOfTable5(Instruction instruction) {
        TokenStream stream = documents
                .validation()
                .getOrDefault(instruction.label(), List.of())
                .getFirst();
        var example = Example.of(
                instruction, false, 0, Ops.random(configuration.seed(), "validation " + instruction.label(), 0));

        var read = new StringBuilder();
        List<String> pictures = new ArrayList<>(example.pictures().keySet());
        List<Integer> text = new ArrayList<>();
        for (int i = 1; i < stream.length(); i++) {
            int id = stream.ids()[i];
            if (vocabulary.isText(id)) {
                text.add(id);
                continue;
            }
            read.append(encoding.decode(text.stream().mapToInt(n -> n).toArray()));
            text.clear();
            if (id == vocabulary.breakId()) read.append(" <break> ");
            else if (stream.cells()[i] == 0)
                read.append("{").append(pictures.removeFirst()).append("}");
            else if (vocabulary.isSentinel(id)) read.append("<hole>");
        }

        String row = instruction.task.render(example.wording(), example.texts());
        if (!example.asked().isEmpty()) {
            String answer = example.texts().getOrDefault(example.asked(), "");
            if (example.asked().equals("explanation"))
                answer += " So the answer is " + example.texts().get("answer");
            assertThat(read).endsWith("<hole>" + answer);
            assertThat(row).startsWith(read.substring(0, read.indexOf("<hole>")) + answer);
        } else {
            assertThat(read).hasToString(row);
        }
    }

    @Test
    void smallDatasetsAreSeenMoreOftenAndLargeOnesLessWithinTheBounds() {
        Map<Instruction, Integer> seen = new EnumMap<>(Instruction.class);
        var random = Ops.random(1, "test", 0);
        for (int i = 0; i < 50_000; i++) seen.merge(documents.dataset(random), 1, Integer::sum);

        // the datasets of 100 are seen three times, the one of 30,000 as if it had 0.3 times as many
        double all = (Instruction.values().length - 1) * 300 + 9000;
        assertThat(seen.get(Instruction.SCENE_BOXES) / 50_000.0).isCloseTo(9000 / all, within(0.01));
        assertThat(seen.get(Instruction.PORTRAIT_SKINS) / 50_000.0).isCloseTo(300 / all, within(0.005));
    }

    @Test
    void sharesTogetherAreTheWholeAndTheSameStepIsTheSame() {
        List<TokenStream> whole =
                documents.step(3, WorkerShare.WHOLE, Ops.random(1, "test", 3)).getFirst();

        for (int index = 0; index < 2; index++) {
            var share = new WorkerShare(index, 2);
            assertThat(documents.step(3, share, Ops.random(1, "test", 3)).getFirst())
                    .isEqualTo(share.of(whole));
        }
        assertThat(whole).hasSizeGreaterThan(2);
    }

    @Test
    void answersAreAskedForAndSpansAreMasked() {
        Map<String, Integer> ends = new HashMap<>();
        for (int step = 0; step < 20; step++) {
            for (TokenStream stream : documents
                    .step(step, WorkerShare.WHOLE, Ops.random(1, "test", step))
                    .getFirst()) {
                int last = stream.ids()[stream.length() - 1];
                ends.merge(last == vocabulary.eoss() ? "span" : "whole", 1, Integer::sum);
                assertThat(stream.length()).isLessThanOrEqualTo(513);
            }
        }
        assertThat(ends.get("span")).isGreaterThan(10);
        assertThat(ends.get("whole")).isGreaterThan(10);
    }

    /// A draft counts with four spans and the names of the places; where many are asked for, there are more.
    @Test
    void whatMoreSpansWouldMakeTooLongIsNotMasked() {
        var masking = new Cm3Masking(
                new Vocabulary(encoding.size(), configuration.vq().codes(), 64), 16, 0);
        var vq = new VqModel(configuration.vq().sizes(), Ops.random(1, "test", 0));
        var grid = new Grid(vq.configuration().grid());
        var free = new Drafts(encoding, grid, 72, 10_000, masking);
        int longer = 0;
        for (int i = 0; i < 60; i++) {
            var example = Example.of(Instruction.PORTRAIT_CAPTIONS, true, 0, Ops.random(1, "test", i));
            Drafts.Draft draft = free.masked(FineTuningTask.COCO, example, Ops.random(2, "test", i));
            var tight = new Drafts(encoding, grid, 72, draft.tokens(), masking);
            Drafts.Draft fitting = tight.masked(FineTuningTask.COCO, example, Ops.random(2, "test", i));

            TokenStream masked = stream(draft, vq), read = stream(fitting, vq);

            if (masked.length() > draft.tokens()) longer++;
            else assertThat(read).isEqualTo(masked);
            assertThat(read.length()).isLessThanOrEqualTo(draft.tokens());
        }
        assertThat(longer).isBetween(1, 59);
    }

    private static TokenStream stream(Drafts.Draft draft, VqModel vq) {
        return Drafts.streams(List.of(draft), WorkerShare.WHOLE, vq).getFirst();
    }

    @Test
    void favouritesAreAskedForMoreOftenAndAnsweredByYesAsOftenAsByNo() {
        Map<String, int[]> yesAndAll = new HashMap<>();
        for (int i = 0; i < 6_000; i++) {
            var texts = Example.of(Instruction.SCENE_CHECKS, true, 2, Ops.random(1, "test", i))
                    .texts();
            int[] counts = yesAndAll.computeIfAbsent(texts.getOrDefault("question", ""), q -> new int[2]);
            if (texts.containsValue("yes")) counts[0]++;
            counts[1]++;
        }

        List<Integer> asked = Attribute.BACKGROUND.options().stream()
                .map(colour -> "Is the background " + colour + "?")
                .map(question -> yesAndAll.getOrDefault(question, new int[2])[1])
                .toList();
        assertThat(asked.get(0) / (double) asked.get(1)).isBetween(3.2, 4.8);
        assertThat(asked.get(0) / (double) asked.get(2)).isBetween(6.5, 12.0);
        yesAndAll.forEach((question, counts) -> {
            if (counts[1] > 500)
                assertThat(counts[0] / (double) counts[1]).as(question).isBetween(0.42, 0.62);
        });
    }

    @Test
    void boxesAreWhereTheThingsStand() {
        var example = Example.of(Instruction.SCENE_BOXES, true, 0, Ops.random(1, "test", 5));
        byte[] picture = example.pictures().getOrDefault("image", new byte[0]);
        int ground = rgb(picture, 0, 0);
        List<GroundedBox> boxes = GroundedBox.parse(example.texts().getOrDefault("boxes", ""));

        assertThat(boxes).isNotEmpty();
        for (int y = 0; y < Scene.SIZE; y += 31) {
            for (int x = 0; x < Scene.SIZE; x += 31) { // corners and middles of the quarters
                int u = 4 * x, v = 4 * y;
                boolean inside = boxes.stream()
                        .anyMatch(box -> u >= box.left() && u <= box.right() && v >= box.top() && v <= box.bottom());
                if (!boxes.stream().anyMatch(box -> box.left() == 0 && box.top() == 0))
                    assertThat(rgb(picture, x, y) != ground).isEqualTo(inside);
            }
        }
    }

    @Test
    void edgesAreWhereTheLightChanges() {
        int size = 16;
        byte[] picture = new byte[3 * size * size]; // black, with a white square from 5 to 10
        for (int i = 0; i < size * size; i++)
            if (i % size >= 5 && i % size <= 10 && i / size >= 5 && i / size <= 10)
                Arrays.fill(picture, 3 * i, 3 * i + 3, (byte) 255);

        byte[] edges = Restyling.edges(picture, size);

        List<Integer> white = IntStream.range(0, size * size)
                .filter(i -> edges[3 * i] != 0)
                .boxed()
                .toList();
        assertThat(white).hasSizeBetween(16, 32).allSatisfy(i -> {
            int x = i % size, y = i / size;
            int far = Math.max(Math.abs(2 * x - 15), Math.abs(2 * y - 15));
            assertThat(far).isBetween(5, 7); // the outline, one pixel to either side
        });
        assertThat(Restyling.MIRRORED.of(Restyling.MIRRORED.of(edges, size), size))
                .isEqualTo(edges);
    }

    @Test
    void datasetsThatAreNotThereAreRefused() {
        assertThatThrownBy(() -> configuration("\"weaving\": 3"))
                .hasMessageContaining("finetune.examples.weaving")
                .hasMessageContaining("portrait_skins");
        assertThatThrownBy(() -> configuration("\"scene_boxes\": 0")).hasMessageContaining("scene_boxes");
    }

    private static int rgb(byte[] picture, int x, int y) {
        int i = 3 * (y * Scene.SIZE + x);
        return (picture[i] & 255) << 16 | (picture[i + 1] & 255) << 8 | picture[i + 2] & 255;
    }
}
