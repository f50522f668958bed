package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(120)
class TokenizersMainTest {
    private static final Path CONFIGURATION = Path.of("../../docs/results/tokenizers/emoji-128.json");
    private static final Path ALONE = Path.of("../../docs/results/tokenizers/emoji-128.safetensors");

    @TempDir
    Path folder;

    @Test
    void aModelsTokenizerIsMeasuredOnPortraitsAndScenesBesideKMeans() throws IOException {
        JsonNode report = measure("--model", "classpath:models/demo", "--prompts", "3");

        assertThat(report.path("model").asString()).startsWith("demo@");
        assertThat(report.path("sections"))
                .extracting(section -> section.at("/specification/section").asString())
                .containsExactly(
                        "Portraits of characters never trained on",
                        "Portraits with pairs never trained on",
                        "Scenes of things never trained on",
                        "Scenes of one thing never trained on");
        JsonNode portraits = report.at("/sections/0"), rows = portraits.path("rows");
        int patches = portraits
                .at("/specification/settings/k_means/different_patches")
                .asInt();
        assertThat(patches).isBetween(64, 1024); // of 18 portraits: then each of them is a code
        assertThat(rows)
                .extracting(row -> row.path("row").asString())
                .satisfiesExactly(own -> assertThat(own).matches("demo@\\w+, 1024 codes"), floor -> assertThat(floor)
                        .isEqualTo("k-means of " + patches + " patches"));
        JsonNode own = rows.get(0).path("figures"), floor = rows.get(1).path("figures");
        double mean = value(own, "mean of the pictures' PSNR, dB");
        assertThat(mean).isBetween(24.0, 32.0);
        assertThat(value(own, "PSNR of all errors together, dB"))
                .isLessThan(mean)
                .isGreaterThan(mean - 3);
        assertThat(value(own, "above as many patches, dB"))
                .isCloseTo(mean - value(floor, "mean of the pictures' PSNR, dB"), within(1e-9));
        double used = value(own, "codes used");
        assertThat(used).isBetween(0.02, 0.19); // 192 cells, 1,024 codes
        assertThat(value(own, "perplexity")).isLessThan(1024 * used);
        assertThat(portraits.at("/specification/pictures").asInt()).isEqualTo(3);
        assertThat(Files.readString(folder.resolve("tokenizers.md")))
                .contains("specification `" + portraits.path("hash").asString().substring(0, 12) + "`")
                .doesNotContain("running platform");
        for (String sheet : List.of("characters", "pairs", "scenes", "things"))
            assertThat(folder.resolve("sheet-" + sheet + ".png")).isNotEmptyFile();
    }

    @Test
    void oneAloneIsMeasuredOnTheDifferentPicturesOfSubjectsThatTrainingDoesNotShow() throws IOException {
        Path trained = folder.resolve("trained"), apart = folder.resolve("apart");
        add(trained, "red apple, flat style", 1);
        add(trained, "blue boat, flat style", 2);
        add(apart, "red apple, round style", 3);
        add(apart, "old tree, flat style", 4);
        add(apart, "old tree, round style", 4);
        add(apart, "white wolf, flat style", 5);
        for (Path corpus : List.of(trained, apart)) {
            add(corpus, "green frog, flat style", 6);
            Path frog = corpus.resolve("green-frog-flat-style.png");
            byte[] broken = Files.readAllBytes(frog);
            Arrays.fill(broken, 20, 400, (byte) 0);
            Files.write(frog, broken);
        }

        JsonNode report = measure(
                "--model",
                ALONE.toString(),
                "--dataset",
                "flickr30k",
                "--trained",
                trained.toString(),
                "--apart",
                apart.toString());

        assertThat(report.path("sections")).hasSize(1);
        JsonNode section = report.at("/sections/0");
        assertThat(section.at("/specification/pictures").asInt()).isEqualTo(2);
        assertThat(section.at("/specification/resize").asString()).isEqualTo("pictures of 128 x 128");
        assertThat(section.at("/specification/settings/k_means/different_patches")
                        .asInt())
                .isEqualTo(2 * 64);
        assertThat(section.at("/statements/records skipped that cannot be read, of training too/value")
                        .asInt())
                .isEqualTo(2);
        assertThat(section.path("rows"))
                .extracting(row -> row.path("row").asString())
                .satisfiesExactly(
                        own -> assertThat(own).matches("emoji-128@\\w{12}, 8192 codes"),
                        floor -> assertThat(floor).isEqualTo("k-means of 128 patches"));
    }

    @Test
    void whatCannotBeMeasuredIsRefusedBeforeAnythingIs() throws IOException {
        Path weights = folder.resolve("mine.safetensors"), configuration = folder.resolve("mine.json");
        Path empty = Files.createDirectory(folder.resolve("empty")), corpus = folder.resolve("corpus");
        add(corpus, "red apple, flat style", 1);
        Files.copy(ALONE, weights);
        Files.writeString(configuration, "{\"name\": 1}");

        refused("--model " + weights, "need weights and their configuration for --model", configuration.toString());
        Files.writeString(configuration, Files.readString(CONFIGURATION).replace("\"codes\": 8192", "\"codes\": 4096"));
        refused("--model " + weights, "need weights and their configuration for --model", "codebook.weight");
        refused("--model classpath:models/demo,%s --prompts 3".formatted(ALONE), "need --dataset", "for 128");
        for (String[] folders : new String[][] {{"empty", "corpus", "--trained"}, {"corpus", "empty", "--apart"}})
            refused(
                    "--dataset flickr30k --model %s --trained %s --apart %s"
                            .formatted(ALONE, folder.resolve(folders[0]), folder.resolve(folders[1])),
                    folders[2] + ": no file of flickr30k in " + empty);
    }

    private void refused(String options, String... said) {
        String[] words = ("--output " + folder + " " + options).split(" ");
        var given = new HashMap<String, String>();
        for (int i = 0; i < words.length; i += 2) given.put(words[i], words[i + 1]);
        assertThatThrownBy(() -> TokenizersMain.measure(new Arguments(given)))
                .isInstanceOf(Arguments.Wrong.class)
                .message()
                .contains(said);
        assertThat(folder.resolve("sheet-characters.png")).doesNotExist();
    }

    private JsonNode measure(String... arguments) throws IOException {
        String[] all = new String[arguments.length + 2];
        all[0] = "--output";
        all[1] = folder.toString();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        TokenizersMain.main(all);
        return JsonMapper.shared().readTree(Files.readAllBytes(folder.resolve("tokenizers.json")));
    }

    private static double value(JsonNode figures, String column) {
        return figures.path(column).path("value").asDouble();
    }

    /// Noise, which is another one for each seed.
    private static void add(Path corpus, String caption, int seed) throws IOException {
        byte[] rgb = new byte[128 * 128 * 3];
        new Random(seed).nextBytes(rgb);
        Files.createDirectories(corpus);
        String name = caption.replaceAll("\\W+", "-") + ".png";
        Files.write(corpus.resolve(name), Images.png(new RgbImage(128, 128, rgb)));
        Path list = corpus.resolve("results.csv");
        String before = Files.exists(list) ? Files.readString(list) : "image_name| comment_number| comment\n";
        Files.writeString(list, before + name + "| 0| " + caption + "\n");
    }
}
