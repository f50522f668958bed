package dev.cm3leon.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.model.vq.VqganConfig;
import dev.cm3leon.trainer.evaluation.TokenizerEvaluation.Tokenizer;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.vq.VqModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(120)
class TokenizerEvaluationTest {

    @Test
    void thoseOfOneSizeWithOtherCellsHaveTablesAndSheetsOfTheirOwn(@TempDir Path folder) throws IOException {
        try (VqTokenizer usual = untrained(4);
                VqTokenizer wide = untrained(5)) {
            List<Tokenizer> both = List.of(new Tokenizer("usual", usual), new Tokenizer("wide", wide));
            var size = new Evaluation.Size(1, 0, 1);

            Report report = new TokenizerEvaluation(
                            both,
                            (side, cell) -> HeldOut.drawn(side, cell, 1, 1).subList(0, 1),
                            size,
                            folder)
                    .run();

            JsonNode sections =
                    JsonMapper.shared().readTree(report.json("both")).path("sections");
            assertThat(sections)
                    .extracting(section -> section.at("/specification/section").asString())
                    .containsExactly(
                            "Portraits of characters never trained on",
                            "Portraits of characters never trained on, 16 x 16 pixels to a code");
            assertThat(sections)
                    .extracting(section -> section.at("/rows/0/row").asString())
                    .containsExactly("usual, 16 codes", "wide, 16 codes");
            assertThat(sections.at("/0/specification/settings/k_means/cells_at_most")
                            .asInt())
                    .isEqualTo(200_000);
        }
        assertThat(folder.resolve("sheet-characters.png")).isNotEmptyFile();
        assertThat(folder.resolve("sheet-characters-cell-16.png")).isNotEmptyFile();
    }

    /// Of 64 pixels a side, halved once less than there are levels.
    private static VqTokenizer untrained(int levels) {
        var shape = new VqganConfig(64, 16, 8, 32, Collections.nCopies(levels, 1), 1, List.of(), 16);
        var weights = new Weights(new VqModel(shape, Ops.random(1, "test", 0)).arrays(), Map.of());
        return VqTokenizer.open(
                shape,
                Safetensors.read("untrained", ByteBuffer.wrap(WeightFiles.bytes(weights, WeightFiles.Precision.F32))));
    }
}
