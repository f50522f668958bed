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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Tiny random Chameleons in both layouts, held to the logits of public code (claim 36).
class ChameleonTest {

    /// Swin norm, four heads of queries to one of keys, another RoPE base; and pre-norm, two heads to one.
    @ParameterizedTest
    @ValueSource(strings = {"swin-hf", "hf"})
    void claim36HuggingFacesLayoutGivesTheLogitsThatAreRecorded(String folder) throws IOException {
        assertThat(logits(folder, folder)).usingComparatorWithPrecision(1e-4f).containsExactly(recorded(folder));
    }

    /// Adjacent pairs rotated, one vector that normalises the queries of all heads. Public code wrote the
    /// same weights in Hugging Face's layout.
    @ParameterizedTest
    @ValueSource(strings = {"original", "original-swin"})
    void claim36OneCheckpointGivesTheLogitsThatAreRecordedInBothLayouts(String folder) throws IOException {
        float[] recorded = recorded(folder);

        assertThat(logits(folder, folder)).usingComparatorWithPrecision(1e-4f).containsExactly(recorded);
        assertThat(logits(folder + "-hf", folder))
                .usingComparatorWithPrecision(1e-4f)
                .containsExactly(recorded);
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

    /// @param of whose ids are read
    private static float[] logits(String weights, String of) throws IOException {
        float[] values = io(of).floats("input_ids");
        int[] ids = new int[values.length];
        for (int t = 0; t < ids.length; t++) ids[t] = (int) values[t];
        try (Chameleon chameleon =
                Chameleon.open(config(folder(weights)), Checkpoint.open(folder(weights)), ids.length)) {
            return chameleon.logits(ids);
        }
    }

    private static ChameleonConfig config(Path folder) throws IOException {
        return Files.exists(folder.resolve("params.json"))
                ? ChameleonConfig.ofOriginal(json(folder.resolve("params.json")))
                : ChameleonConfig.ofHuggingFace(json(folder.resolve("config.json")));
    }

    private static float[] recorded(String folder) {
        return io(folder).floats(folder.startsWith("original") ? "logits" : "logits_raw");
    }

    private static Safetensors io(String folder) {
        return Safetensors.open(folder(folder).resolve("io.safetensors"));
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
