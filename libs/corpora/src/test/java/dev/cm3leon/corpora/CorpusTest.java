package dev.cm3leon.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.cm3leon.corpora.Found.Content.Answered;
import dev.cm3leon.corpora.Found.Content.Caption;
import dev.cm3leon.corpora.Found.Content.LongCaption;
import dev.cm3leon.corpora.Found.Content.MultipleChoice;
import dev.cm3leon.documents.FineTuningTask;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Small files of the published formats, with records that are broken.
class CorpusTest {
    @TempDir
    Path temporary;

    @Test
    void cocoHasCaptionsOfPicturesNamedByTheirIds() throws IOException {
        List<Found> found = read(Dataset.COCO, coco(), "");

        assertThat(contents(found))
                .containsExactly(
                        new Caption("A kite above a green hill."),
                        new Caption("Two bowls on a wooden table."),
                        new Caption("A boat."),
                        new Caption("Somebody flies a kite."));
        assertThat(reasons(found)).isEqualTo(Map.of("no caption", 1, "no picture", 1, "no id", 1));
        assertThat(((Found.Sample) found.getFirst()).picture())
                .isEqualTo(new Picture.InFile(temporary.resolve("coco/val2017/000000000042.jpg")));
        assertThatThrownBy(() -> Corpus.open(Dataset.COCO, coco(), "train", Corpus.Cursor.START))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no file of coco")
                .hasMessageContaining("with train");
    }

    @Test
    void flickrHasOneCaptionALine() throws IOException {
        Path folder = copy("flickr30k");
        picture(folder.resolve("flickr30k-images/1000092795.jpg"));
        picture(folder.resolve("flickr30k-images/10002456.jpg"));

        List<Found> found = read(Dataset.FLICKR30K, folder, "");

        assertThat(contents(found))
                .containsExactly(
                        new Caption("Two friends stand in a yard ."),
                        new Caption("Two people look at their hands ."),
                        new Caption("Some people work on a machine ."));
        assertThat(reasons(found))
                .isEqualTo(Map.of("no caption", 1, "not name, number and caption", 1, "no picture", 1));
        Files.delete(folder.resolve("results_20130124.token"));
        Files.writeString(
                folder.resolve("results.csv"),
                "image_name| comment_number| comment\n10002456.jpg| 0| People | a machine .\n");
        assertThat(contents(read(Dataset.FLICKR30K, folder, ""))).containsExactly(new Caption("People | a machine ."));
    }

    @Test
    void paragraphsAreSplitByListsOfIds() throws IOException {
        Path folder = copy("image-paragraph");
        picture(folder.resolve("VG_100K/2317429.jpg"));
        picture(folder.resolve("VG_100K_2/2356347.jpg"));

        assertThat(contents(read(Dataset.IMAGE_PARAGRAPH, folder, ""))).hasSize(2);
        List<Found> test = read(Dataset.IMAGE_PARAGRAPH, folder, "test");
        assertThat(contents(test)).containsExactly(new LongCaption("A white round plate stands on a table."));
        assertThat(reasons(test)).isEqualTo(Map.of("no caption", 1));
    }

    @Test
    void narrativesOfCocoHavePicturesWithTwelveDigits() throws IOException {
        Path folder = copy("localized-narratives");
        picture(folder.resolve("val2017/000000137576.jpg"));
        picture(folder.resolve("validation/0a1b2c3d4e5f.jpg"));

        List<Found> found = read(Dataset.LOCALIZED_NARRATIVES, folder, "");

        assertThat(contents(found))
                .containsExactly(
                        new LongCaption("In this image there are group of cows standing and eating grass."),
                        new LongCaption("Here we can see a lamp."));
        assertThat(reasons(found)).isEqualTo(Map.of("not JSON", 1, "no caption", 1));
    }

    @Test
    void questionsFindTheirAnswersInTheOtherFile() throws IOException {
        Path folder = copy("vqa2");
        picture(folder.resolve("val2014/COCO_val2014_000000000042.jpg"));
        picture(folder.resolve("val2014/COCO_val2014_000000000043.jpg"));

        List<Found> found = read(Dataset.VQA2, folder, "val");

        assertThat(contents(found))
                .containsExactlyInAnyOrder(
                        new Answered("What color is the kite?", "red", List.of("red")),
                        new Answered("How many hills are there?", "1", List.of("1", "one", "1")));
        assertThat(reasons(found))
                .isEqualTo(Map.of("no answer", 1, "a question without answers", 1, "answers without a question", 1));
    }

    @Test
    void theAnswerGivenMostOftenIsTheAnswer() throws IOException {
        Path okvqa = copy("okvqa"), vizwiz = copy("vizwiz");
        picture(okvqa.resolve("COCO_train2014_000000051606.jpg"));
        picture(vizwiz.resolve("val/VizWiz_val_00000000.jpg"));

        assertThat(contents(read(Dataset.OKVQA, okvqa, "")))
                .containsExactly(new Answered(
                        "What is the hairstyle of the blond called?",
                        "pony tail",
                        List.of("pony tail", "ponytail", "pony tail")));
        List<Found> found = read(Dataset.VIZWIZ, vizwiz, "val");
        assertThat(contents(found))
                .hasSize(1)
                .allMatch(content -> ((Answered) content).answer().equals("unanswerable"));
        assertThat(reasons(found)).isEqualTo(Map.of("no picture", 1, "no question", 1));
    }

    @Test
    void scienceQuestionsWithoutAPictureAreLeftOut() throws IOException {
        Path folder = copy("scienceqa");
        picture(folder.resolve("images/train/1/image.png"));

        List<Found> found = read(Dataset.SCIENCEQA, folder, "train");

        var solid = new MultipleChoice(
                "Which of these is a solid?",
                "Look at the picture.",
                List.of("milk", "a plate"),
                1,
                "A plate keeps its shape.");
        assertThat(contents(found)).containsExactly(solid);
        assertThat(reasons(found)).isEqualTo(Map.of("no answer", 1));
        assertThat(Preparation.text((Found.Sample) found.getFirst()))
                .isEqualTo(
                        "Question: Which of these is a solid? \n Context: Look at the picture. \n Options: (A) milk (B)"
                                + " a plate \n Answer: Let's think step-by-step: A plate keeps its shape. So the answer is (B).");
    }

    @Test
    void shardsThatAreWrittenAreRead() throws IOException {
        List<Found> found = read(Dataset.COCO, coco(), "");
        Path out = temporary.resolve("out");
        try (var writer = new ShardWriter(out, "coco", 3, 0)) {
            for (Found one : found) {
                if (one instanceof Found.Sample sample) writer.write(sample, Preparation.text(sample), Map.of());
            }
        }

        List<Found> again = read(Dataset.WEBDATASET, out, "");

        assertThat(out).isDirectoryContaining("glob:**coco-000001.tar").isDirectoryNotContaining("glob:**.part");
        assertThat(contents(again)).isEqualTo(contents(found));
        for (int i = 0; i < again.size(); i++) {
            Found.Sample sample = (Found.Sample) again.get(i),
                    first = samples(found).get(i);
            assertThat(sample.id()).isEqualTo(first.id());
            assertThat(sample.picture().read()).isEqualTo(first.picture().read());
        }
    }

    @Test
    void questionsThatWereWrittenIntoShardsAreQuestionsAgain() throws IOException {
        Path vqa2 = copy("vqa2"), scienceqa = copy("scienceqa"), out = temporary.resolve("out");
        picture(vqa2.resolve("val2014/COCO_val2014_000000000042.jpg"));
        picture(vqa2.resolve("val2014/COCO_val2014_000000000043.jpg"));
        picture(scienceqa.resolve("images/train/1/image.png"));

        for (Dataset dataset : List.of(Dataset.VQA2, Dataset.SCIENCEQA)) {
            Path folder = temporary.resolve(dataset.label());
            Preparation.write(dataset, folder, "", Long.MAX_VALUE, out.resolve(dataset.label()), report -> {});

            assertThat(contents(read(Dataset.WEBDATASET, out.resolve(dataset.label()), "")))
                    .isNotEmpty()
                    .isEqualTo(contents(read(dataset, folder, "")));
        }
    }

    @Test
    void whatIsAskedForIsAskedForInTheWordsOfItsTask() {
        var choice = new MultipleChoice("Which?", "", List.of("milk", "a plate"), 1, "");

        assertThat(Stream.of(
                                new Caption("A kite."),
                                new LongCaption("A kite. It is red."),
                                new Answered("What is it?", "a kite", List.of()),
                                choice)
                        .map(Asking::of))
                .extracting(Asking::front, Asking::answer)
                .containsExactly(
                        tuple("Describe the given picture. ", "A kite."),
                        tuple("Describe the given picture. ", "A kite. It is red."),
                        tuple("Question: What is it? Answer: ", "a kite"),
                        tuple("Question: Which? \n Context:  \n Options: (A) milk (B) a plate \n Answer: ", "(B)"));
    }

    @Test
    void anExampleIsWrittenInEveryWordingOfItsTask() {
        var told = new LongCaption("A kite. It is red.");
        var choice = new MultipleChoice("Which?", "", List.of("milk", "a plate"), 1, "");
        var explained = new MultipleChoice("Which?", "", List.of("milk", "a plate"), 1, "It is flat.");

        assertThat(Asking.all(FineTuningTask.LOCALIZED_NARRATIVES, told))
                .extracting(Asking::front)
                .containsExactly(
                        "Describe the given picture in very detail. ",
                        "Generate a long narration of what is happening in the given image. ",
                        "Generate a long caption for the given image. ");
        assertThat(Asking.all(FineTuningTask.OKVQA, new Answered("What is it?", "a kite", List.of())))
                .hasSize(3);
        assertThat(Asking.all(FineTuningTask.SCIENCEQA, choice)).hasSize(1);
        assertThat(Asking.all(FineTuningTask.SCIENCEQA, explained))
                .extracting(Asking::answer)
                .containsExactly("(B)", "It is flat. So the answer is (B)");
        assertThat(Asking.all(FineTuningTask.VQA2, told)).isEmpty();
    }

    @Test
    void aShardThatEndsTooEarlyIsOneBrokenRecordAndTheNextIsRead() throws IOException {
        Path out = temporary.resolve("out");
        Preparation.write(Dataset.COCO, coco(), "", Long.MAX_VALUE, out, report -> {});
        byte[] whole = Files.readAllBytes(out.resolve("coco-000000.tar"));
        Path shards = Files.createDirectories(temporary.resolve("shards"));
        Files.write(shards.resolve("a.tar"), Arrays.copyOf(whole, whole.length / 2));
        Files.write(shards.resolve("b.tar"), whole);
        Files.write(
                shards.resolve("c.tar"),
                "this is no tar file, but some text".repeat(99).getBytes());

        List<Found> found = read(Dataset.WEBDATASET, shards, "");

        assertThat(reasons(found)).isEqualTo(Map.of("the rest of the file cannot be read", 2));
        assertThat(samples(found)).hasSizeGreaterThanOrEqualTo(4);
    }

    @Test
    void aFileThatBreaksOffIsOneBrokenRecord() throws IOException {
        Path folder = coco();
        Path file = folder.resolve("annotations/captions_val2017.json");
        String json = Files.readString(file);
        Files.writeString(file, json.substring(0, json.indexOf("\"image_id\": 99") + 5));

        List<Found> found = read(Dataset.COCO, folder, "");

        assertThat(samples(found)).hasSize(2);
        assertThat(reasons(found)).isEqualTo(Map.of("no caption", 1, "the rest of the file is not JSON", 1));
    }

    @ParameterizedTest
    @EnumSource
    void readingGoesOnWhereItStopped(Dataset dataset) throws IOException {
        Path folder =
                switch (dataset) {
                    case COCO -> coco();
                    case WEBDATASET -> threeShardsOfWhichOneBreaksOff();
                    default -> copy(dataset.label());
                };
        List<Found> whole = read(dataset, folder, "");

        for (int stop = 0; stop <= whole.size(); stop++) {
            var resumed = new ArrayList<Found>();
            Corpus.Cursor cursor;
            try (Corpus corpus = Corpus.open(dataset, folder, "", Corpus.Cursor.START)) {
                for (int i = 0; i < stop; i++) resumed.add(corpus.next());
                cursor = corpus.cursor();
            }
            try (Corpus corpus = Corpus.open(dataset, folder, "", cursor)) {
                for (Found found = corpus.next(); found != null; found = corpus.next()) resumed.add(found);
            }
            assertThat(resumed).isEqualTo(whole);
        }
    }

    @Test
    void aPreparationThatWasStoppedGoesOnAfterItsLastWholeShard() throws IOException {
        Path folder = coco(), once = temporary.resolve("once"), twice = temporary.resolve("twice");

        Preparation.Report whole = Preparation.write(Dataset.COCO, folder, "", Long.MAX_VALUE, once, report -> {});
        Preparation.write(Dataset.COCO, folder, "", 3, twice, report -> {});
        Preparation.Report rest = Preparation.write(Dataset.COCO, folder, "", Long.MAX_VALUE, twice, report -> {});

        assertThat(whole.samples()).isEqualTo(4);
        assertThat(whole.skipped()).isEqualTo(3);
        assertThat(rest.samples()).isEqualTo(4);
        assertThat(rest.broken()).isEqualTo(whole.broken());
        assertThat(contents(read(Dataset.WEBDATASET, twice, "")))
                .isEqualTo(contents(read(Dataset.WEBDATASET, once, "")));
        assertThatThrownBy(() -> Preparation.write(Dataset.VQA2, folder, "", 1, once, report -> {}))
                .hasMessageContaining("holds dataset 'coco'");
        assertThatThrownBy(() -> Preparation.write(Dataset.COCO, folder, "val", 1, once, report -> {}))
                .hasMessageContaining("holds split ''", "need another folder for 'val'");
    }

    @Test
    void aPreparationWhoseFilesAreOthersThanThoseReadIsRefused() throws IOException {
        Path folder = coco(),
                out = temporary.resolve("out"),
                file = folder.resolve("annotations/captions_val2017.json");
        Preparation.write(Dataset.COCO, folder, "", 3, out, report -> {});
        Path before = Files.copy(file, file.resolveSibling("captions_train2017.json"));

        assertThatThrownBy(() -> Preparation.write(Dataset.COCO, folder, "", 9, out, report -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("captions_val2017.json")
                .hasMessageContaining("captions_train2017.json");

        Files.move(before, file.resolveSibling("captions_zzz2017.json")); // behind: it is read when its turn comes
        assertThat(Preparation.write(Dataset.COCO, folder, "", Long.MAX_VALUE, out, report -> {})
                        .samples())
                .isEqualTo(8);
    }

    @Test
    void aFolderThatIsALinkIsRead() throws IOException {
        Path link = Files.createSymbolicLink(temporary.resolve("link"), coco());

        assertThat(contents(read(Dataset.COCO, link, ""))).hasSize(4);
    }

    @Test
    void aLinkInACircleAndWhatIsHiddenArePassedOver() throws IOException {
        Path folder = coco(), annotations = folder.resolve("annotations");
        Files.createSymbolicLink(folder.resolve("circle"), folder);
        Path hidden = Files.createDirectory(folder.resolve(".Trashes"));
        Files.copy(annotations.resolve("captions_val2017.json"), hidden.resolve("captions_val2017.json"));

        assertThat(contents(read(Dataset.COCO, folder, ""))).hasSize(4);
        assertThat(PictureFolders.of(folder).folders()).containsExactly(folder, annotations, folder.resolve("val2017"));
    }

    @Test
    void filesThatAMacPacksBesideThoseOfASampleArePassedOver() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("shards")), picture = temporary.resolve("000.jpg");
        picture(picture);
        byte[] text = "a boat".getBytes(StandardCharsets.UTF_8), attributes = {0, 5, 22, 7};
        try (var tar = new TarArchiveOutputStream(Files.newOutputStream(folder.resolve("a.tar")))) {
            for (String place : List.of("", "dir/")) {
                put(tar, place + "._000.jpg", attributes);
                put(tar, place + "000.jpg", Files.readAllBytes(picture));
                put(tar, place + ".DS_Store", attributes);
                put(tar, place + "README", attributes);
                put(tar, place + "._000.txt", attributes);
                put(tar, place + "000.txt", text);
            }
        }

        List<Found> found = read(Dataset.WEBDATASET, folder, "");

        assertThat(contents(found)).containsExactly(new Caption("a boat"), new Caption("a boat"));
        assertThat(reasons(found)).isEmpty();
    }

    @Test
    void aRecordsIdOfAShardIsKeptWhateverItIsCalled() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("shards")), picture = temporary.resolve("1.jpg");
        picture(picture);
        try (var tar = new TarArchiveOutputStream(Files.newOutputStream(folder.resolve("a.tar")))) {
            for (String json : List.of("{\"record\": 48, \"id\": \"boat\"}", "{\"id\": 48}", "{}")) {
                String key = "key" + json.length();
                put(tar, key + ".jpg", Files.readAllBytes(picture));
                put(tar, key + ".txt", "a boat".getBytes(StandardCharsets.UTF_8));
                put(tar, key + ".json", json.getBytes(StandardCharsets.UTF_8));
            }
        }

        assertThat(samples(read(Dataset.WEBDATASET, folder, "")))
                .extracting(Found.Sample::id)
                .containsExactly("48", "48", "key2");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aPictureThatCannotBeReadIsOneBrokenRecord() throws IOException {
        Path folder = coco(), picture = folder.resolve("val2017/000000000042.jpg");
        Files.delete(picture);
        Files.createSymbolicLink(picture, Path.of("/proc/self/mem")); // whose first bytes nobody can read

        List<Found> found = read(Dataset.COCO, folder, "");

        assertThat(reasons(found)).containsKey("the picture cannot be read");
        assertThat(samples(found)).isNotEmpty();
    }

    @Test
    void aPictureThatBreaksOffOrIsTooLargeIsOneBrokenRecord() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("pictures")), out = temporary.resolve("out");
        for (String format : List.of("jpg", "png")) {
            for (String name : List.of("whole.", "more.", "broken.", "large.")) picture(folder.resolve(name + format));
            Path broken = folder.resolve("broken." + format), more = folder.resolve("more." + format);
            byte[] whole = Files.readAllBytes(broken);
            Files.write(broken, Arrays.copyOf(whole, whole.length - 12));
            Files.write(more, Arrays.copyOf(whole, whole.length + 5_000)); // a camera's own
            try (var file = FileChannel.open(folder.resolve("large." + format), StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.allocate(1), 64 << 20);
            }
        }
        try (var names = Files.list(folder)) {
            Files.writeString(
                    folder.resolve("results.token"),
                    names.map(file -> file.getFileName() + "#0\ta picture\n").collect(Collectors.joining()));
        }

        Preparation.Report report =
                Preparation.write(Dataset.FLICKR30K, folder, "", Long.MAX_VALUE, out, progress -> {});

        assertThat(report.broken()).isEqualTo(Map.of("the picture breaks off", 2L, "a file of more than 64 MiB", 2L));
        assertThat(samples(read(Dataset.WEBDATASET, out, ""))).hasSize(4);
    }

    @Test
    void aShardMayHoldAPictureThatBreaksOff() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("shards")), picture = temporary.resolve("1.jpg");
        picture(picture);
        byte[] whole = Files.readAllBytes(picture);
        try (var tar = new TarArchiveOutputStream(Files.newOutputStream(folder.resolve("a.tar")))) {
            put(tar, "1.jpg", Arrays.copyOf(whole, whole.length - 9));
            put(tar, "1.txt", "a boat".getBytes(StandardCharsets.UTF_8));
        }

        assertThat(reasons(read(Dataset.WEBDATASET, folder, ""))).isEqualTo(Map.of("the picture breaks off", 1));
    }

    /// A file of which all but the middle can be read is not easily had: this one is gone.
    @Test
    void aPictureThatIsGoneWhenItIsWrittenIsOneBrokenRecord() {
        Path file = temporary.resolve("gone.jpg");
        var gone = new Found.Sample("a", "1", new Picture.InFile(file), new Caption("gone"));

        assertThat(Preparation.withPicture(gone))
                .isEqualTo(new Found.Broken("a: " + file, "the picture cannot be read"));
    }

    @Test
    void aLineThatIsNotUtf8IsOneBrokenRecordAndAByteOrderMarkIsNone() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("lines"));
        picture(folder.resolve("1.jpg"));
        Files.write(
                folder.resolve("results.token"),
                "\u00ef\u00bb\u00bf1.jpg#0\tone\n1.jpg#1\tcaf\u00e9\n1.jpg#2\tcaf\u00c3\u00a9\n"
                        .getBytes(StandardCharsets.ISO_8859_1));

        List<Found> found = read(Dataset.FLICKR30K, folder, "");

        assertThat(contents(found)).containsExactly(new Caption("one"), new Caption("caf\u00e9"));
        assertThat(reasons(found)).isEqualTo(Map.of("not UTF-8", 1));
    }

    @Test
    void aNumberThatIsNoneDoesNotBreakASample() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("shards")), picture = temporary.resolve("1.jpg");
        picture(picture);
        try (var tar = new TarArchiveOutputStream(Files.newOutputStream(folder.resolve("a.tar")))) {
            put(tar, "1.jpg", Files.readAllBytes(picture));
            put(tar, "1.txt", "a boat".getBytes(StandardCharsets.UTF_8));
            put(tar, "1.json", "{\"similarity\": NaN}".getBytes(StandardCharsets.UTF_8));
        }

        assertThat(contents(read(Dataset.WEBDATASET, folder, ""))).containsExactly(new Caption("a boat"));
    }

    private static void put(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        var entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    @Test
    void anAnswerBesideAQuestionWithoutIdFindsItsOwn() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("questions"));
        picture(folder.resolve("COCO_val_000000000001.jpg"));
        Files.writeString(folder.resolve("OpenEnded_mscoco_val_questions.json"), """
                {"questions": [{"question_id": 7, "image_id": 1, "question": "What is it?"}, {"question": "nameless"}]}
                """);
        Files.writeString(folder.resolve("mscoco_val_annotations.json"), """
                {"annotations": [{"question_id": 8, "answers": [{"answer": "no"}]},
                                 {"question_id": 7, "answers": [{"answer": "a kite"}]}]}
                """);

        List<Found> found = read(Dataset.OKVQA, folder, "");

        assertThat(contents(found)).containsExactly(new Answered("What is it?", "a kite", List.of("a kite")));
        assertThat(reasons(found)).isEqualTo(Map.of("no id", 1, "answers without a question", 1));
    }

    /// A thousand records of 20 kB.
    @ParameterizedTest
    @EnumSource
    void memoryDoesNotGrowWithTheFile(Dataset dataset) throws IOException {
        int records = 1_000;
        Path folder = large(dataset, records);
        long before = bytesInUse(), most = 0, samples = 0;

        try (Corpus corpus = Corpus.open(dataset, folder, "", Corpus.Cursor.START)) {
            for (Found found = corpus.next(); found != null; found = corpus.next()) {
                if (found instanceof Found.Sample) samples++;
                if (samples % 250 == 0) most = Math.max(most, bytesInUse());
            }
        }

        assertThat(samples).isEqualTo(records);
        assertThat(most - before).as("bytes more, of a file of 20 MB").isLessThan(10_000_000);
    }

    private static long bytesInUse() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /// All of one picture.
    private Path large(Dataset dataset, int records) throws IOException {
        String text = "x".repeat(20_000), answers = "'answers': [{'answer': 'yes'}]";
        Path folder = Files.createDirectories(temporary.resolve("large"));
        for (String name : List.of("000000000001.jpg", "1.jpg", "COCO_val_000000000001.jpg", "train/1/image.png")) {
            picture(folder.resolve(name));
        }
        switch (dataset) {
            case COCO ->
                write(
                        folder.resolve("captions_val2017.json"),
                        "{'images': [], 'annotations': [",
                        records,
                        i -> "{'image_id': 1, 'id': %d, 'caption': '%s'}".formatted(i, text),
                        "]}");
            case FLICKR30K ->
                write(folder.resolve("results.token"), "", records, i -> "1.jpg#%d\t%s\n".formatted(i, text), "");
            case IMAGE_PARAGRAPH ->
                write(
                        folder.resolve("paragraphs_v1.json"),
                        "[",
                        records,
                        _ -> "{'image_id': 1, 'paragraph': '%s'}".formatted(text),
                        "]");
            case LOCALIZED_NARRATIVES ->
                write(
                        folder.resolve("val_localized_narratives.jsonl"),
                        "",
                        records,
                        i -> "{'image_id': '1', 'annotator_id': %d, 'caption': '%s'}\n".formatted(i, text),
                        "");
            case VQA2, OKVQA -> {
                String v2 = dataset == Dataset.VQA2 ? "v2_" : "";
                write(
                        folder.resolve(v2 + "OpenEnded_mscoco_val_questions.json"),
                        "{'questions': [",
                        records,
                        i -> "{'question_id': %d, 'image_id': 1, 'question': '%s'}".formatted(i, text),
                        "]}");
                write(
                        folder.resolve(v2 + "mscoco_val_annotations.json"),
                        "{'annotations': [",
                        records,
                        i -> "{'question_id': %d, %s}".formatted(i, answers),
                        "]}");
            }
            case VIZWIZ ->
                write(
                        folder.resolve("val.json"),
                        "[",
                        records,
                        _ -> "{'image': '1.jpg', 'question': '%s', %s}".formatted(text, answers),
                        "]");
            case SCIENCEQA ->
                write(
                        folder.resolve("problems.json"),
                        "{",
                        records,
                        _ ->
                                "'1': {'question': '%s', 'choices': ['a'], 'answer': 0, 'split': 'train', 'image': 'image.png'}"
                                        .formatted(text),
                        "}");
            case WEBDATASET -> {
                var picture = new Picture.InFile(folder.resolve("1.jpg"));
                try (var writer = new ShardWriter(folder, "large", records, 0)) {
                    for (int i = 0; i < records; i++) {
                        writer.write(new Found.Sample("", "" + i, picture, new Caption(text)), text, Map.of());
                    }
                }
            }
        }
        return folder;
    }

    /// Objects of JSON, in single quotes here, stand with commas between them, and lines as they are.
    private static void write(Path file, String head, int records, IntFunction<String> record, String tail)
            throws IOException {
        try (var out = Files.newBufferedWriter(file)) {
            out.write(head.replace('\'', '"'));
            for (int i = 0; i < records; i++) {
                if (i > 0 && !tail.isEmpty()) out.write(",");
                out.write(record.apply(i).replace('\'', '"'));
            }
            out.write(tail);
        }
    }

    private List<Found> read(Dataset dataset, Path folder, String split) throws IOException {
        var all = new ArrayList<Found>();
        try (Corpus corpus = Corpus.open(dataset, folder, split, Corpus.Cursor.START)) {
            for (Found found = corpus.next(); found != null; found = corpus.next()) all.add(found);
        }
        return all;
    }

    private static List<Found.Sample> samples(List<Found> found) {
        return found.stream()
                .filter(Found.Sample.class::isInstance)
                .map(Found.Sample.class::cast)
                .toList();
    }

    private static List<Found.Content> contents(List<Found> found) {
        return samples(found).stream().map(Found.Sample::content).toList();
    }

    private static Map<String, Integer> reasons(List<Found> found) {
        var reasons = new HashMap<String, Integer>();
        for (Found one : found)
            if (one instanceof Found.Broken(var _, String reason)) reasons.merge(reason, 1, Integer::sum);
        return reasons;
    }

    private Path coco() throws IOException {
        Path folder = copy("coco");
        picture(folder.resolve("val2017/000000000042.jpg"));
        picture(folder.resolve("val2017/000000000043.jpg"));
        picture(folder.resolve("val2017/other name.jpg"));
        return folder;
    }

    /// Three samples, two and what is left of a third, and one.
    private Path threeShardsOfWhichOneBreaksOff() throws IOException {
        Path shards = temporary.resolve("shards"), second = shards.resolve("coco-000001.tar");
        Found.Sample sample = samples(read(Dataset.COCO, coco(), "")).getFirst();
        try (var writer = new ShardWriter(shards, "coco", 3, 0)) {
            for (int i = 0; i < 7; i++) {
                var numbered = new Found.Sample(sample.origin(), "" + i, sample.picture(), sample.content());
                writer.write(numbered, "number " + i, Map.of());
            }
        }
        byte[] whole = Files.readAllBytes(second);
        Files.write(second, Arrays.copyOf(whole, whole.length / 2));
        assertThat(reasons(read(Dataset.WEBDATASET, shards, "")))
                .isEqualTo(Map.of("the rest of the file cannot be read", 1));
        return shards;
    }

    private Path copy(String dataset) throws IOException {
        try {
            Path from =
                    Path.of(CorpusTest.class.getResource("/corpora/" + dataset).toURI());
            Path to = temporary.resolve(dataset);
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Path copy = to.resolve(from.relativize(file).toString());
                    Files.createDirectories(copy.getParent());
                    Files.write(copy, Files.readAllBytes(file));
                }
            }
            return to;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void picture(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        String format = file.toString().endsWith(".png") ? "png" : "jpg";
        ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), format, file.toFile());
    }
}
