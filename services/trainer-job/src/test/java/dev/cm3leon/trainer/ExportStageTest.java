package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.trainer.configuration.ConfigurationFile;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ExportStageTest {
    @Test
    void aModelHasTheLicencesOfAllThatItIsTrainedOnEachOnce() throws IOException {
        String json = TrainingConfiguration.named("demo-tiny").json().replace("\"finetune\" : [ ]", """
                        "finetune": [
                          {"steps": 1, "corpora": {"coco": {"corpus": "a", "licence": "CC-BY-4.0"},
                                                   "vqa2": {"corpus": "b", "licence": "MIT"}}},
                          {"steps": 1, "corpora": {"okvqa": {"corpus": "c", "licence": "CC0-1.0"},
                                                   "vizwiz": {"corpus": "d", "licence": "MIT"}}}]
                        """),
                corpus = json.replace("\"corpus\" : \"\"", "\"corpus\" : \"pictures\"");

        assertThat(ExportStage.licence(TrainingConfiguration.named("demo"))).isEqualTo("CC-BY-4.0");
        assertThat(ExportStage.licence(ConfigurationFile.parse(json.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo("CC-BY-4.0, MIT, CC0-1.0");
        assertThat(ExportStage.licence(ConfigurationFile.parse(corpus.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo("not said, CC-BY-4.0, MIT, CC0-1.0");
    }
}
