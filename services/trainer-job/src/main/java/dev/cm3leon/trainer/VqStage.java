package dev.cm3leon.trainer;

import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Half;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.CorpusSample;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.Thing;
import dev.cm3leon.trainer.scenes.Writing;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import dev.cm3leon.trainer.vq.DecoderTraining;
import dev.cm3leon.trainer.vq.MoreCodes;
import dev.cm3leon.trainer.vq.Pictures;
import dev.cm3leon.trainer.vq.Reconstructions;
import dev.cm3leon.trainer.vq.VqModel;
import dev.cm3leon.trainer.vq.VqTraining;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Trains the image tokenizer on pictures of the corpus or those that training may show, or adds codes to
/// that of the base.
final class VqStage {
    static final String SHEET = "reconstructions.png";

    private VqStage() {}

    static boolean run(Run run) {
        var finished = run.weights("vq");
        if (Files.exists(finished)) return true;
        var configuration = run.configuration();
        if (!run.baseIsThrough("vq", VqStage::run)) return false;
        if (run.base().isPresent()) {
            List<byte[]> exact = configuration.vq().writing() == 0
                    ? List.of()
                    : Writing.characters().stream().map(Writing::draw).toList();
            VqModel model = MoreCodes.extend(
                    codes(run.base().get()), configuration.vq().sizes(), configuration.seed(), exact, VqStage::scene);
            write(finished, model);
            return true;
        }
        var model = new VqModel(configuration.vq().sizes(), Ops.random(configuration.seed(), "vq weights", 0));
        var training = new VqTraining(
                model,
                configuration.vq().settings(),
                configuration.seed(),
                pictures(run),
                configuration.vq().costs());
        if (!run.learn("vq", training, 20, 200)) return false;
        write(finished, model);
        return true;
    }

    /// Goes on with the decoder alone: the codes stay, what is drawn of them gets better.
    static boolean decoder(Run run) {
        var finished = run.weights("decoder");
        if (Files.exists(finished)) return true;
        var configuration = run.configuration();
        var model = new VqModel(configuration.vq().sizes(), Ops.random(0, "vq", 0));
        model.restore(WeightFiles.read(run.weights("vq")));
        Pictures pictures = pictures(run);
        long steps = configuration.vq().decoderSteps();
        if (steps > 0) {
            var training = new DecoderTraining(
                    model,
                    configuration.seed(),
                    configuration.vq().batch(),
                    new Schedule(configuration.vq().learningRate(), Math.min(50, steps / 10), 0, steps, 0),
                    pictures,
                    configuration.vq().costs());
            if (!run.learn("decoder", training, 20, 200)) return false;
        }
        byte[] sheet = Reconstructions.png(model, pictures, configuration.seed());
        Run.write(run.stage("decoder").resolve(SHEET), sheet);
        write(finished, model);
        return true;
    }

    private static void write(Path file, VqModel model) {
        WeightFiles.write(file, new Weights(model.arrays(), Map.of()).rounded(), WeightFiles.Precision.F16);
    }

    /// Those of the corpus; where there is none, portraits, scenes and writing.
    private static Pictures pictures(Run run) {
        if (!run.configuration().shards().corpus().isEmpty())
            return CorpusSample.of(run).pictures();
        TrainingConfiguration.Vq shares = run.configuration().vq();
        return Pictures.endless(random -> picture(shares.scenes(), shares.writing(), random));
    }

    /// A scene, writing, or a portrait; where there are scenes, portraits are half covered now and then.
    private static byte[] picture(double scenes, double writing, RandomGenerator random) {
        double kind = random.nextDouble();
        if ((kind -= scenes) < 0) return scene(random);
        if ((kind -= writing) < 0) return Writing.random(true, random).draw();
        byte[] portrait = Avatars.draw(Portrait.forTraining(random));
        return scenes > 0 && random.nextInt(12) == 0 ? Half.values()[random.nextInt(2)].of(portrait) : portrait;
    }

    private static byte[] scene(RandomGenerator random) {
        return Scene.several(Thing.Split.TRAIN.things(), random).draw();
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
        return VqModel.of(run.configuration().vq().sizes(), WeightFiles.read(run.weights(stage)));
    }
}
