package dev.cm3leon.trainer;

import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Safetensors;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.vq.DecoderTraining;
import dev.cm3leon.trainer.vq.VqModel;
import dev.cm3leon.trainer.vq.VqTraining;
import java.nio.file.Files;
import java.util.Map;

/// Trains the image tokenizer on portraits that training may show.
final class VqStage {
    private VqStage() {}

    static boolean run(Run run) {
        var finished = run.stage("vq").resolve("model.safetensors");
        if (Files.exists(finished)) return true;
        var configuration = run.configuration();
        var model = new VqModel(configuration.vq().sizes(), Ops.random(configuration.seed(), "vq weights", 0));
        var training = new VqTraining(
                model,
                configuration.vq().settings(),
                configuration.seed(),
                random -> Avatars.draw(Portrait.forTraining(random)),
                configuration.vq().costs());
        if (!run.learn("vq", training, 20, 200)) return false;
        Safetensors.write(finished, new Weights(model.arrays(), Map.of()).rounded(), Safetensors.Precision.F16);
        return true;
    }

    /// Goes on with the decoder alone: the codes stay, what is drawn of them gets better.
    static boolean decoder(Run run) {
        var finished = run.stage("decoder").resolve("model.safetensors");
        if (Files.exists(finished)) return true;
        var configuration = run.configuration();
        VqModel model = codes(run);
        long steps = configuration.vq().decoderSteps();
        if (steps > 0) {
            var training = new DecoderTraining(
                    model,
                    configuration.seed(),
                    configuration.vq().batch(),
                    new Schedule(configuration.vq().learningRate(), Math.min(50, steps / 10), 0, steps, 0),
                    random -> Avatars.draw(Portrait.forTraining(random)),
                    configuration.vq().costs());
            if (!run.learn("decoder", training, 20, 200)) return false;
        }
        Safetensors.write(finished, new Weights(model.arrays(), Map.of()).rounded(), Safetensors.Precision.F16);
        return true;
    }

    /// The image tokenizer that gives the codes, exactly as they are shipped.
    static VqModel codes(Run run) {
        return finished(run, "vq");
    }

    /// The same codes with the better decoder, exactly as it is shipped.
    static VqModel finished(Run run) {
        return finished(run, "decoder");
    }

    private static VqModel finished(Run run, String stage) {
        return VqModel.of(
                run.configuration().vq().sizes(),
                Safetensors.read(run.stage(stage).resolve("model.safetensors")));
    }
}
