package dev.cm3leon.trainer;

import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.ConfigurationFile;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.Words;
import dev.cm3leon.trainer.run.Curves;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.transformer.TransformerModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/// Puts what the stages learned into one model bundle. The same stages give the same bytes.
final class ExportStage {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String LICENCE = "CC-BY-4.0";

    private ExportStage() {}

    static boolean run(Run run) {
        TrainingConfiguration configuration = run.configuration();
        BytePairEncoding encoding = BpeStage.finished(run);
        var files = new TreeMap<String, byte[]>();

        files.put("tokenizer/tokenizer.json", read(run.tokenizer()));
        files.put("words.txt", words(run));

        var vq = configuration.vq().sizes();
        files.put("vq/config.json", json(vq.toJson()));
        files.put("vq/model.safetensors", half(VqStage.finished(run).arrays()));

        files.put(
                "clip/config.json",
                json(configuration.clip().sizes(vq.imageSize()).toJson()));
        files.put("clip/model.safetensors", half(arrays(run, "clip")));

        var sizes = PretrainStage.sizes(configuration, encoding.size());
        var transformer = new TransformerModel(sizes, Ops.random(0, "", 0), false);
        transformer.restore(PretrainStage.finished(run));
        files.put("transformer/config.json", json(sizes.served().toJson()));
        files.put("transformer/model.safetensors", half(transformer.arrays()));

        List<String> stages = new ArrayList<>(List.of("base/vq", "base/pretrain", "vq", "decoder", "clip"));
        stages.addAll(configuration.trainings());
        Curves curves = Curves.of(run, stages);
        files.put("training/configuration.json", configuration.json().getBytes(StandardCharsets.UTF_8));
        files.put("training/curves.json", curves.json().getBytes(StandardCharsets.UTF_8));
        files.put("training/curves.png", curves.png());
        Path sheet = run.stage("decoder").resolve(VqStage.SHEET);
        if (Files.exists(sheet)) files.put("training/" + VqStage.SHEET, read(sheet)); // a run of before has none
        files.put("NOTICE.md", notice(configuration));

        var hashes = new LinkedHashMap<String, String>();
        files.forEach((path, bytes) -> hashes.put(path, ContentKey.sha256(bytes)));
        Path bundle = run.stage("bundle");
        files.forEach((path, bytes) -> Run.write(bundle.resolve(path), bytes));
        Run.write(bundle.resolve("model.json"), modelJson(configuration, hashes, curves, PretrainStage.scored(run)));
        return true;
    }

    /// @param scored of the weights that are shipped, where `evaluate` was done; else the last training's own scores
    private static byte[] modelJson(
            TrainingConfiguration configuration,
            Map<String, String> hashes,
            Curves curves,
            Map<String, Double> scored) {
        var model = new LinkedHashMap<String, Object>();
        model.put("format", 1);
        model.put("name", configuration.name());
        model.put("version", ContentKey.sha256(json(hashes)).substring(0, 12));
        model.put("licence", licence(configuration));
        model.put("image_size", configuration.vq().sizes().imageSize());
        model.put("grid", configuration.vq().sizes().grid());
        model.put("words", "words.txt");
        model.put("files", hashes);
        var training = new LinkedHashMap<String, Object>();
        training.put("configuration", "training/configuration.json");
        training.put("seed", configuration.seed());
        String last = configuration.trainings().getLast();
        if (Double.isFinite(curves.last(last, "loss"))) training.put("loss", curves.last(last, "loss"));
        new TreeMap<>(scored.isEmpty() ? curves.last(last) : scored).forEach((metric, value) -> {
            if (metric.startsWith("nll_")) training.put(metric, value);
        });
        for (String metric : List.of("psnr", "codes_used")) {
            double value = Double.isFinite(curves.last("decoder", metric))
                    ? curves.last("decoder", metric)
                    : curves.last("vq", metric);
            if (Double.isFinite(value)) training.put(metric, value);
        }
        model.put("training", training);
        model.put("defaults", ConfigurationFile.JSON.valueToTree(configuration.defaults()));
        return json(model);
    }

    /// Those that the tokenizer learned from, those of the corpus, and those of what was shown later.
    private static byte[] words(Run run) {
        TrainingConfiguration configuration = run.configuration();
        List<Path> lists = new ArrayList<>(List.of(run.stage("bpe").resolve(Words.FILE)));
        if (!configuration.shards().corpus().isEmpty()) addList(run, "prepare", lists);
        for (int i = 0; i < configuration.finetune().size(); i++) {
            TrainingConfiguration.Finetune later = configuration.finetune().get(i);
            boolean shown = !later.corpora().isEmpty() || !later.examples().isEmpty();
            if (shown) addList(run, configuration.trainings().get(i + 1), lists);
        }
        var words = new TreeSet<String>();
        for (Path list : lists)
            words.addAll(new String(read(list), StandardCharsets.UTF_8).lines().toList());
        return (String.join("\n", words) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /// A run of before has none.
    private static void addList(Run run, String stage, List<Path> lists) {
        Path list = run.stage(stage).resolve(Words.FILE);
        if (Files.exists(list)) lists.add(list);
    }

    /// The licences of all that was trained on, each once.
    static String licence(TrainingConfiguration configuration) {
        TrainingConfiguration.Shards corpus = configuration.shards();
        Stream<String> later = configuration.finetune().stream()
                .flatMap(training -> training.corpora().values().stream())
                .map(TrainingConfiguration.Source::licence);
        return Stream.concat(Stream.of(corpus.corpus().isEmpty() ? LICENCE : corpus.licence()), later)
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static Map<String, Weights.Array> arrays(Run run, String stage) {
        return WeightFiles.read(run.weights(stage)).arrays();
    }

    private static byte[] half(Map<String, Weights.Array> arrays) {
        return WeightFiles.bytes(new Weights(arrays, Map.of("format", "pt")), WeightFiles.Precision.F16);
    }

    private static byte[] json(Object value) {
        return (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /// Who is to be thanked for what was trained on.
    private static byte[] notice(TrainingConfiguration configuration) {
        TrainingConfiguration.Shards corpus = configuration.shards();
        boolean scenes = configuration.vq().scenes() > 0 || configuration.clip().twins() > 0;
        String notice = corpus.corpus().isEmpty()
                ? resource("NOTICE.md") + (scenes ? resource("NOTICE-scenes.md") : "")
                : trainedOn(corpus.corpus(), corpus.dataset(), corpus.split(), corpus.licence());
        for (TrainingConfiguration.Finetune later : configuration.finetune())
            for (TrainingConfiguration.Source source : later.corpora().values())
                notice += trainedOn(source.corpus(), source.dataset(), source.split(), source.licence());
        return notice.getBytes(StandardCharsets.UTF_8);
    }

    private static String trainedOn(String corpus, String dataset, String split, String licence) {
        return "Trained on the corpus `%s` (%s). Licence: %s.\n"
                .formatted(Path.of(corpus).getFileName(), (dataset + " " + split).strip(), licence);
    }

    private static String resource(String name) {
        try (InputStream in = ExportStage.class.getResourceAsStream("/configurations/" + name)) {
            if (in == null) throw new IllegalStateException("no resource configurations/" + name);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
