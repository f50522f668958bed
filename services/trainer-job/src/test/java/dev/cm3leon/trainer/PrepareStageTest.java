package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.bpe.Splits;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.Neighbours;
import dev.cm3leon.trainer.data.Shard;
import dev.cm3leon.trainer.data.ShardDocuments;
import dev.cm3leon.trainer.data.ShardManifest;
import dev.cm3leon.trainer.data.TaskCorpus;
import dev.cm3leon.trainer.data.TaskDocuments;
import dev.cm3leon.trainer.data.Words;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Checkpoints;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WorkerShare;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A corpus of 131 captioned portraits in a shard of tar, three of them broken, through `prepare`.
class PrepareStageTest {
    private static final int DOCUMENTS = 131;
    private static final String BEFORE = "bpe,vq,decoder,clip,";

    @TempDir
    static Path folder;

    private static Path configuration = Path.of("");
    private static Run run = new Run("none", tiny(), Path.of(""), event -> {}, () -> false);

    @BeforeAll
    static void prepareOnce() throws IOException {
        Path corpus = Files.createDirectories(folder.resolve("corpus"));
        try (var tar = Files.newOutputStream(corpus.resolve("train-00000.tar"))) {
            for (int i = 0; i < DOCUMENTS; i++) {
                Portrait portrait = Portrait.forTraining(Ops.random(9, "corpus", i));
                byte[] png = Images.png(new RgbImage(64, 64, Avatars.draw(portrait)));
                if (i == 7) Arrays.fill(png, 41, png.length - 16, (byte) 7); // has both of its ends
                if (i == 8) png = Arrays.copyOf(png, 40); // breaks off
                String caption = i == 9 ? "word ".repeat(200) : Captions.of(portrait, Ops.random(9, "caption", i));
                entry(tar, "%05d.png".formatted(i), png);
                entry(tar, "%05d.txt".formatted(i), caption.getBytes(StandardCharsets.UTF_8));
            }
            tar.write(new byte[1024]);
        }
        try (var in = PrepareStageTest.class.getResourceAsStream("/configurations/demo-tiny.json")) {
            String json = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replaceFirst(
                            "\\{",
                            "{\"shards\": {\"corpus\": \"%s\", \"documents\": 40},".formatted(corpus.toAbsolutePath()));
            configuration = Files.writeString(folder.resolve("corpus.json"), json);
        }
        assertThat(job("one", event -> {}, BEFORE + "prepare")).isZero();
        run = new Run(
                "one", TrainingConfiguration.read(configuration), folder.resolve("one"), event -> {}, () -> false);
    }

    /// Everything is learned from the corpus alone, at the size of its pictures: the bundle draws 128 pixels.
    @Test
    void aCorpusOfLargerPicturesBecomesAModelOfItsOwn() throws IOException {
        Path corpus = Files.createDirectories(folder.resolve("stripes"));
        try (var tar = Files.newOutputStream(corpus.resolve("train-00000.tar"))) {
            for (int i = 0; i < 40; i++) {
                byte[] rgb = new byte[128 * 128 * 3];
                for (int at = 0; at < rgb.length; at++)
                    rgb[at] = (byte) (at / 3 % 128 / (4 + i % 8) % 2 * 40 * (i % 5));
                entry(tar, "%05d.png".formatted(i), Images.png(new RgbImage(128, 128, rgb)));
                entry(tar, "%05d.txt".formatted(i), ("quixotic stripes " + i).getBytes(StandardCharsets.UTF_8));
            }
            tar.write(new byte[1024]);
        }
        Path settings = Files.writeString(
                folder.resolve("stripes.json"),
                Files.readString(configuration)
                        .replaceFirst(
                                "\"shards\": \\{[^}]*}",
                                "\"shards\": {\"corpus\": \"%s\", \"documents\": 40, \"licence\": \"CC0-1.0\"}"
                                        .formatted(corpus.toAbsolutePath()))
                        .replaceFirst(
                                "\"vq\": \\{",
                                "\"vq\": {\"image_size\": 128, \"encoder_neighbours\": true, \"part\": 64,")
                        .replaceFirst("\"context\": 512", "\"context\": 1024")
                        .replaceFirst("\"batch_tokens\": 1024", "\"batch_tokens\": 2048"));
        Path output = folder.resolve("own");

        assertThat(TrainerJob.run(
                        List.of(settings.toString(), "--output", output.toString()), event -> {}, new AtomicBoolean()))
                .isZero();

        ModelBundle bundle = ModelBundle.open(output.resolve("bundle"));
        assertThat(bundle.imageSize()).isEqualTo(128);
        assertThat(ImageIO.read(output.resolve("bundle/training/reconstructions.png")
                                .toFile())
                        .getHeight())
                .isEqualTo(2 * 128);
        assertThat(Files.readString(output.resolve("bundle/words.txt")))
                .contains("quixotic")
                .doesNotContain("beard");
        assertThat(Files.readString(output.resolve("bundle/model.json"))).contains("CC0-1.0");
        try (var vq = bundle.openVqTokenizer();
                var clip = bundle.openClipEncoder()) {
            RgbImage picture = vq.decode(new int[256]);
            assertThat(picture.width()).isEqualTo(128);
            assertThat(clip.encode(picture)).hasSize(clip.encode("quixotic stripes").length);
        }
    }

    @Test
    void theManifestCountsWhatThereIsAndNamesTheTokenizers() {
        ShardManifest manifest = ShardManifest.read(run.stage("prepare").resolve("shards.json"));

        assertThat(manifest.documents()).isEqualTo(DOCUMENTS - 3);
        assertThat(manifest.skipped())
                .containsEntry("the picture breaks off", 1L)
                .containsEntry("a picture that cannot be read", 1L)
                .containsEntry("a caption of no or too many tokens", 1L);
        assertThat(manifest.shards()).hasSize(4);
        assertThat(manifest.shards())
                .allMatch(shard -> shard.tokens() == 513L * shard.blocks() && shard.neighbours() > 0);
        assertThat(manifest.tokenizer())
                .isEqualTo(Checkpoints.sha256(run.stage("bpe").resolve("tokenizer.json")));
        assertThat(manifest.vocabulary()).containsEntry("image_codes", 64);
    }

    @Test
    void everyBlockComesOnceEachTimeThroughAndSharesTogetherAreTheWhole() {
        ShardDocuments documents = documents();
        int blocks = ShardManifest.read(run.stage("prepare").resolve("shards.json")).shards().stream()
                .mapToInt(ShardManifest.Entry::blocks)
                .sum();

        List<TokenStream> whole = new ArrayList<>();
        for (long step = 0; 2 * step + 2 <= blocks; step++)
            documents.step(step, WorkerShare.WHOLE, Ops.random(0, "", 0)).forEach(whole::addAll);
        List<TokenStream> second =
                documents.step(1, new WorkerShare(1, 2), Ops.random(5, "", 0)).getFirst();

        assertThat(whole).hasSize(blocks / 2 * 2).doesNotHaveDuplicates();
        assertThat(second).containsExactly(whole.get(3));
        assertThat(whole).allMatch(stream -> stream.length() == 513);
    }

    @Test
    void aPictureIsHeldOutWithAllOfItsCaptions() {
        List<Neighbours.Encoded> bank = new ArrayList<>();
        for (int caption = 0; caption < 3; caption++)
            for (int picture = 0; picture < 120; picture++)
                bank.add(new Neighbours.Encoded(
                        caption + " of " + picture,
                        new int[] {1},
                        "",
                        "",
                        new int[] {picture, 7},
                        new float[1],
                        new float[1]));

        BitSet held = PrepareStage.heldOut(bank);

        assertThat(held.cardinality()).isBetween(3, 3 * 8); // about one of fifty
        held.stream().forEach(at -> assertThat(held.get((at + 120) % 360)).isTrue());
    }

    @Test
    void aLaterTrainingSeesTheShardsInAnOrderOfItsOwn() {
        List<TokenStream> first = new ArrayList<>(), later = new ArrayList<>();
        for (long step = 0; step < 4; step++) {
            documents(run, "pretrain")
                    .step(step, WorkerShare.WHOLE, Ops.random(0, "", 0))
                    .forEach(first::addAll);
            documents(run, "finetune")
                    .step(step, WorkerShare.WHOLE, Ops.random(0, "", 0))
                    .forEach(later::addAll);
        }

        assertThat(later).hasSameSizeAs(first).isNotEqualTo(first);
    }

    @Test
    void aDocumentIsNeverItsOwnNeighbour() {
        assertThat(held()).hasSizeBetween(1, 12); // of 128 pictures
        for (TokenStream stream : held()) {
            List<List<Integer>> pictures = drawn(stream);
            assertThat(pictures).isNotEmpty();
            assertThat(pictures.subList(0, pictures.size() - 1)).doesNotContain(pictures.getLast());
        }
    }

    @Test
    void eachLayoutOfADocumentHasNeighboursOfItsOwn() throws IOException {
        Path settings = Files.writeString(
                folder.resolve("layouts.json"),
                Files.readString(configuration)
                        .replace(
                                "\"documents\": 40",
                                "\"documents\": 40, \"layouts\": 2, \"whole\": true, \"captioning\": 0.3"));
        Path output = prepared(settings, "layouts");

        List<TokenStream> blocks = new ArrayList<>();
        ShardManifest manifest = ShardManifest.read(output.resolve("prepare/shards.json"));
        for (ShardManifest.Entry entry : manifest.shards()) {
            Shard shard = Shard.open(output.resolve("prepare").resolve(entry.file()));
            for (int i = 0; i < shard.size(); i++) blocks.add(shard.get(i));
        }
        int learned = DOCUMENTS - 3 - held().size();
        assertThat(blocks).hasSize(2 * learned);
        assertThat(blocks.stream().distinct().count()).isGreaterThan(3 * learned / 2);

        Vocabulary vocabulary =
                run.configuration().vocabulary(BpeStage.finished(run).size());
        Set<TokenStream> asking = blocks.stream()
                .filter(block -> block.ids()[block.length() - 1] == vocabulary.eoss())
                .collect(Collectors.toSet());
        assertThat(asking).hasSizeBetween(learned / 3, learned);
        assertThat(asking).anyMatch(stream -> pictures(stream) == 1).anyMatch(stream -> pictures(stream) > 1);
        for (TokenStream stream : asking) { // told to describe, or behind documents with no words
            int hole = indexOf(stream.ids(), vocabulary.sentinel(0));
            assertThat(stream.ids()[hole - 1] == vocabulary.breakId()).isEqualTo(pictures(stream) > 1);
        }

        var itself = new Run("layouts", TrainingConfiguration.read(settings), output, event -> {}, () -> false);
        List<List<TokenStream>> groups = documents(itself, "pretrain").step(0, WorkerShare.WHOLE, Ops.random(0, "", 0));
        assertThat(groups.stream()
                        .flatMap(List::stream)
                        .mapToInt(TokenStream::length)
                        .sum())
                .isBetween(600, 1400); // 1,024 by the mean length
        for (List<TokenStream> group : groups)
            assertThat(group.getLast().length())
                    .isLessThanOrEqualTo(group.getFirst().length() * 13 / 10);
        ShardDocuments all = documents(itself, "pretrain");
        assertThat(IntStream.range(0, 9)
                        .mapToObj(step -> all.step(step, WorkerShare.WHOLE, Ops.random(0, "", 0)))
                        .flatMap(List::stream)
                        .flatMap(List::stream))
                .anyMatch(asking::contains); // not masked once more
    }

    /// Five documents of some 80 tokens in a context of 300.
    @Test
    void whatStandsInFrontIsLeftOutOnlyWhereADocumentIsKeptWholeOrScored() throws IOException {
        String json = Files.readString(configuration)
                .replaceFirst("\"context\": 512", "\"context\": 300")
                .replaceFirst("\"two\": 0.5", "\"two\": 0");
        String more =
                "\"documents\": 40, \"neighbours\": 4, \"least_neighbours\": 4, \"without\": 0, \"max_similarity\": 1,"
                        + " \"whole\": %s";
        List<Long> found = new ArrayList<>(), laid = new ArrayList<>();
        List<String> said = new ArrayList<>();
        for (boolean whole : new boolean[] {false, true}) {
            Path settings = Files.writeString(
                    folder.resolve("four-" + whole + ".json"),
                    json.replace("\"documents\": 40", more.formatted(whole)));
            Path output = folder.resolve("four-" + whole);
            said.add(said(() -> prepared(settings, output.getFileName().toString())));
            ShardManifest manifest = ShardManifest.read(output.resolve("prepare/shards.json"));
            found.add(manifest.shards().stream()
                    .mapToLong(ShardManifest.Entry::neighbours)
                    .sum());
            long pictures = 0;
            for (ShardManifest.Entry entry : manifest.shards()) {
                Shard scored = Shard.open(output.resolve("prepare").resolve(ShardManifest.validation(entry.file())));
                for (int i = 0; i < scored.size(); i++) {
                    assertThat(scored.get(i).length()).isLessThanOrEqualTo(301);
                    pictures += pictures(scored.get(i));
                }
                Shard blocks = Shard.open(output.resolve("prepare").resolve(entry.file()));
                for (int i = 0; i < blocks.size(); i++) pictures += pictures(blocks.get(i));
            }
            laid.add(pictures - manifest.documents());
        }

        assertThat(found.getFirst()).isGreaterThan(found.getLast());
        assertThat(laid.getFirst()).isCloseTo(found.getFirst(), within(4L * 4)); // an end of each shard fills no block
        assertThat(laid.getLast()).isEqualTo(found.getLast());
        assertThat(said.getFirst()).doesNotContain("transformer.context");
        assertThat(said.getLast()).containsOnlyOnce("in front of none: transformer.context holds no more");
    }

    @Test
    void textIsCutAsTheConfigurationSays() throws IOException {
        Path settings = Files.writeString(
                folder.resolve("splits.json"),
                Files.readString(configuration).replace("\"bpe\": {", "\"bpe\": {\"splits\": \"chameleon\","));
        Path output = folder.resolve("splits");

        assertThat(TrainerJob.run(
                        List.of(settings.toString(), "--output", output.toString(), "--stages", "bpe"),
                        event -> {},
                        new AtomicBoolean()))
                .isZero();

        var itself = new Run("splits", TrainingConfiguration.read(settings), output, event -> {}, () -> false);
        assertThat(BpeStage.finished(itself).splits()).isEqualTo(Splits.CHAMELEON);
        assertThat(BpeStage.finished(run).splits()).isEqualTo(Splits.GPT2);
    }

    @Test
    void noBlockHasTwoLayoutsOfADocument() throws IOException {
        Path settings = Files.writeString(
                folder.resolve("rounds.json"),
                Files.readString(configuration)
                        .replace("\"documents\": 40", "\"documents\": 40, \"layouts\": 8, \"without\": 1"));
        Path output = prepared(settings, "rounds");

        int eos = run.configuration().vocabulary(BpeStage.finished(run).size()).eos();
        Shard shard = Shard.open(output.resolve("prepare/shard-00000.bin"));
        assertThat(shard.size()).isGreaterThan(40);
        for (int i = 0; i < shard.size(); i++) {
            List<List<Integer>> documents = new ArrayList<>(List.of(new ArrayList<>()));
            for (int id : shard.get(i).ids()) {
                if (id == eos) documents.add(new ArrayList<>());
                else documents.getLast().add(id);
            }
            assertThat(documents.subList(1, documents.size() - 1)) // those that are whole
                    .filteredOn(document -> !document.isEmpty())
                    .hasSizeGreaterThan(2)
                    .doesNotHaveDuplicates();
        }
    }

    /// Two short documents fill no block, but their layouts together do.
    @Test
    void whatOneRoundOfLayoutsLeavesOverBeginsTheNext() {
        assertThat(PrepareStage.blocks(layouts(2, 6, 100), 6, 513, Ops.random(1, "order", 0)))
                .hasSize(2 * 6 * 100 / 513)
                .allMatch(block -> block.length() == 513);

        List<TokenStream> many = layouts(30, 5, 17),
                blocks = PrepareStage.blocks(many, 5, 100, Ops.random(1, "order", 0));
        assertThat(blocks)
                .hasSize(30 * 5 * 17 / 100)
                .isEqualTo(PrepareStage.blocks(many, 5, 100, Ops.random(1, "order", 0)))
                .allSatisfy(block -> assertThat(block.ids()).doesNotHaveDuplicates()); // also over a round's border
    }

    /// Documents of ids that no other has, the same in each layout.
    private static List<TokenStream> layouts(int documents, int layouts, int length) {
        return IntStream.range(0, layouts * documents)
                .mapToObj(i -> new TokenStream(
                        IntStream.range(0, length)
                                .map(at -> i % documents * length + at)
                                .toArray(),
                        IntStream.range(0, length).map(_ -> -1).toArray()))
                .toList();
    }

    @Test
    void questionsAreAskedForTheirAnswersWhereCaptionsAreAskedFor() throws IOException {
        Path corpus = questions("questions"),
                settings =
                        Files.writeString(
                                folder.resolve("questions.json"),
                                Files.readString(configuration)
                                        .replaceFirst("\"shards\": \\{[^}]*}", """
                                "shards": {"corpus": "%s", "whole": true, "captioning": 1, "without": 0.5}\
                                """.formatted(corpus.toAbsolutePath())));
        Path output = prepared(settings, "questioned");

        assertThat(Files.readAllLines(output.resolve("prepare/words.txt"))).contains("question", "answer", "yes");
        Shard shard = Shard.open(output.resolve("prepare/shard-00000.bin"));
        assertThat(shard.size()).isBetween(30, 39);
        Set<Integer> sizes = new HashSet<>();
        for (int i = 0; i < shard.size(); i++) {
            List<String> texts = texts(shard.get(i));
            assertThat(texts.getLast()).isIn("yes", "no");
            assertThat(texts.get(texts.size() - 2)).matches("Question: Is it no\\. \\d+\\? Answer: ");
            sizes.add(texts.size());
        }
        assertThat(sizes).hasSizeGreaterThan(1); // behind documents too
    }

    /// Two public datasets, the smaller of which is seen as often as the other.
    @Test
    void aLaterTrainingSeesPublicDatasetsInEveryWordingOfTheirTasks() throws IOException {
        String datasets = "\"vqa2\": {\"corpus\": \"%s\"}, \"coco\": {\"corpus\": \"%s\"}";
        Run taught = taught("taught", datasets.formatted(questions("asked"), folder.resolve("corpus")));
        Words.write(taught.stage("prepare"), new TreeSet<>(Set.of("zebra"))); // as if a document had it

        assertThat(TrainerJob.run(
                        List.of(
                                folder.resolve("taught.json").toString(),
                                "--output",
                                taught.folder().toString(),
                                "--stages",
                                "pretrain,finetune,export"),
                        event -> {},
                        new AtomicBoolean()))
                .isZero();

        assertThat(Files.readAllLines(run.stage("bpe").resolve("words.txt"))).doesNotContain("question", "describe");
        assertThat(Files.readAllLines(taught.stage("bundle").resolve("words.txt")))
                .contains("question", "describe", "zebra")
                .containsAll(Files.readAllLines(run.stage("bpe").resolve("words.txt")))
                .isSorted();
        Map<String, TaskCorpus> corpora = corpora(taught);
        assertThat(asked(corpora, "vqa2"))
                .satisfiesExactly(
                        text -> assertThat(text).matches("Question: Is it no\\. \\d+\\? Answer: \\|(yes|no)"),
                        text -> assertThat(text).matches("Question: Is it no\\. \\d+\\? \n \\|(yes|no)"),
                        text -> assertThat(text).matches("Question: Is it no\\. \\d+\\? The answer is \\|(yes|no)"));
        assertThat(asked(corpora, "coco"))
                .satisfiesExactly(text -> assertThat(text).doesNotContain("|"), text -> assertThat(text)
                        .startsWith("Describe the given picture. |"));

        Vocabulary vocabulary =
                taught.configuration().vocabulary(BpeStage.finished(taught).size());
        var documents = new TaskDocuments(
                corpora, 1024, 513, taught.configuration().objective().masking(vocabulary));
        List<String> seen = new ArrayList<>();
        for (int step = 0; step < 300; step++)
            for (TokenStream stream : documents
                    .step(step, WorkerShare.WHOLE, Ops.random(1, "test", step))
                    .getFirst()) seen.add(String.join("|", texts(stream)));
        assertThat(seen.stream().filter(text -> text.contains("no. ")).count() / (double) seen.size())
                .isCloseTo(0.5, within(0.05));
        assertThat(documents.validation()).containsOnlyKeys("coco", "vqa2");
    }

    /// One corpus in both places.
    @Test
    void whatIsScoredOfACorpusIsTrainedOnInNoTraining() throws IOException {
        Run taught = taught("apart", "\"coco\": {\"corpus\": \"%s\"}".formatted(folder.resolve("corpus")));

        TaskCorpus corpus = Objects.requireNonNull(corpora(taught).get("coco"));

        Set<List<Integer>> scored = new HashSet<>(), trained = new HashSet<>();
        for (TokenStream held : held()) scored.add(drawn(held).getLast());
        for (int i = 0; i < corpus.size(false); i++) scored.addAll(drawn(corpus.get(false, i, 0, false)));
        for (int i = 0; i < corpus.size(true); i++) trained.addAll(drawn(corpus.get(true, i, 0, false)));
        for (int shard = 0; shard < 4; shard++) {
            Shard blocks = Shard.open(run.stage("prepare").resolve("shard-%05d.bin".formatted(shard)));
            for (int i = 0; i < blocks.size(); i++) trained.addAll(drawn(blocks.get(i)));
        }
        assertThat(corpus.size(false)).isPositive();
        assertThat(trained).hasSizeGreaterThan(100).doesNotContainAnyElementsOf(scored);
    }

    @Test
    void whatIsLeftOutOfADatasetIsCounted() throws IOException {
        Run taught = taught("counted", "\"coco\": {\"corpus\": \"%s\"}".formatted(folder.resolve("corpus")));
        Run other = taught("other", "\"vqa2\": {\"corpus\": \"%s\"}".formatted(folder.resolve("corpus")));

        assertThat(said(() -> corpora(taught)))
                .contains("finetune.corpora.coco.corpus = " + folder.resolve("corpus"))
                .contains("1 (a picture that cannot be read)", "1 (the picture breaks off)");
        assertThatThrownBy(() -> corpora(other))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("finetune.corpora.vqa2.corpus")
                .hasMessageContaining("130 (nothing of the task)");
    }

    /// Two captions of each picture, of which the second ones come after all of the first.
    @Test
    void aPictureOfWhichMuchIsSaidIsKeptOnce() throws IOException {
        Path corpus = Files.createDirectories(folder.resolve("said"));
        try (var tar = Files.newOutputStream(corpus.resolve("train-00000.tar"))) {
            for (int i = 0; i < 40; i++) {
                byte[] rgb = Avatars.draw(Portrait.forTraining(Ops.random(9, "said", i % 20)));
                entry(tar, "%05d.png".formatted(i), Images.png(new RgbImage(64, 64, rgb)));
                entry(tar, "%05d.txt".formatted(i), utf8("giraffe, five o’clock, no. " + i));
            }
            tar.write(new byte[1024]);
        }
        Run taught = taught("once", "\"coco\": {\"corpus\": \"%s\"}".formatted(corpus));

        TaskCorpus said = Objects.requireNonNull(corpora(taught).get("coco"));

        try (var files = Files.list(taught.stage("finetune"))) {
            Path pictures = files.filter(file -> file.toString().endsWith("-00000-pictures.bin"))
                    .findAny()
                    .orElseThrow();
            assertThat(Shard.open(pictures).size()).isEqualTo(20);
        }
        assertThat(Files.readAllLines(taught.stage("finetune").resolve("words.txt")))
                .contains("giraffe", "o'clock", "describe");
        int half = said.size(true) / 2;
        TokenStream first = said.get(true, 0, 1, true), second = said.get(true, half, 1, true);
        assertThat(said.size(true) + said.size(false)).isEqualTo(40);
        assertThat(drawn(first)).hasSize(1).isEqualTo(drawn(second));
        assertThat(first.cells()).containsSequence(IntStream.range(0, 64).toArray());
        assertThat(texts(first)).isNotEqualTo(texts(second)).first().isEqualTo("Describe the given picture. ");
    }

    /// A run that is shown datasets, too, and has the first one's tokenizers and shards.
    private static Run taught(String name, String corpora) throws IOException {
        Path settings = Files.writeString(
                folder.resolve(name + ".json"),
                Files.readString(configuration).replaceFirst("\"mixture\"", """
                                "finetune": [{"steps": 3, "corpora": {%s}}],
                                "mixture\"""".formatted(corpora)));
        var taught =
                new Run(name, TrainingConfiguration.read(settings), folder.resolve(name), event -> {}, () -> false);
        for (String stage : (BEFORE + "prepare").split(",")) copy(run.stage(stage), taught.stage(stage));
        return taught;
    }

    private static Map<String, TaskCorpus> corpora(Run taught) {
        return TaskCorpus.of(
                taught,
                "finetune",
                taught.configuration().finetune().getFirst().corpora(),
                BpeStage.finished(taught),
                VqStage.codes(taught));
    }

    /// What is said on standard error meanwhile.
    private static String said(Runnable work) {
        var said = new ByteArrayOutputStream();
        PrintStream usual = System.err;
        System.setErr(new PrintStream(said, true));
        try {
            work.run();
        } finally {
            System.setErr(usual);
        }
        return said.toString();
    }

    /// The ids of each picture that begins in a stream.
    private static List<List<Integer>> drawn(TokenStream stream) {
        List<List<Integer>> pictures = new ArrayList<>();
        for (int i = 0; i < stream.length(); i++) {
            if (stream.cells()[i] == 0) pictures.add(new ArrayList<>());
            if (stream.cells()[i] >= 0 && !pictures.isEmpty())
                pictures.getLast().add(stream.ids()[i]);
        }
        return pictures;
    }

    /// The texts of an example in each wording, as it is asked for.
    private static List<String> asked(Map<String, TaskCorpus> corpora, String task) {
        TaskCorpus corpus = Objects.requireNonNull(corpora.get(task));
        return IntStream.range(0, corpus.wordings())
                .mapToObj(wording -> String.join("|", texts(corpus.get(true, 5, wording, true))))
                .toList();
    }

    /// Forty pictures with a question each.
    private static Path questions(String name) throws IOException {
        Path corpus = Files.createDirectories(folder.resolve(name));
        try (var tar = Files.newOutputStream(corpus.resolve("vqa2-000000.tar"))) {
            for (int i = 0; i < 40; i++) {
                byte[] rgb = Avatars.draw(Portrait.forTraining(Ops.random(9, "questions", i)));
                String question = "Is it no. " + i + "?", answer = i % 2 == 0 ? "yes" : "no";
                entry(tar, "%05d.png".formatted(i), Images.png(new RgbImage(64, 64, rgb)));
                entry(tar, "%05d.txt".formatted(i), utf8("Question: %s Answer: %s.".formatted(question, answer)));
                entry(
                        tar,
                        "%05d.json".formatted(i),
                        utf8("{\"question\": \"%s\", \"answer\": \"%s\"}".formatted(question, answer)));
            }
            tar.write(new byte[1024]);
        }
        return corpus;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// Two pictures of each subject, in two styles; what is found and what is asked for bear one name that neither had.
    @Test
    void aSubjectMayBearAnotherNameThatItsDocumentTells() throws IOException {
        Path corpus = Files.createDirectories(folder.resolve("subjects"));
        try (var tar = Files.newOutputStream(corpus.resolve("train-00000.tar"))) {
            for (int i = 0; i < 60; i++) {
                byte[] rgb = Avatars.draw(Portrait.forTraining(Ops.random(9, "subject", i / 2)));
                if (i % 2 == 1) Arrays.fill(rgb, 40 * 64 * 3, rgb.length, (byte) 200);
                String style = i % 2 == 0 ? "plain" : "footless";
                entry(tar, "%05d.png".formatted(i), Images.png(new RgbImage(64, 64, rgb)));
                entry(
                        tar,
                        "%05d.txt".formatted(i),
                        "no. %d, %s style".formatted(i / 2, style).getBytes(StandardCharsets.UTF_8));
            }
            tar.write(new byte[1024]);
        }
        Path settings = Files.writeString(
                folder.resolve("subjects.json"),
                Files.readString(configuration)
                        .replaceFirst("\"shards\": \\{[^}]*}", """
                                "shards": {"corpus": "%s", "whole": true, "captioning": 1, "aliases": 1, "without": 0,
                                "neighbours": 4, "max_similarity": 1}""".formatted(corpus.toAbsolutePath())));
        Path output = prepared(settings, "renamed");

        Shard shard = Shard.open(output.resolve("prepare/shard-00000.bin"));
        int invented = 0;
        for (int i = 0; i < shard.size(); i++) {
            List<String> texts = texts(shard.get(i));
            String answer = texts.getLast();
            if (answer.startsWith("no. ")) continue;
            invented++;
            String name = answer.substring(0, answer.lastIndexOf(','));
            assertThat(answer).endsWith(" style");
            assertThat(texts.subList(0, texts.size() - 1)).anyMatch(text -> text.startsWith(name + ","));
        }
        assertThat(invented).isPositive();
    }

    /// A run that has the first one's tokenizers, through `prepare`.
    private static Path prepared(Path settings, String name) {
        Path output = folder.resolve(name);
        try {
            for (String stage : BEFORE.split(",")) copy(run.stage(stage), output.resolve(stage));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(TrainerJob.run(
                        List.of(settings.toString(), "--output", output.toString(), "--stages", "prepare"),
                        event -> {},
                        new AtomicBoolean()))
                .isZero();
        return output;
    }

    /// The texts of documents and the answer.
    private static List<String> texts(TokenStream stream) {
        var encoding = BpeStage.finished(run);
        Vocabulary vocabulary = run.configuration().vocabulary(encoding.size());
        List<String> texts = new ArrayList<>();
        List<Integer> text = new ArrayList<>();
        for (int id : stream.ids()) {
            if (vocabulary.isText(id)) {
                text.add(id);
            } else if (!text.isEmpty()) {
                texts.add(encoding.decode(
                        text.stream().mapToInt(Integer::intValue).toArray()));
                text.clear();
            }
        }
        return texts;
    }

    @Test
    void twoWorkersMakeTheSameShards() throws Exception {
        Path output = folder.resolve("two");
        for (String stage : BEFORE.split(",")) copy(run.stage(stage), output.resolve(stage));
        Map<String, String> place =
                new HashMap<>(Map.of("CM3_RENDEZVOUS", "127.0.0.1:" + Jobs.freePort(), "CM3_WORLD_SIZE", "2"));
        List<Process> jobs = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            place.put("CM3_RANK", Integer.toString(rank));
            jobs.add(Jobs.start(
                    place,
                    folder.resolve("worker-" + rank + ".err"),
                    configuration.toString(),
                    "--output",
                    output.toString(),
                    "--stages",
                    "prepare"));
        }
        for (Process job : jobs) Jobs.read(job, line -> false);

        assertThat(jobs.get(0).waitFor()).isZero();
        assertThat(jobs.get(1).waitFor()).isZero();
        assertThat(Files.mismatch(
                        output.resolve("prepare/shards.json"),
                        run.stage("prepare").resolve("shards.json")))
                .isEqualTo(-1);
    }

    @Test
    void aTransformerLearnsFromThemAndADamagedOneIsNamed() throws IOException {
        Path output = folder.resolve("learned");
        for (String stage : (BEFORE + "prepare").split(",")) copy(run.stage(stage), output.resolve(stage));
        Path shard = output.resolve("prepare/shard-00002.bin");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[100] ^= 1;
        Files.write(shard, bytes);
        List<TrainingEvent.TrainingProgress> reports = new ArrayList<>();

        String said = said(() -> assertThat(job(
                        "learned",
                        event -> {
                            if (event instanceof TrainingEvent.TrainingProgress progress) reports.add(progress);
                        },
                        "pretrain"))
                .isZero());

        assertThat(said).contains("shard-00002.bin is damaged", "shard-00001.bin in its place");
        assertThat(reports.getLast().loss()).isLessThan(reports.getFirst().loss());
        assertThat(reports.getLast().metrics()).containsKeys("nll_image_corpus", "data_wait");
    }

    /// The one right before it may have none.
    @Test
    void inPlaceOfADamagedShardTheNearestWithBlocksIsRead() throws IOException {
        Path output = folder.resolve("replaced");
        copy(run.stage("prepare"), output.resolve("prepare"));
        Path empty = output.resolve("prepare/shard-00001.bin");
        Shard.write(empty, List.of());
        Files.write(output.resolve("prepare/shard-00002.bin"), new byte[9]);
        ShardManifest made = ShardManifest.read(run.stage("prepare").resolve("shards.json"));
        List<ShardManifest.Entry> shards = new ArrayList<>(made.shards());
        shards.set(
                1, new ShardManifest.Entry(empty.getFileName().toString(), 0, 0, 0, 0, Checkpoints.sha256(empty), 0));

        assertThat(said(() -> readAll(output, made, shards)))
                .contains("shard-00002.bin is damaged, reading shard-00000.bin in its place");
        assertThatThrownBy(() -> readAll(output, made, shards.subList(1, 3)))
                .hasMessageContaining("shard-00002.bin is damaged");
    }

    /// Each block once.
    private static void readAll(Path output, ShardManifest made, List<ShardManifest.Entry> shards) {
        var manifest = new ShardManifest(
                made.corpus(),
                made.context(),
                made.whole(),
                made.vocabulary(),
                made.tokenizer(),
                made.imageTokenizer(),
                made.clip(),
                made.documents(),
                made.skipped(),
                shards);
        var documents = new ShardDocuments(
                new Run("replaced", run.configuration(), output, event -> {}, () -> false),
                manifest,
                run.configuration().vocabulary(BpeStage.finished(run).size()),
                "pretrain",
                513);
        int blocks = shards.stream().mapToInt(ShardManifest.Entry::blocks).sum();
        for (int step = 0; step < blocks; step++) documents.step(step, WorkerShare.WHOLE, Ops.random(0, "", 0));
    }

    @Test
    void onAnEmptyDiskOnlyWhatTheStoreLacksIsEncodedAgain() throws IOException {
        var watched = new WatchedStore();
        Path first = folder.resolve("stored");
        for (String stage : BEFORE.split(",")) copy(run.stage(stage), first.resolve(stage));
        assertThat(prepare(watched, first)).isZero();
        String stage = "runs/stored/prepare/";
        for (String made : List.of("stage.json", "shards.json")) watched.kept.delete(stage + made);
        watched.damaged.add(stage + "encoded-asking-00001.bin");
        watched.puts.clear();

        assertThat(prepare(watched, folder.resolve("empty"))).isZero();

        assertThat(watched.puts)
                .filteredOn(key -> key.startsWith(stage + "encoded-"))
                .containsExactly(stage + "encoded-asking-00001.bin");
        assertThat(folder.resolve("empty/prepare/shards.json"))
                .hasSameBinaryContentAs(run.stage("prepare").resolve("shards.json"));
    }

    private static int prepare(WatchedStore watched, Path output) {
        return TrainerJob.run(
                List.of(
                        configuration.toString(),
                        "--run",
                        "stored",
                        "--output",
                        output.toString(),
                        "--stages",
                        BEFORE + "prepare"),
                JobEnvironment.of(Map.of()),
                watched.store(),
                event -> {},
                new AtomicBoolean());
    }

    @Test
    void validationIsSpreadOverTheShards() throws IOException {
        List<TokenStream> all = new ArrayList<>();
        for (int shard = 0; shard < 4; shard++) {
            Shard held = Shard.open(run.stage("prepare").resolve("validation-%05d.bin".formatted(shard)));
            for (int i = 0; i < held.size(); i++) all.add(held.get(i));
        }

        assertThat(documents().validation().get("corpus")).isEqualTo(all); // fewer than are wanted: each once
        assertThat(ShardDocuments.place(0, 48, 480)).isZero();
        assertThat(ShardDocuments.place(47, 48, 480)).isEqualTo(470);
    }

    @Test
    void aMissingCorpusIsRefusedBeforeAnythingStarts() throws IOException {
        Path elsewhere = Files.writeString(
                folder.resolve("elsewhere.json"),
                Files.readString(configuration).replace("/corpus\"", "/nowhere\""));
        List<TrainingEvent> events = new ArrayList<>();

        int status = TrainerJob.run(
                List.of(elsewhere.toString(), "--output", folder.resolve("x").toString()),
                event -> events.add((TrainingEvent) event),
                new AtomicBoolean());

        assertThat(status).isEqualTo(2);
        assertThat(events.getFirst())
                .isInstanceOfSatisfying(TrainingEvent.TrainingFailed.class, failed -> assertThat(failed.reason())
                        .contains("shards.corpus", "nowhere"));
    }

    /// Whatever comes before, in this job or in others.
    @Test
    void aMissingDatasetOfALaterTrainingIsRefusedBeforeAnythingStarts() throws IOException {
        Run taught = taught("lost", "\"coco\": {\"corpus\": \"%s\"}".formatted(folder.resolve("nowhere")));
        for (String stages : List.of("bpe,vq", "prepare,pretrain", "finetune")) {
            String said = said(() -> assertThat(TrainerJob.run(
                            List.of(
                                    folder.resolve("lost.json").toString(),
                                    "--output",
                                    taught.folder().toString(),
                                    "--stages",
                                    stages),
                            event -> {},
                            new AtomicBoolean()))
                    .isEqualTo(2));

            assertThat(said).contains("finetune[0].corpora.coco.corpus = " + folder.resolve("nowhere"));
        }
    }

    @Test
    void anUnknownDatasetIsRefusedWithThoseThatThereAre() throws IOException {
        Path unknown = Files.writeString(
                folder.resolve("unknown.json"),
                Files.readString(configuration).replace("\"documents\": 40", "\"dataset\": \"imagenet\""));

        assertThatThrownBy(() -> TrainingConfiguration.read(unknown))
                .hasMessageContainingAll("shards.dataset", "webdataset", "got imagenet");
    }

    /// Documents that end with a picture that is scored.
    private static List<TokenStream> held() {
        return Objects.requireNonNull(documents().validation().get("corpus"));
    }

    private static ShardDocuments documents() {
        return documents(run, "pretrain");
    }

    private static ShardDocuments documents(Run run, String training) {
        return PrepareStage.documents(
                run, run.configuration().vocabulary(BpeStage.finished(run).size()), training, 1024);
    }

    private static int job(String output, Consumer<TrainingEvent> events, String stages) {
        return TrainerJob.run(
                List.of(
                        configuration.toString(),
                        "--output",
                        folder.resolve(output).toString(),
                        "--stages",
                        stages),
                event -> events.accept((TrainingEvent) event),
                new AtomicBoolean());
    }

    private static int pictures(TokenStream stream) {
        return (int) Arrays.stream(stream.cells()).filter(cell -> cell == 0).count();
    }

    private static int indexOf(int[] ids, int id) {
        int at = 0;
        while (ids[at] != id) at++;
        return at;
    }

    private static TrainingConfiguration tiny() {
        try {
            return TrainingConfiguration.named("demo-tiny");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        if (from.getFileName().toString().isEmpty() || !Files.isDirectory(from)) return;
        try (var files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) Files.createDirectories(target);
                else Files.copy(file, target);
            }
        }
    }

    private static void entry(OutputStream tar, String name, byte[] content) throws IOException {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 124, "%011o\0".formatted(content.length));
        put(header, 136, "00000000000\0");
        put(header, 148, "        ");
        header[156] = '0';
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte one : header) sum += one & 255;
        put(header, 148, "%06o\0 ".formatted(sum));
        tar.write(header);
        tar.write(content);
        tar.write(new byte[(512 - content.length % 512) % 512]);
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
