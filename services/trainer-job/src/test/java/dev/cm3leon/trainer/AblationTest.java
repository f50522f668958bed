package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.Ablation.Arm;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.ConfigurationFile;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.vq.VqModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AblationTest {
    @TempDir
    Path folder;

    private TrainingConfiguration configuration;
    private BytePairEncoding encoding;
    private VqModel vq;

    @BeforeEach
    void tiny() throws IOException {
        String json = TrainingConfiguration.named("demo-tiny").json().replace("\"steps\" : 40", "\"steps\" : 4");
        configuration = ConfigurationFile.parse(json.replace("\"validate_every\" : 20", "\"validate_every\" : 2")
                .replace("\"warm_up\" : 5", "\"warm_up\" : 1")
                .getBytes(StandardCharsets.UTF_8));
        var random = Ops.random(1, "test", 0);
        List<String> captions = new ArrayList<>();
        for (int i = 0; i < 100; i++) captions.add(Captions.of(Portrait.random(random), random));
        encoding = BytePairEncoding.train(captions, BytePairEncoding.SPECIALS, 400);
        vq = new VqModel(configuration.vq().sizes(), Ops.random(1, "test", 0));
    }

    @Test
    void armsSeeEquallyManyTokensAndAreScoredOnTheSame() {
        double[] tokens = new double[4];
        int[] sentinels = new int[4], pictures = new int[4];
        Map<String, List<TokenStream>> validation = documents(Arm.CM3).validation();
        for (Arm arm : Arm.values()) {
            Ablation.ArmDocuments documents = documents(arm);
            Vocabulary vocabulary = configuration.vocabulary(encoding.size());
            for (int step = 0; step < 40; step++) {
                for (List<TokenStream> group : documents.step(step, WorkerShare.WHOLE, Ops.random(1, "test", step))) {
                    for (TokenStream stream : group) {
                        tokens[arm.ordinal()] += stream.length();
                        if (Arrays.stream(stream.ids()).anyMatch(vocabulary::isSentinel)) sentinels[arm.ordinal()]++;
                        if (Arrays.stream(stream.cells()).filter(c -> c == 0).count() > 1) pictures[arm.ordinal()]++;
                    }
                }
            }
            assertThat(documents.validation()).isEqualTo(validation);
        }
        for (double one : tokens) assertThat(one / tokens[0]).isBetween(0.85, 1.15);
        for (Arm arm : Arm.values()) {
            assertThat(sentinels[arm.ordinal()] > 0).isEqualTo(arm.masked);
            assertThat(pictures[arm.ordinal()] > 0).isEqualTo(arm.retrieval);
        }
    }

    @Test
    void curvesOfAllArmsAreWrittenAndAFinishedArmIsNotTrainedAgain() throws IOException {
        Run.write(folder.resolve("bpe/tokenizer.json"), encoding.json());
        WeightFiles.write(
                folder.resolve("vq/model.safetensors"), new Weights(vq.arrays(), Map.of()), WeightFiles.Precision.F16);
        List<String> told = new ArrayList<>();
        var run = new Run("ablation", configuration, folder, event -> told.add(event.toString()), () -> false);

        assertThat(Ablation.run(run, List.of(Arm.CM3))).isTrue();
        told.clear();
        assertThat(Ablation.run(run, List.of(Arm.CM3, Arm.CAUSAL_RETRIEVAL))).isTrue();

        assertThat(told).isNotEmpty().noneMatch(event -> event.contains("stage=cm3,"));
        assertThat(Files.readString(folder.resolve("curves.json")))
                .contains("\"cm3\"", "\"causal_retrieval\"", "nll_infill_image_to_text", "nll_infill_region");
        assertThat(ImageIO.read(folder.resolve("curves.png").toFile()).getHeight())
                .isGreaterThan(6 * 200);
        assertThat(Ablation.table(run, List.of(Arm.CM3, Arm.CAUSAL_RETRIEVAL)))
                .contains("| nats a token | cm3 | causal_retrieval |", "| nll_image_named_right |");
    }

    private Ablation.ArmDocuments documents(Arm arm) {
        return new Ablation.ArmDocuments(configuration, arm, encoding, vq);
    }
}
