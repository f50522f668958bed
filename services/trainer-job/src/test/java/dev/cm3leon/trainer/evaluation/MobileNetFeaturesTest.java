package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.clip.Vectors;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `features.json` is what the original model saw on the same pictures in TensorFlow.js (`src/parts/mobilenet.mjs`):
/// a portrait and a scene of the demo's bank, and an emoji.
class MobileNetFeaturesTest {

    @ParameterizedTest
    @ValueSource(strings = {"portrait.png", "scene.png", "thing.png"})
    void seesWhatTheOriginalModelSees(String name) throws IOException {
        RgbImage picture = Images.DEFAULT.read(resource(name), "image/png");
        JsonNode numbers =
                JsonMapper.shared().readTree(resource("features.json")).path(name);

        // More than a batch of them.
        List<byte[]> pictures = Collections.nCopies(9, picture.rgb());
        float[][] seen = new MobileNetFeatures().of(pictures, picture.width());

        float[] original = new float[numbers.size()];
        for (int i = 0; i < original.length; i++) original[i] = numbers.get(i).floatValue();
        assertThat(original).hasSize(136);
        for (float[] features : seen) {
            float[] difference = new float[original.length];
            for (int i = 0; i < difference.length; i++) difference[i] = features[i] - original[i];
            // Half precision rounds a weight by at most 1 in 2048.
            assertThat(Vectors.dot(difference, difference)).isLessThan(1e-4 * Vectors.dot(original, original));
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = MobileNetFeaturesTest.class.getResourceAsStream("/evaluation/" + name)) {
            assertThat(in).as(name).isNotNull();
            return in.readAllBytes();
        }
    }
}
