package dev.cm3leon.trainer;

import dev.cm3leon.documents.FineTuningTask;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.Safetensors;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.EitherDocuments;
import dev.cm3leon.trainer.data.InstructionDocuments;
import dev.cm3leon.trainer.data.MixedDocuments;
import dev.cm3leon.trainer.data.TaskCorpus;
import dev.cm3leon.trainer.data.TaskDocuments;
import dev.cm3leon.trainer.data.Words;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Checkpoints;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.transformer.Documents;
import dev.cm3leon.trainer.transformer.LossWeights;
import dev.cm3leon.trainer.transformer.Pretraining;
import dev.cm3leon.trainer.transformer.Scoring;
import dev.cm3leon.trainer.transformer.TransformerConfiguration;
import dev.cm3leon.trainer.transformer.TransformerModel;
import dev.cm3leon.trainer.vq.VqModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Trains the CM3 transformer: from nothing or from what the base knows, then as often again as `finetune` has
/// entries.
final class PretrainStage {
    private static final String TOKENS = "embed_tokens.weight";

    private PretrainStage() {}

    static boolean run(Run run) {
        if (run.base().isPresent()) {
            Run base = run.base().get();
            for (String stage : List.of("bpe", "vq")) base.fetch(stage);
            if (goesOn(run, base)) {
                if (!run.baseIsThrough("pretrain", PretrainStage::run)) return false;
                run.workers().sum(0); // the first one has kept it
                base.fetch("pretrain");
            }
        }
        TrainingConfiguration configuration = run.configuration();
        TrainingConfiguration.Transformer settings = configuration.transformer();
        return train(
                run,
                "pretrain",
                settings.schedule(),
                settings.adam(),
                encoding -> configuration.weights(),
                encoding -> run.base()
                        .filter(base -> goesOn(run, base))
                        .map(base -> continued(run, base))
                        .orElseGet(() -> fresh(run, encoding)),
                encoding -> documents(run, encoding),
                learned -> learned);
    }

    /// Goes on from the weights of the training before.
    ///
    /// @param stage one of the trainings but the first
    static boolean finetune(Run run, String stage) {
        TrainingConfiguration configuration = run.configuration();
        int before = configuration.trainings().indexOf(stage) - 1;
        TrainingConfiguration.Finetune settings = configuration.finetune().get(before);
        boolean through = run.seeing(run.weights(stage)) > 0;
        Map<String, TaskCorpus> corpora = through || settings.corpora().isEmpty()
                ? Map.of()
                : TaskCorpus.of(run, stage, settings.corpora(), BpeStage.finished(run), VqStage.codes(run));
        if (!through && corpora.size() < settings.corpora().size()) return false; // asked to stop
        if (!through && run.workers().first() && !settings.examples().isEmpty())
            Words.write(run.stage(stage), InstructionDocuments.words(configuration.seed(), settings));
        return train(
                run,
                stage,
                settings.schedule(),
                configuration.transformer().adam(settings.betas()),
                encoding -> configuration.weights(
                        settings,
                        IntStream.of(encoding.encode(FineTuningTask.EDIT.front()))
                                .boxed()
                                .toList()),
                encoding -> {
                    TransformerModel model = fresh(run, encoding);
                    model.restore(weights(run, configuration.trainings().get(before)));
                    return model;
                },
                encoding -> documents(run, stage, settings, corpora, encoding),
                learned -> learned.mixed(settings.kept().entrySet().stream()
                        .map(kept ->
                                new Weights.Part(Safetensors.open(run.weights(kept.getKey()))::floats, kept.getValue()))
                        .toList()));
    }

    private static boolean train(
            Run run,
            String stage,
            Schedule schedule,
            AdamW.Settings adam,
            Function<BytePairEncoding, LossWeights> weights,
            Function<BytePairEncoding, TransformerModel> first,
            Function<BytePairEncoding, Documents> documents,
            UnaryOperator<Weights> kept) {
        Path finished = run.weights(stage);
        int have = run.seeing(finished);
        if (have == run.workers().share().count()) return true;
        if (have > 0)
            throw new RefusedException(
                    "only " + have + " of " + run.workers().share().count() + " workers see " + finished
                            + ": give them one folder (--output), or an object store");
        TrainingConfiguration configuration = run.configuration();
        TrainingConfiguration.Transformer settings = configuration.transformer();
        BytePairEncoding encoding = BpeStage.finished(run);
        TransformerModel model = first.apply(encoding);
        try (var training = new Pretraining(
                model,
                documents.apply(encoding),
                configuration.seed(),
                stage,
                schedule,
                adam,
                run.workers(),
                configuration.execution().steps(),
                weights.apply(encoding))) {
            if (!run.learn(stage, training, Math.min(25, settings.validateEvery()), settings.validateEvery()))
                return false;
        }
        if (run.workers().first())
            WeightFiles.write(finished, kept.apply(new Weights(model.arrays(), Map.of())), WeightFiles.Precision.F16);
        return true;
    }

    /// What the finished weights, as they are shipped, score on documents never trained on.
    static boolean evaluate(Run run) {
        Path file = run.stage("evaluate").resolve("evaluation.json"), of = file.resolveSibling("weights.sha256");
        String weights = digest(run);
        if (Files.exists(file) && weights.equals(read(of))) return true;
        BytePairEncoding encoding = BpeStage.finished(run);
        var model = new TransformerModel(sizes(run.configuration(), encoding.size()), Ops.random(0, "", 0), false);
        model.restore(finished(run));
        var scoring = new Scoring(model, documents(run, encoding).validation(), LossWeights.EQUAL);
        Run.write(file, new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(scoring.scores()));
        Run.write(of, weights);
        return true;
    }

    /// What [#evaluate] wrote down; nothing where it was left out, or was done of other weights.
    static Map<String, Double> scored(Run run) {
        Path file = run.stage("evaluate").resolve("evaluation.json");
        if (!Files.exists(file) || !digest(run).equals(read(file.resolveSibling("weights.sha256")))) return Map.of();
        try {
            return new JsonMapper().readValue(Files.readAllBytes(file), new TypeReference<Map<String, Double>>() {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String digest(Run run) {
        return Checkpoints.sha256(run.weights(run.configuration().trainings().getLast()));
    }

    /// Empty where there is no such file.
    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Documents documents(Run run, BytePairEncoding encoding) {
        TrainingConfiguration configuration = run.configuration();
        if (!configuration.shards().corpus().isEmpty())
            return PrepareStage.documents(
                    run,
                    configuration.vocabulary(encoding.size()),
                    "pretrain",
                    configuration.transformer().batchTokens());
        return new MixedDocuments(configuration, encoding, VqStage.codes(run));
    }

    private static Documents documents(
            Run run,
            String stage,
            TrainingConfiguration.Finetune settings,
            Map<String, TaskCorpus> corpora,
            BytePairEncoding encoding) {
        TrainingConfiguration configuration = run.configuration();
        int tokens = configuration.batchTokens(settings);
        Vocabulary vocabulary = configuration.vocabulary(encoding.size());
        if (!corpora.isEmpty()) {
            Documents rest = documents(run, stage, settings, Map.of(), encoding);
            var shown = new TaskDocuments(
                    corpora,
                    tokens,
                    configuration.transformer().context() + 1,
                    configuration.objective().masking(vocabulary));
            return new EitherDocuments(shown, rest, settings.instructed());
        }
        if (!configuration.shards().corpus().isEmpty()) return PrepareStage.documents(run, vocabulary, stage, tokens);
        VqModel vq = VqStage.codes(run);
        var mixed = new MixedDocuments(configuration, settings.mixture(), tokens, encoding, vq);
        if (settings.examples().isEmpty()) return mixed;
        var instructed = new InstructionDocuments(configuration, settings, tokens, encoding, vq);
        return new EitherDocuments(instructed, mixed, settings.instructed());
    }

    static TransformerModel fresh(Run run, BytePairEncoding encoding) {
        TrainingConfiguration configuration = run.configuration();
        return new TransformerModel(
                sizes(configuration, encoding.size()),
                Ops.random(configuration.seed(), "transformer weights", 0),
                configuration.transformer().half() && Device.training().fastInBfloat16());
    }

    /// Whether the base's transformer has the sizes of this one.
    private static boolean goesOn(Run run, Run base) {
        TrainingConfiguration.Transformer here = run.configuration().transformer(),
                there = base.configuration().transformer();
        return here.width() == there.width()
                && here.layers() == there.layers()
                && here.heads() == there.heads()
                && here.context() == there.context();
    }

    /// The model before its first step: what the base learned.
    static TransformerModel continued(Run run, Run base) {
        TransformerModel model = fresh(run, BpeStage.finished(base));
        model.restore(widened(model, base));
        return model;
    }

    /// What the base learned, in the places of a vocabulary with more image codes; new codes keep their first values.
    private static Weights widened(TransformerModel model, Run base) {
        Weights trained = finished(base);
        Vocabulary from =
                base.configuration().vocabulary(BpeStage.finished(base).size());
        Vocabulary to = model.configuration().vocabulary();
        float[] old = trained.array(TOKENS).values();
        Weights.Array tokens = new Weights(model.arrays(), Map.of()).array(TOKENS);
        int width = model.configuration().width();
        for (int id = 0; id < from.size(); id++) {
            int place = id < from.breakId() ? id : id - from.breakId() + to.breakId();
            if (place < to.size()) System.arraycopy(old, id * width, tokens.values(), place * width, width);
        }
        var learned = new LinkedHashMap<>(trained.arrays());
        learned.put(TOKENS, tokens);
        return new Weights(learned, Map.of());
    }

    /// The weights that are shipped.
    static Weights finished(Run run) {
        return weights(run, run.configuration().trainings().getLast());
    }

    private static Weights weights(Run run, String stage) {
        return WeightFiles.read(run.weights(stage));
    }

    /// @param texts how many ids the text tokenizer has
    static TransformerConfiguration sizes(TrainingConfiguration configuration, int texts) {
        TrainingConfiguration.Transformer settings = configuration.transformer();
        return new TransformerConfiguration(
                settings.width(),
                settings.layers(),
                settings.heads(),
                settings.context(),
                configuration.vocabulary(texts),
                configuration.vq().sizes().grid(),
                configuration.family().rowColumnEmbeddings(),
                configuration.family().initialisation());
    }
}
