package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.platform.MainProcess;
import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "evaluate",
        description = {
            "Measure the model that serves, asked through the platform, and write tables (.md, .json) and sheets (.png).",
            "What is found by the index is put into the memory bank and stays there: give it a CM3_HOME of its own.",
            "Image tokenizers (evaluate tokenizers) are measured without the platform."
        },
        mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
    private static final Set<String> SHIPPED = Set.of("scenes", "demo");

    /// What is measured, by a main class of the trainer.
    enum Kind {
        TABLES("EvaluateMain", "evaluation", true),
        DECODING("DecodingMain", "decoding", true),
        RETRIEVAL("RetrievalMain", "retrieval", false),
        OWN_PICTURES("OwnPicturesMain", "own-pictures", false),
        CORPUS("CorpusEvaluateMain", "corpus", false),
        TOKENIZERS("TokenizersMain", "tokenizers", false);

        private final String main;
        private final String written;
        private final boolean needsRuler;

        /// @param written name of the files that it writes
        Kind(String main, String written, boolean needsRuler) {
            this.main = main;
            this.written = written;
            this.needsRuler = needsRuler;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static Kind of(String word) {
            for (Kind kind : values()) if (kind.word().equals(word)) return kind;
            throw Failure.usage("need a KIND of %s, got %s"
                    .formatted(Arrays.stream(values()).map(Kind::word).collect(Collectors.joining(", ")), word));
        }
    }

    @Mixin
    private final Shared shared;

    @Parameters(
            arity = "0..1",
            paramLabel = "KIND",
            description = {
                "tables: what the model can do (where nothing is said).",
                "decoding: what the settings of sampling do.",
                "retrieval: what search finds.",
                "own-pictures: a drawing, a logo, a photo and an emoji, ingested.",
                "corpus: a model that was trained on a corpus.",
                "tokenizers: image tokenizers, on pictures that they did not learn from, beside k-means of patches."
            })
    private String asked = Kind.TABLES.word();

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FOLDER",
            description = "Where tables and sheets are written.")
    private Path output = Path.of("");

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = {
                "The model that serves: scenes, demo or its folder. Needed where it is not shipped.",
                "tokenizers: models, or weights alone (NAME.safetensors beside NAME.json); may be said several times."
            })
    private List<String> models = List.of();

    @Option(
            names = "--parts",
            paramLabel = "NAME,...",
            description = {
                "Some alone. Of tables: captions, withheld-pairs, characters, halves, edits, captioning, questions,"
                        + " things, scene-edits, scene-boxes, writing, scene-captioning, scene-questions, regions, gaps,"
                        + " skins, edges, styles.",
                "Of retrieval: portraits, things, styles."
            })
    private @Nullable String parts;

    @Option(
            names = "--prompts",
            paramLabel = "N",
            description = "Pictures a row (tables and corpus 100, decoding and retrieval 60, tokenizers 500).")
    private @Nullable String prompts;

    @Option(
            names = "--bank",
            paramLabel = "N",
            description = "Characters in the memory bank (tables 3000, retrieval 500).")
    private @Nullable String bank;

    @Option(names = "--seed", paramLabel = "N", description = "Of all that is drawn by chance (1).")
    private @Nullable String seed;

    @Option(
            names = "--sampling",
            paramLabel = "JSON",
            description = "In place of the model's own settings, such as '{\"guidance_scale\": 2}' (tables).")
    private @Nullable String sampling;

    @Option(
            names = "--ruler",
            paramLabel = "FILE",
            description = {
                "What judges pictures (tables, decoding); trained, in five minutes, where there is none.",
                "Otherwise evaluation/ruler.safetensors in CM3_HOME."
            })
    private @Nullable Path ruler;

    @Option(names = "--dataset", paramLabel = "DATASET", description = "Of the corpus, as corpus prepare takes it.")
    private @Nullable String dataset;

    @Option(names = "--trained", paramLabel = "FOLDER", description = "The corpus that was trained on.")
    private @Nullable String trained;

    @Option(names = "--apart", paramLabel = "FOLDER", description = "What was kept from training.")
    private @Nullable String apart;

    EvaluateCommand(Shared shared) {
        this.shared = shared;
    }

    @Override
    public Integer call() throws IOException {
        Kind kind = Kind.of(asked);
        List<String> arguments = kind == Kind.TOKENIZERS ? ofTokenizers() : ofServed();
        if (kind.needsRuler || ruler != null) MainProcess.add(arguments, "--ruler", ruler().toString());
        MainProcess.add(arguments, "--parts", parts);
        MainProcess.add(arguments, "--prompts", prompts);
        MainProcess.add(arguments, "--bank", bank);
        MainProcess.add(arguments, "--seed", seed);
        MainProcess.add(arguments, "--sampling", sampling);
        MainProcess.add(arguments, "--dataset", dataset);
        MainProcess.add(arguments, "--trained", trained);
        MainProcess.add(arguments, "--apart", apart);
        MainProcess main = MainProcess.ofTrainer("evaluation." + kind.main, "2g");
        Path written = output.resolve(kind.written + ".json");
        if (shared.json) {
            main.runForJson(arguments, Redirect.DISCARD);
            shared.print(Gateway.JSON.readTree(Files.readAllBytes(written)), () -> "");
            return 0;
        }
        int code = main.run(arguments, Redirect.INHERIT);
        if (code != 0) return code;
        shared.terminal().say("Written: " + output.resolve(kind.written + ".md") + ", " + written);
        return 0;
    }

    private List<String> ofServed() {
        if (models.size() > 1) throw Failure.usage("need one --model, got " + models);
        String named = models.isEmpty() ? null : location(models.getFirst());
        Gateway gateway = shared.gateway();
        List<String> arguments =
                new ArrayList<>(List.of("--gateway", gateway.url().toString(), "--output", output.toString()));
        MainProcess.add(arguments, "--model", named == null ? location(serving(gateway)) : named);
        return arguments;
    }

    private List<String> ofTokenizers() {
        List<String> arguments = new ArrayList<>(List.of("--output", output.toString()));
        if (!models.isEmpty())
            MainProcess.add(
                    arguments,
                    "--model",
                    models.stream().map(EvaluateCommand::tokenizer).collect(Collectors.joining(",")));
        return arguments;
    }

    /// Several are told with commas between them.
    private static String tokenizer(String model) {
        if (model.contains(",")) throw Failure.usage("need no comma in --model of tokenizers, got " + model);
        return Files.isRegularFile(Path.of(model)) ? model : location(model);
    }

    private Path ruler() {
        return ruler != null ? ruler : shared.platform().home().resolve("evaluation/ruler.safetensors");
    }

    private static String serving(Gateway gateway) {
        JsonNode model = gateway.serving();
        String name = model.path("id").asString();
        if (SHIPPED.contains(name)) return name;
        throw Failure.usage("%s@%s serves, which is not shipped: give its folder with --model"
                .formatted(name, model.path("version").asString()));
    }

    /// Where a main class finds a model.
    ///
    /// @param model the name of a shipped one, or a folder
    static String location(String model) {
        if (SHIPPED.contains(model)) return "classpath:models/" + model;
        if (Files.isRegularFile(Path.of(model, "model.json"))) return model;
        throw Failure.usage("need --model scenes, demo or a folder with a model.json, got " + model);
    }
}
