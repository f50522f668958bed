package dev.cm3leon.model.clip;

import static dev.cm3leon.model.Reference.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.model.RandomWeights;
import dev.cm3leon.model.Reference;
import dev.cm3leon.model.Reference.Border;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.Safetensors.DType;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SmallClipTest {
    private final ClipConfig config = new ClipConfig(64, 128, 384, 40);
    private Safetensors weights;
    private SmallClip clip;
    private SentenceEncoder sentences;

    @BeforeAll
    void open(@TempDir Path folder) {
        Path file = folder.resolve("clip.safetensors");
        RandomWeights.clip(128, 384, 40, 1, DType.F32).write(file);
        weights = Safetensors.open(file);
        clip = SmallClip.open(config, weights);
        sentences = SentenceEncoder.open();
    }

    @AfterAll
    void close() {
        clip.close();
        sentences.close();
    }

    @Test
    void seesImagesAsTheReferenceDoes() {
        byte[] rgb = new byte[3 * 64 * 64];
        new Random(2).nextBytes(rgb);
        var image = new RgbImage(64, 64, rgb);

        float[] embedding = clip.encode(image);

        var layers = new Reference(weights);
        float[] x = relu(
                layers.convolution(Reference.unshuffle(image.planes(), 3, 64, 4), 16, "image.conv1", 1, Border.ZERO));
        x = relu(layers.convolution(x, 16, "image.conv2", 2, Border.NONE));
        x = relu(layers.convolution(x, 8, "image.conv3", 1, Border.ZERO));
        x = relu(layers.convolution(x, 8, "image.conv4", 2, Border.NONE));
        float[] expected = Vectors.unit(layers.linear(x, "image.proj"));
        assertThat(embedding).usingComparatorWithPrecision(1e-5f).containsExactly(expected);
    }

    @Test
    void readsTextsAsTheReferenceDoes() {
        float[] embedding = clip.encode("a red jacket");

        var layers = new Reference(weights);
        float[] hidden = relu(layers.linear(sentences.encode("a red jacket"), "text.fc1"));
        float[] expected = Vectors.unit(layers.linear(hidden, "text.fc2"));
        assertThat(embedding).usingComparatorWithPrecision(1e-5f).containsExactly(expected);
    }

    @Test
    void sentencesOfOneMeaningAreNear() {
        float[] red = sentences.encode("a person with a red jacket");
        float[] scarlet = sentences.encode("somebody wearing a scarlet coat");
        float[] other = sentences.encode("quarterly results of the central bank");

        assertThat(red).hasSize(384);
        assertThat(Vectors.dot(red, red)).isCloseTo(1, within(1e-5));
        assertThat(Vectors.dot(red, scarlet)).isGreaterThan(Vectors.dot(red, other) + 0.3);
        assertThat(sentences.encode("word ".repeat(2000))).hasSize(384);
        assertThat(sentences.encode("")).doesNotContain(Float.NaN);
    }

    @Test
    void aDocumentsVectorIsTheUnitMeanOfUnitVectors() {
        float[] text = {3, 0}, image = {0, 0.5f};

        float half = (float) Math.sqrt(0.5);
        assertThat(Vectors.document(text, image))
                .usingComparatorWithPrecision(1e-6f)
                .containsExactly(half, half);
        assertThatThrownBy(() -> Vectors.dot(text, new float[3])).hasMessage("need vectors of one width, got 2 and 3");
    }

    @Test
    void refusesOtherSizes() {
        assertThatThrownBy(() -> clip.encode(new RgbImage(1, 1, new byte[3]))).hasMessageContaining("need 64 x 64");
        assertThatThrownBy(() -> SmallClip.open(new ClipConfig(64, 128, 300, 40), weights))
                .hasMessage("need text_width 384, got 300");
    }
}
