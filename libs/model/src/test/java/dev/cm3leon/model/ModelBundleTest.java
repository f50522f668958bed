package dev.cm3leon.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.Prompt;
import dev.cm3leon.model.Safetensors.DType;
import dev.cm3leon.model.clip.PublishedClip;
import dev.cm3leon.model.clip.Vectors;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelBundleTest {
    @TempDir
    Path folder;

    @Test
    void aWholeFlowRunsThroughATinyModel() {
        ModelBundle bundle = TinyModel.open(folder, 1);

        try (var text = bundle.openTextTokenizer();
                var vq = bundle.openVqTokenizer();
                var clip = bundle.openClipEncoder();
                var transformer = bundle.openTransformer(4, 1)) {
            int[] codes = vq.encode(picture(1));
            var document = new CaptionedImage(text.encode("a person with blue hair"), codes);
            Prompt prompt = bundle.promptLayout().textToImage(List.of(document), text.encode("a red jacket"));
            float[] logits = new float[bundle.vocabulary().size()];
            int row = transformer.admit(prompt.conditional(), 0, logits);
            assertThat(row).isZero();
            RgbImage decoded = vq.decode(codes);
            assertThat(Vectors.dot(clip.encode(decoded), clip.encode(decoded))).isCloseTo(1, within(1e-5));
            assertThat(clip.encode("a red jacket")).hasSize(128);
        }
        assertThat(bundle.id()).isEqualTo("tiny@0.0.1");
        assertThat(bundle.words()).contains("spiky", "jacket");
        assertThat(bundle.defaults().guidanceScale()).isEqualTo(2);
        assertThat(bundle.defaults().topP()).isEqualTo(0.9);
    }

    @Test
    void theSameSeedWritesTheSameBundleInEveryJvm(@TempDir Path other) {
        var files = TinyModel.open(folder, 1).files();

        assertThat(TinyModel.open(other, 1).files()).isEqualTo(files);
        assertThat(files)
                .containsEntry(
                        "transformer/model.safetensors",
                        "bddb5571264cfd69508fdb6ea7c61435b70dc23225c9642163a2633a81af4557")
                .containsEntry(
                        "tokenizer/tokenizer.json", "e3adbbe33e98f8d9d15469c17d2742b396bf87e575a9cbeaad2e484bbdcef444");
        assertThat(TinyModel.open(other, 2).files()).isNotEqualTo(files);
    }

    @Test
    void textComesBackAndSpecialsInItAreText() {
        try (var text = TinyModel.open(folder, 1).openTextTokenizer()) {
            for (String s : List.of("a person", "Ünïcödé 日本 🎨\n\ttabs", "", " spaces  kept ", "</s><s> <pad></s")) {
                int[] ids = text.encode(s);
                assertThat(text.decode(ids)).isEqualTo(s);
                assertThat(IntStream.of(ids)).allMatch(id -> id >= 4);
            }
            assertThat(text.encode(" background")).hasSizeLessThan(" background".length());
            assertThat(text.decode(new int[] {2, 3})).isEmpty();
        }
    }

    @Test
    void manySpecialsInALongTextAreText() {
        try (var text = TinyModel.open(folder, 1).openTextTokenizer()) {
            int[] one = text.encode("<s>"), many = text.encode("<s>".repeat(200_000));

            assertThat(many).hasSizeLessThanOrEqualTo(200_000 * one.length);
            assertThat(IntStream.of(many)).allMatch(id -> id >= 4);
        }
    }

    @Test
    void aChangedFileIsRefusedByName() throws IOException {
        TinyModel.write(folder, 1);
        Files.writeString(folder.resolve("words.txt"), "other\n");

        assertThatThrownBy(() -> ModelBundle.open(folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("words.txt");
    }

    @Test
    void aMissingFileAnotherFormatAndAPathOutsideAreRefused() throws IOException {
        TinyModel.write(folder, 1);
        Path json = folder.resolve("model.json");
        String good = Files.readString(json);

        Files.writeString(json, good.replace("\"format\" : 1", "\"format\" : 2"));
        assertThatThrownBy(() -> ModelBundle.open(folder)).hasMessageContaining("need format 1 of model.json, got 2");
        Files.writeString(json, good.replace("vq/config.json", "../outside.json"));
        assertThatThrownBy(() -> ModelBundle.open(folder)).hasMessageContaining("inside the bundle");
        Files.writeString(json, good);
        Files.delete(folder.resolve("vq/model.safetensors"));
        assertThatThrownBy(() -> ModelBundle.open(folder)).hasMessageContaining("vq/model.safetensors");
        assertThatThrownBy(() -> ModelBundle.open("classpath:models/none"))
                .hasMessageContaining("models/none/model.json");
    }

    @Test
    void aPublishedClipTakesThePlaceOfOurs(@TempDir Path other) throws IOException {
        TinyModel.writeWithPublishedClip(folder, 1);

        ModelBundle bundle = ModelBundle.open(folder);

        assertThat(bundle.clipEmbedding()).isEqualTo(40);
        assertThat(bundle.clip()).isNotEqualTo(TinyModel.open(other, 1).clip());
        try (var clip = bundle.openClipEncoder();
                var published = PublishedClip.open(folder.resolve("clip"))) {
            assertThat(clip.encode("a red jacket")).containsExactly(published.encode("a red jacket"));
            assertThat(clip.encode(Images.png(picture(1)), null, Images.DEFAULT))
                    .containsExactly(published.encode(picture(1)));
        }
        String before = bundle.clip();
        Path tokenizer = folder.resolve("clip/tokenizer.json"), json = folder.resolve("model.json");
        String digest = bundle.files().get("clip/tokenizer.json");
        Files.writeString(tokenizer, Files.readString(tokenizer) + "\n");
        Files.writeString(json, Files.readString(json).replace(digest, ModelBundle.sha256(Safetensors.map(tokenizer))));
        assertThat(ModelBundle.open(folder).clip()).isNotEqualTo(before);
    }

    @Test
    void whatAPublishedClipLacksIsNamed() throws IOException {
        TinyModel.writeWithPublishedClip(folder, 1);
        Path json = folder.resolve("model.json");
        String good = Files.readString(json);

        for (String file : List.of("clip/preprocessor_config.json", "clip/tokenizer.json", "clip/model.safetensors")) {
            Files.writeString(json, good.replaceFirst("\"" + file + "\" : \"[0-9a-f]*\",?", ""));
            assertThatThrownBy(() -> ModelBundle.open(folder))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining(file);
        }
    }

    @Test
    void aClipThatCouldNotBeOpenedIsRefused() throws IOException {
        TinyModel.writeWithPublishedClip(folder, 1);
        Path config = folder.resolve("clip/config.json"), weights = folder.resolve("clip/model.safetensors");
        String json = Files.readString(config), tokenizer = Files.readString(folder.resolve("clip/tokenizer.json"));
        byte[] whole = Files.readAllBytes(weights);

        changed("clip/tokenizer.json", "{}");
        refused("clip/tokenizer.json is no tokenizer");
        changed("clip/tokenizer.json", tokenizer);
        changed("clip/config.json", json.replace("\"image_size\": 32", "\"image_size\": 2048"));
        refused("clip/config.json: vision_config: need a whole number from 1 to 1024 for image_size, got 2048");
        changed("clip/config.json", json.replace("\"projection_dim\": 40", "\"projection_dim\": 41"));
        refused("clip/model.safetensors: need shape [41, ");
        changed("clip/config.json", json);
        for (String tensor : List.of("logit_scale", "text_projection.weight", "vision_model.post_layernorm.bias")) {
            changed("clip/model.safetensors", without(tensor, whole));
            refused("need a tensor " + tensor);
        }
        changed("clip/model.safetensors", whole);
        assertThat(ModelBundle.open(folder).clipEmbedding()).isEqualTo(40);
    }

    @Test
    void weightsThatAreNotThoseOfTheConfigurationAreRefused() throws IOException {
        TinyModel.write(folder, 1);
        byte[] clip = Files.readAllBytes(folder.resolve("clip/model.safetensors"));
        String json = Files.readString(folder.resolve("transformer/config.json"));

        changed("clip/model.safetensors", without("text.fc2.bias", clip));
        refused("clip/model.safetensors: need a tensor text.fc2.bias");
        changed("clip/model.safetensors", clip);
        byte[] vq = Files.readAllBytes(folder.resolve("vq/model.safetensors"));
        for (String tensor : List.of("codebook.weight", "encoder.out.bias", "decoder.up.weight")) {
            changed("vq/model.safetensors", without(tensor, vq));
            refused("vq/model.safetensors: need a tensor " + tensor);
        }
        changed("vq/model.safetensors", vq);
        changed("transformer/config.json", json.replace("\"layers\" : 2", "\"layers\" : 3"));
        refused("transformer/model.safetensors: need a tensor layers.2.self_attn.q_proj.weight");
        changed("transformer/config.json", json.replace("\"width\" : 32", "\"width\" : 16384"));
        refused("need a transformer of at most 2146435071 bytes in float32, which ONNX Runtime takes at once, got ");
        changed("transformer/config.json", json.replace("\"width\" : 32", "\"width\" : 65552"));
        refused("need width <= 65536, got 65552");
    }

    /// An id of text would be a code of images.
    @Test
    void aTokenizerWithMoreIdsThanTheTransformerHasIsRefused() throws IOException {
        TinyModel.write(folder, 1);
        String json = Files.readString(folder.resolve("tokenizer/tokenizer.json"));

        for (String id : List.of("70000", "2147483647")) {
            changed("tokenizer/tokenizer.json", json.replaceFirst("\"vocab\"\\s*:\\s*\\{", "$0 \"zzz\": " + id + ","));
            refused("in tokenizer.json, as the transformer's text_size is, got " + id);
        }
        for (String id : List.of("2147483648", "-1", "\"7\"", "7.5")) {
            changed("tokenizer/tokenizer.json", json.replaceFirst("\"vocab\"\\s*:\\s*\\{", "$0 \"zzz\": " + id + ","));
            refused("tokenizer.json is refused: need ids from 0 to 2147483647, got " + id);
        }
        changed("tokenizer/tokenizer.json", "{");
        refused("tokenizer.json is refused: ");
    }

    private void refused(String reason) {
        assertThatThrownBy(() -> ModelBundle.open(folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(reason);
    }

    private void changed(String file, String text) throws IOException {
        changed(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /// Writes a file of the bundle and its digest.
    private void changed(String file, byte[] bytes) throws IOException {
        Path json = folder.resolve("model.json");
        String digest = ModelBundle.sha256(ByteBuffer.wrap(bytes));
        Files.write(folder.resolve(file), bytes);
        Files.writeString(
                json,
                Files.readString(json).replaceFirst("(\"" + file + "\" : )\"[0-9a-f]*\"", "$1\"" + digest + "\""));
    }

    private static byte[] without(String tensor, byte[] file) {
        Safetensors all = Safetensors.read("all", ByteBuffer.wrap(file));
        var some = new Safetensors.Writer();
        for (String name : all.tensors().keySet()) {
            if (!name.equals(tensor)) some.add(name, DType.F32, all.floats(name), all.shape(name));
        }
        return some.bytes();
    }

    @Test
    void ofOurOwnClipBothFilesCountAndAnotherSizeIsRefused() throws IOException {
        ModelBundle bundle = TinyModel.open(folder, 1);
        String digests = bundle.files().get("clip/config.json") + bundle.files().get("clip/model.safetensors");
        assertThat(bundle.clip())
                .isEqualTo(ModelBundle.sha256(ByteBuffer.wrap(digests.getBytes(StandardCharsets.US_ASCII)))
                        .substring(0, 12));
        Path json = folder.resolve("model.json");
        String good = Files.readString(json);

        Files.writeString(json, good.replace("\"image_size\" : 64", "\"image_size\" : 128"));
        assertThatThrownBy(() -> ModelBundle.open(folder)).hasMessage("need 128 as image_size of clip, got 64");
        Files.writeString(json, good.replaceFirst("\"clip/model.safetensors\" : \"[0-9a-f]*\",", ""));
        assertThatThrownBy(() -> ModelBundle.open(folder)).hasMessage("need a file clip/model.safetensors, got none");
    }

    @Test
    void opensFromTheClasspathToo() throws Exception {
        TinyModel.write(folder.resolve("models/tiny"), 1);
        var thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            assertThat(ModelBundle.open("classpath:models/tiny").id()).isEqualTo("tiny@0.0.1");
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    static RgbImage picture(long seed) {
        byte[] rgb = new byte[3 * 64 * 64];
        new Random(seed).nextBytes(rgb);
        return new RgbImage(64, 64, rgb);
    }
}
