package dev.cm3leon.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurvesTest {
    @TempDir
    Path folder;

    @Test
    void aLineThatBrokeOffIsLeftOutAndTheNextOneIsWhole() throws Exception {
        Path file = folder.resolve("pretrain/curve.jsonl");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "{\"step\": 1, \"loss\": 3}\n{\"step\": 2, \"lo");

        Run.append(file, "{\"step\": 3, \"loss\": 2}\n");
        Run.append(file, "{\"step\": 4, \"loss\": 1}\n");
        var run = new Run("test", TrainingConfiguration.named("demo-tiny"), folder, event -> {}, () -> false);
        Curves curves = Curves.of(run, List.of("pretrain"));

        assertThat(curves.losses("pretrain")).containsExactly(3.0, 2.0, 1.0);
        assertThat(curves.last("pretrain", "loss", 3)).isEqualTo(2);
    }

    @Test
    void aMetricOfSeveralStagesIsALineEach() {
        var stages = new LinkedHashMap<String, List<Map<String, Double>>>();
        stages.put("a", List.of(Map.of("step", 1.0, "loss", 3.0), Map.of("step", 2.0, "loss", 2.0)));
        stages.put("b", List.of(Map.of("step", 2.0, "loss", 4.0), Map.of("step", 3.0)));

        Curves.Panel panel = new Curves(stages).panel("rates", "loss");

        assertThat(panel.metrics()).containsExactly("a", "b");
        assertThat(panel.points())
                .containsExactly(Map.of("step", 1.0, "a", 3.0), Map.of("step", 2.0, "a", 2.0, "b", 4.0));
    }
}
