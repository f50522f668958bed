package dev.cm3leon.model.chameleon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.Checkpoint;
import dev.cm3leon.model.ModelFormatException;
import dev.cm3leon.model.Safetensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Tiny random Chameleons in both layouts, held to the logits of public code (claim 36).
class ChameleonTest {

    /// Swin norm, four heads of queries to one of keys, another RoPE base.
    @Test
    void claim36HuggingFacesLayoutGivesTheLogitsThatAreRecorded() throws IOException {
        Path folder = folder("swin-hf");

        assertLogits(folder, ChameleonConfig.ofHuggingFace(json(folder.resolve("config.json"))), "logits_raw");
    }

    /// Pre-norm, adjacent pairs rotated, one vector that normalises the queries of all heads.
    @Test
    void claim36TheOriginalLayoutGivesTheLogitsThatAreRecorded() throws IOException {
        Path folder = folder("original");

        assertLogits(folder, ChameleonConfig.ofOriginal(json(folder.resolve("params.json"))), "logits");
    }

    @Test
    void refusesShapesThatCannotBe() throws IOException {
        JsonNode config = json(folder("swin-hf").resolve("config.json"));
        Checkpoint weights = Checkpoint.open(folder("swin-hf"));
        var wrong = new ChameleonConfig(64, 3, 4, 2, 512, 1e4, 1e-5, true);

        assertThatThrownBy(() -> Chameleon.open(wrong, weights, 4))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("need shape [32, 64] for model.layers.0.self_attn.k_proj.weight, got [16, 64]");
        assertThatThrownBy(() -> new ChameleonConfig(64, 3, 5, 1, 512, 1e4, 1e-5, true))
                .hasMessageContaining("64");
        assertThatThrownBy(() -> ChameleonConfig.ofOriginal(config)).hasMessageContaining("n_heads");
    }

    private static void assertLogits(Path folder, ChameleonConfig config, String name) {
        Safetensors recorded = Safetensors.open(folder.resolve("io.safetensors"));
        float[] values = recorded.floats("input_ids");
        int[] ids = new int[values.length];
        for (int t = 0; t < ids.length; t++) ids[t] = (int) values[t];

        try (Chameleon chameleon = Chameleon.open(config, Checkpoint.open(folder), ids.length)) {
            assertThat(chameleon.logits(ids))
                    .usingComparatorWithPrecision(1e-4f)
                    .containsExactly(recorded.floats(name));
        }
    }

    private static JsonNode json(Path file) throws IOException {
        return new JsonMapper().readTree(Files.readAllBytes(file));
    }

    private static Path folder(String name) {
        try {
            return Path.of(ChameleonTest.class.getResource("/chameleon/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
