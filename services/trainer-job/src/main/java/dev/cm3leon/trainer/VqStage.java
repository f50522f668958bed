package dev.cm3leon.trainer;

import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Safetensors;
import dev.cm3leon.trainer.torch.Weights;
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

    /// The finished image tokenizer, exactly as it is shipped.
    static VqModel finished(Run run) {
        return VqModel.of(
                run.configuration().vq().sizes(),
                Safetensors.read(run.stage("vq").resolve("model.safetensors")));
    }
}
