package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.trainer.evaluation.FakePlatform.Request;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Three subjects that training shows in two manners of three, and two that it does not show.
@Timeout(120)
class CorpusEvaluationTest {

    private static final ModelBundle BUNDLE = ModelBundle.open(ModelBundle.DEFAULT);

    @TempDir
    Path folder;

    private final FakePlatform platform = new FakePlatform(BUNDLE.id());
    private final Map<String, RgbImage> pictures = new HashMap<>(); // by caption
    private final Map<ByteBuffer, String> captions = new HashMap<>(); // by pixels
    private final List<String> saved = new ArrayList<>();
    private Measured measured;

    /// The model draws and tells the subject of its first document in the manner that it is asked for or shown.
    @BeforeEach
    void measure() throws IOException {
        Path trained = folder.resolve("trained"), apart = folder.resolve("apart");
        for (String subject : List.of("red apple", "blue boat", "green car")) {
            for (String manner : List.of("flat style", "round style")) add(trained, subject + ", " + manner);
            add(apart, subject + ", thin style");
        }
        for (String subject : List.of("old tree", "white wolf"))
            for (String manner : List.of("flat style", "round style")) add(apart, subject + ", " + manner);
        add(trained, "red apple, torn style", new byte[] {(byte) 0x89, 'P', 'N', 'G'});
        platform.model = request -> {
            String shown = request.isForText() ? caption(request.picture().rgb()) : request.words();
            String subject = request.documents().isEmpty()
                    ? ""
                    : subject(request.documents().getFirst().text());
            String caption = subject + ", " + shown.substring(shown.indexOf(", ") + 2);
            if (request.isForText()) return caption;
            return subject.isEmpty()
                    ? new byte[64 * 64 * 3]
                    : pictures.get(caption).rgb();
        };
        platform.alike = (document, asked) -> subject(caption(document)).equals(subject(caption(asked)));
        var size = new Evaluation.Size(10, 0, 1);
        PlatformClient client = platform.client();
        try (VqTokenizer vq = BUNDLE.openVqTokenizer()) {
            var asking = new Asking(client, BUNDLE, size.seed());
            Report report = new CorpusEvaluation(client, asking, vq, size, folder, Dataset.FLICKR30K, trained)
                    .run(Dataset.FLICKR30K, apart, part -> saved.add(part.toString()));
            measured = Measured.of(report, platform);
        }
    }

    private void add(Path corpus, String caption) throws IOException {
        byte[] rgb = new byte[64 * 64 * 3], blocks = new byte[8 * 8 * 3];
        new Random(caption.hashCode()).nextBytes(blocks);
        for (int i = 0; i < rgb.length; i++) rgb[i] = blocks[3 * (i / 3 / 64 / 8 * 8 + i / 3 % 64 / 8) + i % 3];
        pictures.put(caption, new RgbImage(64, 64, rgb));
        captions.put(ByteBuffer.wrap(rgb), caption);
        add(corpus, caption, Images.png(pictures.get(caption)));
    }

    private static void add(Path corpus, String caption, byte[] png) throws IOException {
        Files.createDirectories(corpus);
        String name = caption.replaceAll("\\W+", "-") + ".png";
        Files.write(corpus.resolve(name), png);
        Path list = corpus.resolve("results.csv");
        String before = Files.exists(list) ? Files.readString(list) : "image_name| comment_number| comment\n";
        Files.writeString(list, before + name + "| 0| " + caption + "\n");
    }

    private String caption(byte[] rgb) {
        return captions.get(ByteBuffer.wrap(rgb));
    }

    private static String subject(String caption) {
        return caption.substring(0, caption.indexOf(", "));
    }

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void picturesAreDrawnWithoutADocumentWithTheirSubjectsAndWithAWrongOne() {
        Map<String, Integer> sections =
                Map.of("Pictures of training", 6, "Known subjects in a new manner", 3, "Subjects never trained on", 4);
        sections.forEach((section, n) -> {
            List<Request> none = measured.asked(section, "no document"),
                    right = measured.asked(section, "the subject's document"),
                    wrong = measured.asked(section, "a wrong document");
            assertThat(none).extracting(Request::retrieval).containsOnly(Map.of("documents", 0));
            assertThat(right)
                    .extracting(Request::words)
                    .isEqualTo(none.stream().map(Request::words).toList());
            assertThat(wrong)
                    .extracting(Request::words)
                    .isEqualTo(none.stream().map(Request::words).toList());
            assertThat(right).allSatisfy(request -> assertThat(text(request))
                    .startsWith(subject(request.words()) + ", ")
                    .isNotEqualTo(request.words()));
            assertThat(wrong)
                    .allSatisfy(request -> assertThat(text(request)).doesNotStartWith(subject(request.words())));
            for (String row : List.of("no document", "the subject's document"))
                assertThat(measured.asked(section, row + ", guidance 2"))
                        .extracting(Request::json)
                        .isEqualTo(measured.asked(section, row).stream()
                                .map(request -> Asking.guided(request.json(), 2.0))
                                .toList());

            String all = n + " of " + n, recognised = "recognised";
            assertThat(measured.numberSaid(section, "records skipped that cannot be read, of training too"))
                    .isEqualTo(1);
            assertThat(measured.share(section, "the subject's document", recognised))
                    .isEqualTo(all);
            assertThat(measured.share(section, "the subject's document, guidance 2", recognised))
                    .isEqualTo(all);
            assertThat(measured.share(section, "no document", recognised)).isNotEqualTo(all);
            assertThat(measured.share(section, "a wrong document", recognised)).isEqualTo("0 of " + n);
            assertThat(measured.share(section, "a wrong document, against its subject", recognised))
                    .isEqualTo(all);
        });
    }

    @Test
    void picturesAreDescribedBehindTheirSubjectsDocumentsThoseThatAreFoundAndAWrongOne() {
        String trained = platform.bank.get("described-trained-0").licence(),
                unseen =
                        platform.bank.values().stream()
                                .map(FakePlatform.Document::licence)
                                .filter(licence -> licence.startsWith("evaluation, described, unseen, "))
                                .findFirst()
                                .orElseThrow();
        assertThat(trained).startsWith("evaluation, described, trained, ");
        Map<String, List<String>> banks = Map.of(
                "Pictures described that show known subjects in a new manner", List.of(trained),
                "Pictures described that show subjects never trained on", List.of(trained, unseen));
        banks.forEach((section, licences) -> {
            int n = licences.size() == 1 ? 3 : 2;
            List<Request> right = measured.asked(section, "the subject's document"),
                    one = measured.asked(section, "one document, found by the picture"),
                    wrong = measured.asked(section, "a wrong document: words of its subject");
            assertThat(one).extracting(Request::retrieval).containsOnly(Map.of("documents", 1, "licences", licences));
            assertThat(measured.asked(section, "two documents, found by the picture"))
                    .extracting(Request::retrieval)
                    .containsOnly(Map.of("documents", 2, "licences", licences));
            for (int i = 0; i < n; i++) {
                String shown = caption(right.get(i).picture().rgb());
                assertThat(caption(wrong.get(i).picture().rgb())).isEqualTo(shown);
                assertThat(text(right.get(i))).startsWith(subject(shown)).isNotEqualTo(shown);
                assertThat(text(wrong.get(i))).doesNotStartWith(subject(shown));
            }
            assertThat(measured.asked(section, "described")).allSatisfy(request -> {
                assertThat(request.texts()).isEmpty();
                assertThat(request.retrieval()).isEqualTo(Map.of("documents", 0));
            });
            assertThat(measured.asked(section, "described, told to in words"))
                    .extracting(Request::words)
                    .containsOnly(TextTasks.DESCRIBE);

            String words = 2 * n + " of " + 2 * n, all = n + " of " + n;
            for (String row : List.of(
                    "the subject's document",
                    "one document, found by the picture",
                    "two documents, found by the picture",
                    "a wrong document: words of its subject",
                    "caption of the one that is found"))
                assertThat(measured.share(section, row, "words of the subject said"))
                        .as(row)
                        .isEqualTo(words);
            assertThat(measured.share(section, "described", "words of the subject said"))
                    .isEqualTo("0 of " + 2 * n);
            assertThat(measured.share(section, "described", "manner")).isEqualTo(all);
            assertThat(measured.share(section, "caption of the one that is found", "manner"))
                    .isEqualTo("0 of " + n);
            assertThat(measured.said(section, "the subject's document found first"))
                    .isEqualTo(all);
        });
        assertThat(measured.asked("Pictures of training described", "described"))
                .hasSize(6);
    }

    @Test
    void eachSectionIsKeptAsSoonAsItIsMeasured() {
        List<String> titles = List.of(
                "Pictures of training",
                "Known subjects in a new manner",
                "Subjects never trained on",
                "Pictures of training described",
                "Pictures described that show known subjects in a new manner",
                "Pictures described that show subjects never trained on");
        assertThat(saved).hasSize(titles.size());
        for (int i = 0; i < titles.size(); i++) {
            assertThat(saved.get(i).lines().filter(line -> line.startsWith("## ")))
                    .containsExactlyElementsOf(
                            titles.subList(0, i + 1).stream().map("## "::concat).toList());
        }
    }

    private static String text(Request request) {
        assertThat(request.retrieval()).containsOnlyKeys("given");
        return request.documents().getFirst().text();
    }
}
