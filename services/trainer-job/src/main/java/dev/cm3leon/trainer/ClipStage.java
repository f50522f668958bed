package dev.cm3leon.trainer;

import dev.cm3leon.model.clip.SentenceEncoder;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.clip.ClipModel;
import dev.cm3leon.trainer.clip.ContrastiveTraining;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.CorpusSample;
import dev.cm3leon.trainer.data.CorpusTwins;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.SceneCaptions;
import dev.cm3leon.trainer.scenes.Thing;
import dev.cm3leon.trainer.scenes.Twins;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.WeightFiles;
import dev.cm3leon.trainer.torch.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/// Trains the encoder of search on captioned portraits and scenes, and on pictures of named characters and things as a
/// memory bank captions them; with `shards.corpus`, on a sample of the corpus.
final class ClipStage {
    private static final int CHARACTERS = 4; // pairs of things to one of characters

    private ClipStage() {}

    /// A caption and how its picture comes about.
    private record Captioned(String caption, java.util.function.Supplier<byte[]> picture) {}

    /// @param learned how many of them, from the first on, are learned from; the others are for validation
    private record Some(List<Captioned> all, int learned) {}

    static boolean run(Run run) {
        Path finished = run.weights("clip");
        if (Files.exists(finished)) return true;
        TrainingConfiguration.Clip settings = run.configuration().clip();
        long seed = run.configuration().seed();
        Some some = captions(run);
        List<Captioned> captions = some.all;
        float[] sentences = sentences(run, captions);
        if (run.stopAsked().getAsBoolean()) return false;

        var model = new ClipModel(
                run.configuration().vq().imageSize(),
                settings.embedding(),
                settings.textHidden(),
                Ops.random(seed, "clip weights", 0));
        var training = new ContrastiveTraining(
                model,
                seed,
                settings.batch(),
                new Schedule(settings.learningRate(), settings.steps() / 20, 0, settings.steps(), 0),
                captions.size(),
                some.learned,
                i -> {
                    float[] sentence = new float[ClipModel.TEXT_WIDTH];
                    System.arraycopy(sentences, i * sentence.length, sentence, 0, sentence.length);
                    return new ContrastiveTraining.Pair(sentence, captions.get(i).picture);
                },
                twins(run));
        if (!run.learn("clip", training, 20, 100)) return false;
        WeightFiles.write(finished, new Weights(model.arrays(), Map.of()), WeightFiles.Precision.F16);
        return true;
    }

    private static Function<RandomGenerator, byte[][][]> twins(Run run) {
        int count = run.configuration().clip().twins();
        if (count == 0) return _ -> new byte[0][][];
        if (!run.configuration().shards().corpus().isEmpty()) {
            var twins = new CorpusTwins(CorpusSample.of(run), count);
            return random -> twins.some(count, random);
        }
        var twins = new Twins(Stream.concat(Thing.Split.TRAIN.things().stream(), Thing.otherStyles().stream())
                .toList());
        return random -> Stream.concat(
                        Arrays.stream(twins.some(count, random)),
                        Stream.generate(() -> character(random)).limit(count / CHARACTERS))
                .toArray(byte[][][]::new);
    }

    /// Two pictures of a character, in other clothes on another ground.
    private static byte[][] character(RandomGenerator random) {
        Portrait portrait = Portrait.forTraining(random);
        return new byte[][] {Avatars.draw(portrait), Avatars.draw(portrait.again(random))};
    }

    /// Those of the corpus; where there is none, generated ones.
    private static Some captions(Run run) {
        int most = run.configuration().clip().captions();
        List<Captioned> captions = new ArrayList<>();
        if (run.configuration().shards().corpus().isEmpty()) {
            for (int i = 0; i < most; i++)
                captions.add(captioned(Ops.random(run.configuration().seed(), "clip caption", i)));
            return new Some(captions, most - Math.min(ContrastiveTraining.VALIDATION, most / 4));
        }
        CorpusSample sample = CorpusSample.of(run);
        int scored = Math.min(sample.count() - sample.learned(), most / 4);
        int learned = Math.min(sample.learned(), most - scored);
        for (int i = 0; i < learned + scored; i++) {
            int at = i < learned
                    ? (int) ((long) i * sample.learned() / learned)
                    : sample.learned() + i - learned; // from one end of the corpus to the other
            captions.add(new Captioned(sample.captions().get(at), () -> sample.picture(at)));
        }
        return new Some(captions, learned);
    }

    private static Captioned captioned(RandomGenerator random) {
        return random.nextInt(3) == 0 ? scene(random) : portrait(random);
    }

    private static Captioned scene(RandomGenerator random) {
        List<Card> cards = new ArrayList<>();
        int count = random.nextInt(4) == 0 ? 2 : 1;
        while (cards.size() < count) {
            Thing thing = Options.pick(Thing.Split.TRAIN.things(), random);
            if (cards.stream().noneMatch(card -> card.thing().label().equals(thing.label()))) cards.add(Card.of(thing));
        }
        Scene scene = Scene.of(cards, count, random);
        boolean named = random.nextInt(4) == 0;
        String caption = SceneCaptions.document(
                scene, card -> named ? Names.random(random) : card.thing().label(), random);
        return new Captioned(caption, scene::draw);
    }

    private static Captioned portrait(RandomGenerator random) {
        Portrait portrait = Portrait.forTraining(random);
        String caption =
                switch (random.nextInt(10)) {
                    case 0, 1 -> Captions.document(Names.random(random), portrait, random);
                    case 2 -> Captions.canonical(portrait);
                    default -> Captions.of(portrait, random);
                };
        return new Captioned(caption, () -> Avatars.draw(portrait));
    }

    /// Vectors of all captions, kept in a file so that a run that goes on need not compute them again.
    private static float[] sentences(Run run, List<Captioned> captions) {
        Path kept = run.stage("clip").resolve("sentences.safetensors");
        if (Files.exists(kept)) return WeightFiles.read(kept).array("sentences").values();
        float[] all = new float[captions.size() * ClipModel.TEXT_WIDTH];
        try (var encoder = SentenceEncoder.open()) {
            for (int i = 0; i < captions.size() && !run.stopAsked().getAsBoolean(); i++) {
                float[] vector = encoder.encode(captions.get(i).caption);
                System.arraycopy(vector, 0, all, i * vector.length, vector.length);
            }
        }
        if (run.stopAsked().getAsBoolean()) return all;
        var array = new Weights.Array(new long[] {captions.size(), ClipModel.TEXT_WIDTH}, all);
        WeightFiles.write(kept, new Weights(Map.of("sentences", array), Map.of()), WeightFiles.Precision.F32);
        return all;
    }
}
