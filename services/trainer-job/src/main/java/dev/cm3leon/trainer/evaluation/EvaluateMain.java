package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.model.ModelBundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/// Measures the model that a running platform serves and writes `evaluation.md`, `evaluation.json` and sheets:
/// `--gateway URL --model LOCATION --ruler FILE --output FOLDER [--prompts 100] [--bank 3000] [--seed 1]
/// [--parts captions,things] [--sampling '{"guidance_scale": 2}']`, the last in place of the model's own settings.
/// The ruler is trained and kept in its file where there is none.
public final class EvaluateMain {

    private static final Set<String> OPTIONS = Set.of(
            "--gateway", "--model", "--ruler", "--output", "--prompts", "--bank", "--seed", "--parts", "--sampling");

    private EvaluateMain() {}

    public static void main(String[] arguments) throws IOException {
        Arguments.run(arguments, OPTIONS, EvaluateMain::evaluate);
    }

    private static void evaluate(Arguments given) throws IOException {
        Path output = Path.of(given.required("--output"));
        Evaluation.Size size = new Evaluation.Size(
                given.number("--prompts", 100), given.number("--bank", 3_000), given.number("--seed", 1));
        Set<String> wanted = given.names("--parts");
        ModelBundle bundle = given.model(ModelBundle.DEFAULT);
        PlatformClient platform = given.platform(bundle);
        Map<String, Object> sampling = given.json("--sampling");
        try (ModelJudges judges = ModelJudges.open(Path.of(given.required("--ruler")), bundle)) {
            Gallery gallery = new Gallery(Evaluation.GALLERY, size.seed() + 10);
            Asking asking = new Asking(platform, bundle, size.seed(), sampling);
            Report report = new Evaluation(platform, asking, judges, gallery, size, output)
                    .run(wanted, part -> part.write(output, "evaluation", bundle.id()));
            System.out.println(report);
        }
    }
}
