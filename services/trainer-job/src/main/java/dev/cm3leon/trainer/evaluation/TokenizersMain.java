package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.model.vq.VqShape;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.evaluation.TokenizerEvaluation.Tokenizer;
import dev.cm3leon.trainer.torch.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Measures image tokenizers, of models and alone, on pictures that they did not learn from, without a platform,
/// and writes `tokenizers.md`, `tokenizers.json` and sheets: `--output FOLDER [--model LOCATION,...]
/// [--prompts 500] [--seed 1] [--dataset flickr30k --trained FOLDER --apart FOLDER]`. A location is a model's, or
/// weights alone (`NAME.safetensors`) beside the configuration that they were trained by (`NAME.json`). Without a
/// corpus they are measured on portraits and scenes. See [TokenizerEvaluation].
public final class TokenizersMain {
    private static final Set<String> OPTIONS =
            Set.of("--output", "--model", "--prompts", "--seed", "--dataset", "--trained", "--apart");
    private static final String SHIPPED = "classpath:models/demo," + ModelBundle.DEFAULT, ALONE = ".safetensors";

    private TokenizersMain() {}

    public static void main(String[] arguments) throws IOException {
        Device.useThreads(1);
        Arguments.run(arguments, OPTIONS, TokenizersMain::measure);
    }

    static void measure(Arguments given) throws IOException {
        Path output = Path.of(given.required("--output"));
        var size = new Evaluation.Size(given.number("--prompts", 500), 0, given.number("--seed", 1));
        List<Tokenizer> tokenizers = new ArrayList<>();
        try {
            for (String location : given.get("--model", SHIPPED).split(",")) tokenizers.add(open(location));
            HeldOut.Source source = source(given, size, tokenizers);
            Report report = new TokenizerEvaluation(tokenizers, source, size, output).run();
            String names = tokenizers.stream().map(Tokenizer::name).collect(Collectors.joining(", "));
            report.write(output, "tokenizers", names, """
                    Pictures encoded and decoded by the image tokenizers alone. Seed %d, at most %d pictures a row, each of them once.
                    95 %% intervals over pictures; the specifications are in `tokenizers.json`.\
                    """.formatted(size.seed(), size.prompts()));
            System.out.println(report);
        } finally {
            tokenizers.forEach(one -> one.vq().close());
        }
    }

    private static HeldOut.Source source(Arguments given, Evaluation.Size size, List<Tokenizer> tokenizers) {
        if (Stream.of("--dataset", "--trained", "--apart").noneMatch(given.given()::containsKey)) {
            for (Tokenizer one : tokenizers)
                HeldOut.requireDrawn(one.vq().config().imageSize());
            return (side, cell) -> HeldOut.drawn(side, cell, size.prompts(), size.seed());
        }
        Dataset dataset = given.dataset();
        Path trained = given.corpus("--trained", dataset), apart = given.corpus("--apart", dataset);
        return (side, cell) -> HeldOut.of(dataset, trained, apart, side, cell, size.prompts(), size.seed());
    }

    private static Tokenizer open(String location) throws IOException {
        if (!location.endsWith(ALONE)) {
            ModelBundle bundle = Arguments.bundle(location);
            return new Tokenizer(bundle.id(), bundle.openVqTokenizer());
        }
        Path weights = Path.of(location);
        String name = weights.getFileName().toString().replace(ALONE, "");
        Path configuration = weights.resolveSibling(name + ".json");
        for (Path file : List.of(weights, configuration))
            if (!Files.isRegularFile(file))
                throw new Arguments.Wrong("need weights and their configuration for --model, got no " + file);
        try {
            VqShape shape = TrainingConfiguration.read(configuration).vq().sizes();
            return new Tokenizer(
                    name + "@" + ContentKey.sha256(weights).substring(0, 12),
                    VqTokenizer.open(shape, Safetensors.open(weights)));
        } catch (IllegalArgumentException e) {
            throw new Arguments.Wrong("need weights and their configuration for --model, got %s and %s: %s"
                    .formatted(weights, configuration, e.getMessage()));
        }
    }
}
