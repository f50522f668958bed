package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.model.ModelBundle;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;

/// Measures the model that a running platform serves and writes `evaluation.md`, `evaluation.json` and sheets:
/// `--gateway URL --model LOCATION --ruler FILE --output FOLDER [--prompts 400] [--bank 10000] [--seed 1]
/// [--parts captions,things] [--sampling '{"guidance_scale": 2}']`, the last in place of the model's own settings.
public final class EvaluateMain {

    private EvaluateMain() {}

    public static void main(String[] arguments) throws IOException {
        Arguments given = Arguments.of(
                arguments,
                Set.of(
                        "--gateway",
                        "--model",
                        "--ruler",
                        "--output",
                        "--prompts",
                        "--bank",
                        "--seed",
                        "--parts",
                        "--sampling"));
        Path output = Path.of(given.required("--output"));
        Evaluation.Size size = new Evaluation.Size(
                given.number("--prompts", 400), given.number("--bank", 10_000), given.number("--seed", 1));
        Set<String> wanted = given.names("--parts");
        ModelBundle bundle = ModelBundle.open(given.get("--model", ModelBundle.DEFAULT));
        PlatformClient platform = new PlatformClient(URI.create(given.get("--gateway", "http://127.0.0.1:8080")));
        try (Judges judges = Judges.open(Path.of(given.required("--ruler")), bundle)) {
            Asking asking = new Asking(platform, bundle.id(), size.seed(), given.json("--sampling"));
            Report report = new Evaluation(platform, asking, judges, size, output)
                    .run(wanted, part -> part.write(output, "evaluation", bundle.id(), judges.rulerSha256()));
            System.out.println(report);
        }
    }
}
