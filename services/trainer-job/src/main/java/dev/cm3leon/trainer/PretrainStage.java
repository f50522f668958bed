package dev.cm3leon.trainer;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Safetensors;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.transformer.Pretraining;
import dev.cm3leon.trainer.transformer.TransformerConfiguration;
import dev.cm3leon.trainer.transformer.TransformerModel;
import dev.cm3leon.trainer.vq.VqModel;
import java.nio.file.Files;
import java.util.Map;

/// Trains the CM3 transformer on portraits and named characters.
final class PretrainStage {
    private PretrainStage() {}

    static boolean run(Run run) {
        var finished = run.stage("pretrain").resolve("model.safetensors");
        if (Files.exists(finished)) return true;
        TrainingConfiguration configuration = run.configuration();
        TrainingConfiguration.Transformer settings = configuration.transformer();
        BytePairEncoding encoding = BpeStage.finished(run);
        VqModel vq = VqStage.codes(run);
        var model = new TransformerModel(
                sizes(configuration, encoding),
                Ops.random(configuration.seed(), "transformer weights", 0),
                settings.half());
        long steps = settings.steps();
        var schedule = new Schedule(
                settings.learningRate(), settings.warmUp(), Math.round(settings.flat() * steps), steps, settings.end());
        var training = new Pretraining(
                model,
                new PortraitDocuments(configuration, encoding, vq),
                configuration.seed(),
                schedule,
                settings.weightDecay());
        if (!run.learn("pretrain", training, Math.min(25, settings.validateEvery()), settings.validateEvery()))
            return false;
        Safetensors.write(finished, new Weights(model.arrays(), Map.of()), Safetensors.Precision.F16);
        return true;
    }

    /// What the finished transformer, as it is shipped, says after a stream that no image follows: logits (V).
    static float[] logitsAfter(Run run, TokenStream stream) {
        var sizes = sizes(run.configuration(), BpeStage.finished(run));
        var model = new TransformerModel(sizes, Ops.random(0, "", 0), false);
        model.restore(Safetensors.read(run.stage("pretrain").resolve("model.safetensors")));
        return model.logitsAfter(stream);
    }

    static TransformerConfiguration sizes(TrainingConfiguration configuration, BytePairEncoding encoding) {
        TrainingConfiguration.Transformer settings = configuration.transformer();
        return new TransformerConfiguration(
                settings.width(),
                settings.layers(),
                settings.heads(),
                settings.context(),
                PortraitDocuments.vocabulary(configuration, encoding),
                configuration.vq().sizes().grid());
    }
}
