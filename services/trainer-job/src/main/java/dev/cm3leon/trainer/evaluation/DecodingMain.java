package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.model.ModelBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/// Measures what the settings of sampling do to the model that a running platform serves, and writes `decoding.md`,
/// `decoding.json` and `decoding.png`: `--gateway URL --model LOCATION --ruler FILE --output FOLDER [--prompts 60]
/// [--seed 1]`. Started again with the same folder, it goes on where it was.
public final class DecodingMain {

    private DecodingMain() {}

    public static void main(String[] arguments) throws IOException {
        Arguments.run(
                arguments,
                Set.of("--gateway", "--model", "--ruler", "--output", "--prompts", "--seed"),
                DecodingMain::measure);
    }

    private static void measure(Arguments given) throws IOException {
        Path output = Path.of(given.required("--output"));
        int prompts = given.number("--prompts", 60);
        Evaluation.Size size = new Evaluation.Size(prompts, prompts, given.number("--seed", 1));
        ModelBundle bundle = given.model(ModelBundle.DEFAULT);
        PlatformClient platform = given.platform(bundle);
        Files.createDirectories(output);
        try (ModelJudges judges = ModelJudges.open(Path.of(given.required("--ruler")), bundle)) {
            Asking asking = new Asking(platform, bundle, size.seed());
            Report report = new Decoding(platform, asking, judges, size, output.resolve("points.jsonl"))
                    .run(output.resolve("decoding.png"), part -> part.write(output, "decoding", bundle.id()));
            System.out.println(report);
        }
    }
}
