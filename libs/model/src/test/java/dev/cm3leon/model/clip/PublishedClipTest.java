package dev.cm3leon.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Safetensors.DType;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Two tiny random checkpoints, one of each activation, held to the numbers of transformers.
class PublishedClipTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"clip-tiny-hf", "clip-tiny-gelu-hf"})
    void readsTextsAsTheReferenceDoes(String name) throws IOException {
        try (PublishedClip clip = PublishedClip.open(folder(name))) {
            JsonNode texts = JSON.readTree(Files.readAllBytes(folder(name).resolve("io.json")))
                    .get("texts");
            float[] expected = numbers(name, "text_embeds");

            for (int i = 0; i < texts.size(); i++) {
                String text = texts.get(i).get("text").asString();
                long[] ids = clip.ids(text);
                if (texts.get(i).get("ids").size() <= 24) {
                    assertThat(Arrays.stream(ids).boxed().toList())
                            .as(text)
                            .isEqualTo(texts.get(i)
                                    .get("ids")
                                    .valueStream()
                                    .map(JsonNode::asLong)
                                    .toList());
                }
                assertThat(clip.encode(text))
                        .as(text)
                        .usingComparatorWithPrecision(1e-5f)
                        .containsExactly(row(expected, i, clip.embedding()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip-tiny-hf", "clip-tiny-gelu-hf"})
    void seesPicturesOfAnySizeAsTheReferenceDoes(String name) throws IOException {
        try (PublishedClip clip = PublishedClip.open(folder(name))) {
            JsonNode io = JSON.readTree(Files.readAllBytes(folder(name).resolve("io.json")));
            float[] pixels = numbers("clip-tiny-hf", "pixel_values"), expected = numbers(name, "image_embeds");

            for (int i = 0; i < io.get("images").size(); i++) {
                String file = io.get("images").get(i).get("file").asString();
                RgbImage picture =
                        Images.DEFAULT.read(Files.readAllBytes(folder("images").resolve(file)), null);

                assertThat(clip.pixels(picture))
                        .as(file)
                        .usingComparatorWithPrecision(1e-6f)
                        .containsExactly(row(pixels, i, 3 * 32 * 32));
                assertThat(clip.encode(picture))
                        .as(file)
                        .usingComparatorWithPrecision(1e-5f)
                        .containsExactly(row(expected, i, clip.embedding()));
            }
            assertThat(clip.logitScale())
                    .isCloseTo((float) io.get("logit_scale_exp").asDouble(), Offset.offset(1e-4f));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip-tiny-hf", "clip-tiny-gelu-hf"})
    void logitsAreThoseOfTheReference(String name) throws IOException {
        try (PublishedClip clip = PublishedClip.open(folder(name))) {
            JsonNode io = JSON.readTree(Files.readAllBytes(folder(name).resolve("io.json")));
            float[] expected = numbers(name, "logits_per_image");
            int texts = io.get("texts").size();

            for (int i = 0; i < io.get("images").size(); i++) {
                String file = io.get("images").get(i).get("file").asString();
                float[] image = clip.encode(
                        Images.DEFAULT.read(Files.readAllBytes(folder("images").resolve(file)), null));
                for (int t = 0; t < texts; t++) {
                    float[] text =
                            clip.encode(io.get("texts").get(t).get("text").asString());
                    assertThat(clip.logitScale() * Vectors.dot(image, text))
                            .isCloseTo(expected[i * texts + t], Offset.offset(1e-4));
                }
            }
        }
    }

    @Test
    void theLayoutOfOpenClipIsTheSameModel() throws IOException {
        Path layout = openClip();
        JsonNode io =
                JSON.readTree(Files.readAllBytes(folder("clip-tiny-gelu-hf").resolve("io.json")));
        float[] texts = numbers("clip-tiny-gelu-hf", "text_embeds");
        float[] images = numbers("clip-tiny-gelu-hf", "image_embeds");

        try (PublishedClip clip = PublishedClip.open(layout)) {
            for (int i = 0; i < io.get("texts").size(); i++) {
                String text = io.get("texts").get(i).get("text").asString();
                assertThat(clip.encode(text))
                        .as(text)
                        .usingComparatorWithPrecision(1e-5f)
                        .containsExactly(row(texts, i, clip.embedding()));
            }
            for (int i = 0; i < io.get("images").size(); i++) {
                String file = io.get("images").get(i).get("file").asString();
                byte[] png = Files.readAllBytes(folder("images").resolve(file));
                assertThat(clip.encode(png, "image/png", Images.DEFAULT))
                        .as(file)
                        .usingComparatorWithPrecision(1e-5f)
                        .containsExactly(row(images, i, clip.embedding()));
            }
            assertThat(clip.logitScale())
                    .isCloseTo((float) io.get("logit_scale_exp").asDouble(), Offset.offset(1e-4f));
        }
    }

    @Test
    void anOpenClipOfOtherPartsIsRefusedByName() throws IOException {
        Path layout = openClip(), config = layout.resolve("open_clip_config.json");
        String good = Files.readString(config);

        Files.writeString(config, good.replace("\"heads\"", "\"pool_type\": \"last\", \"heads\""));
        assertThatThrownBy(() -> PublishedClip.open(layout))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("open_clip_config.json: model_cfg: text_cfg: need nothing for pool_type, got \"last\"");
        Files.writeString(config, good.replace("bicubic", "bilinear"));
        assertThatThrownBy(() -> PublishedClip.open(layout))
                .hasMessageContaining("preprocess_cfg: need bicubic for interpolation, got \"bilinear\"");
        Files.writeString(config, good);
        Files.delete(layout.resolve("tokenizer.json"));
        assertThatThrownBy(() -> PublishedClip.open(layout)).hasMessage("need a file tokenizer.json, got none");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"resample\": 3', '\"resample\": 2', 'need 3 for resample, got 2'",
        "'\"do_center_crop\": true', '\"do_center_crop\": false', 'need true for do_center_crop, got false'",
        "'\"width\": 32', '\"width\": 30', 'crop_size: need 32 for width, got 30'",
        "'\"shortest_edge\": 32', '\"shortest_edge\": 16', 'need at least the image_size 32 for size'",
        "'\"shortest_edge\": 32', '\"height\": 32', 'need a shortest_edge for size'",
        "'image_mean', 'means', 'need three numbers for image_mean, got'"
    })
    void picturesThatAreMadeReadyInAnotherWayAreRefused(String good, String other, String reason) throws IOException {
        Path config = shards().resolve("preprocessor_config.json");
        String json = Files.readString(config);
        assertThat(json).contains(good);
        Files.writeString(config, json.replace(good, other));

        assertThatThrownBy(() -> PublishedClip.open(temporary))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("preprocessor_config.json: ")
                .hasMessageContaining(reason);
    }

    @Test
    void weightsInShardsAreTheSameModel() throws IOException {
        Path shards = shards();

        try (PublishedClip whole = PublishedClip.open(folder("clip-tiny-hf"));
                PublishedClip sharded = PublishedClip.open(shards)) {
            assertThat(sharded.encode("a photo of a cat")).containsExactly(whole.encode("a photo of a cat"));
        }
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        Path shards = shards();
        Files.delete(shards.resolve("model-2.safetensors"));
        assertThatThrownBy(() -> PublishedClip.open(shards))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("no file model-2.safetensors");

        Path index = shards.resolve("model.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\": {\"logit_scale\": \"../../etc/passwd\"}}");
        assertThatThrownBy(() -> PublishedClip.open(shards))
                .hasMessageContaining("logit_scale, got \"../../etc/passwd\"");
        Files.writeString(index, "{\"weight_map\": {\"other\": \"model-1.safetensors\"}}");
        assertThatThrownBy(() -> PublishedClip.open(shards)).hasMessageContaining("has no tensor other");
        Files.writeString(index, "[");
        assertThatThrownBy(() -> PublishedClip.open(shards)).hasMessageContaining("index.json is not JSON");
        Files.delete(index);
        assertThatThrownBy(() -> PublishedClip.open(shards)).hasMessageContaining("got neither");
        Path config = shards.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("quick_gelu", "swish"));
        assertThatThrownBy(() -> PublishedClip.open(shards))
                .hasMessageContaining("need quick_gelu or gelu for hidden_act, got swish");
        Files.writeString(config, Files.readString(config).replace("\"clip\"", "\"siglip\""));
        assertThatThrownBy(() -> PublishedClip.open(shards))
                .hasMessage("config.json: need clip for model_type, got \"siglip\"");
    }

    @Test
    void aTokenizerThatIsNoneIsRefusedByName() throws IOException {
        Files.writeString(shards().resolve("tokenizer.json"), "{}");

        assertThatThrownBy(() -> PublishedClip.open(temporary))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("tokenizer.json is no tokenizer");
    }

    /// The files that open_clip has, and the tokenizer.
    private Path openClip() throws IOException {
        for (String file : new String[] {
            "open_clip/open_clip_config.json", "open_clip/open_clip_model.safetensors", "tokenizer.json"
        }) {
            Path from = folder("clip-tiny-gelu-hf").resolve(file);
            Files.copy(from, temporary.resolve(from.getFileName()));
        }
        return temporary;
    }

    /// The checkpoint again, in two files and an index.
    private Path shards() throws IOException {
        for (String file : new String[] {"config.json", "preprocessor_config.json", "tokenizer.json"}) {
            Files.write(
                    temporary.resolve(file),
                    Files.readAllBytes(folder("clip-tiny-hf").resolve(file)));
        }
        Safetensors whole = Safetensors.open(folder("clip-tiny-hf").resolve("model.safetensors"));
        var writers = new Safetensors.Writer[] {new Safetensors.Writer(), new Safetensors.Writer()};
        Map<String, String> map = new LinkedHashMap<>();
        int n = 0;
        for (String name : whole.tensors().keySet()) {
            writers[n % 2].add(name, DType.F32, whole.floats(name), whole.shape(name));
            map.put(name, "model-%d.safetensors".formatted(1 + n++ % 2));
        }
        for (int i = 0; i < 2; i++) writers[i].write(temporary.resolve("model-%d.safetensors".formatted(1 + i)));
        Files.write(
                temporary.resolve("model.safetensors.index.json"), JSON.writeValueAsBytes(Map.of("weight_map", map)));
        return temporary;
    }

    private static float[] numbers(String name, String tensor) {
        return Safetensors.open(folder(name).resolve("io.safetensors")).floats(tensor);
    }

    private static float[] row(float[] matrix, int row, int width) {
        return Arrays.copyOfRange(matrix, row * width, (row + 1) * width);
    }

    private static Path folder(String name) {
        try {
            return Path.of(PublishedClipTest.class.getResource("/clip/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
