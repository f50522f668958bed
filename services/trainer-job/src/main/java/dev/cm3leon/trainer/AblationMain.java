package dev.cm3leon.trainer;

import dev.cm3leon.events.JobExit;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import dev.cm3leon.trainer.configuration.ConfigurationFile;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.plan.PlanMain;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Device;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Runs an [Ablation] with the tokenizers of the shipped model: `AblationMain [--output DIR] [--steps N]
/// [--arms cm3_retrieval,cm3,causal_retrieval,causal]`. Started again, it goes on where it was. At the end
/// there are `curves.json`, `curves.png` and a table on standard output.
public final class AblationMain {
    private static final List<String> OPTIONS = List.of("--output", "--steps", "--arms");
    private static final JsonMapper JSON = new JsonMapper();

    private AblationMain() {}

    public static void main(String[] arguments) throws IOException {
        Run run;
        List<Ablation.Arm> arms;
        try {
            Map<String, String> options = PlanMain.options(OPTIONS, arguments);
            arms = arms(options.getOrDefault("--arms", ""));
            TrainingConfiguration configuration =
                    configuration(Long.parseLong(options.getOrDefault("--steps", "3000")));
            Path output = Path.of(options.getOrDefault("--output", "ablation"));
            run = new Run(
                    "ablation",
                    configuration,
                    output,
                    event -> {
                        if (event instanceof TrainingProgress progress
                                && progress.metrics().containsKey("nll_image_named_none"))
                            System.err.printf(
                                    "ablation: %s step %d of %d, loss %.3f, %.0f tokens/s%n",
                                    progress.stage(),
                                    progress.step(),
                                    progress.steps(),
                                    progress.loss(),
                                    progress.tokensPerSecond());
                    },
                    () -> false);
        } catch (IllegalArgumentException e) {
            System.err.println("ablation: " + e.getMessage());
            System.exit(JobExit.REFUSED);
            return;
        }
        Device.useThreads(run.configuration().threads());
        bring("tokenizer/tokenizer.json", run.tokenizer());
        bring("vq/model.safetensors", run.weights("vq"));
        Run.write(
                run.folder().resolve("configuration.json"), run.configuration().json());
        Ablation.run(run, arms);
        System.out.print(Ablation.table(run, arms));
        System.out.flush();
        Runtime.getRuntime().halt(JobExit.COMPLETED); // native threads may outlive main
    }

    private static List<Ablation.Arm> arms(String text) {
        if (text.isEmpty()) return List.of(Ablation.Arm.values());
        return Arrays.stream(text.split(","))
                .map(name -> Arrays.stream(Ablation.Arm.values())
                        .filter(arm -> arm.label().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("need --arms of "
                                + Arrays.stream(Ablation.Arm.values())
                                        .map(Ablation.Arm::label)
                                        .toList() + ", got "
                                + name)))
                .toList();
    }

    /// The shipped model's, with a smaller transformer.
    private static TrainingConfiguration configuration(long steps) throws IOException {
        var tree =
                (ObjectNode) JSON.readTree(TrainingConfiguration.named("demo").json());
        tree.put("name", "ablation").put("save_seconds", 30);
        ((ObjectNode) tree.get("transformer"))
                .put("width", 96)
                .put("layers", 3)
                .put("heads", 4)
                .put("steps", steps)
                .put("batch_tokens", 1536)
                .put("warm_up", Math.min(100, steps / 10))
                .put("flat", 0.5)
                .put("validate_every", Math.max(1, steps / 20));
        return ConfigurationFile.parse(tree.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void bring(String resource, Path file) throws IOException {
        if (Files.exists(file)) return;
        Files.createDirectories(file.toAbsolutePath().getParent());
        try (InputStream in = AblationMain.class.getResourceAsStream("/models/demo/" + resource)) {
            if (in == null) throw new IllegalStateException("no resource models/demo/" + resource);
            Files.copy(in, file);
        }
    }
}
