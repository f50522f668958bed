package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.vq.VqTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/// Measures a model that was trained on a corpus, through a running platform that serves it, and writes
/// `corpus.md`, `corpus.json` and sheets: `--gateway URL --model LOCATION --dataset flickr30k --trained FOLDER --apart
/// FOLDER --output FOLDER [--prompts 100] [--seed 1]`. See [CorpusEvaluation] for what captions must look like.
public final class CorpusEvaluateMain {

    private CorpusEvaluateMain() {}

    public static void main(String[] arguments) throws IOException {
        Arguments.run(
                arguments,
                Set.of("--gateway", "--model", "--dataset", "--trained", "--apart", "--output", "--prompts", "--seed"),
                CorpusEvaluateMain::measure);
    }

    private static void measure(Arguments given) throws IOException {
        Path output = Path.of(given.required("--output"));
        var size = new Evaluation.Size(given.number("--prompts", 100), 0, given.number("--seed", 1));
        ModelBundle bundle = given.model(given.required("--model"));
        PlatformClient platform = given.platform(bundle);
        Dataset dataset = given.dataset();
        Path trained = given.corpus("--trained", dataset), apart = given.corpus("--apart", dataset);
        try (VqTokenizer vq = bundle.openVqTokenizer()) {
            Asking asking = new Asking(platform, bundle, size.seed());
            Report report = new CorpusEvaluation(platform, asking, vq, size, output, dataset, trained)
                    .run(dataset, apart, part -> part.write(output, "corpus", bundle.id()));
            System.out.println(report);
        }
    }
}
