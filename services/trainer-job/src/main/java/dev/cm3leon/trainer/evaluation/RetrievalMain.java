package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.trainer.scenes.Thing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// Measures how a model's CLIP and the search of a running platform with that model find documents, and writes
/// `retrieval.md` and `retrieval.json`: `--gateway URL --model LOCATION --output FOLDER [--prompts 60] [--bank 500]
/// [--seed 1] [--parts portraits,things,styles]`.
public final class RetrievalMain {

    private RetrievalMain() {}

    public static void main(String[] arguments) throws IOException {
        Arguments.run(
                arguments,
                Set.of("--gateway", "--model", "--output", "--prompts", "--bank", "--seed", "--parts"),
                RetrievalMain::measure);
    }

    private static void measure(Arguments given) throws IOException {
        Path output = Path.of(given.required("--output"));
        Evaluation.Size size = new Evaluation.Size(
                given.number("--prompts", 60), given.number("--bank", 500), given.number("--seed", 1));
        ModelBundle bundle = given.model(ModelBundle.DEFAULT);
        PlatformClient platform = given.platform(bundle);
        try (ClipEncoder clip = bundle.openClipEncoder()) {
            var network = new MobileNetFeatures();
            var retrieval =
                    new Retrieval(platform, clip, thing -> network.of(List.of(thing.rgb()), Thing.SIZE)[0], size);
            Report report = retrieval.run(given.names("--parts"), output);
            report.write(output, "retrieval", bundle.id());
            System.out.println(report);
        }
    }
}
