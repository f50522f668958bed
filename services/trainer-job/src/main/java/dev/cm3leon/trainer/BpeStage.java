package dev.cm3leon.trainer;

import dev.cm3leon.documents.TextTasks;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Edit;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.CorpusSample;
import dev.cm3leon.trainer.data.Words;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.scenes.Card;
import dev.cm3leon.trainer.scenes.Scene;
import dev.cm3leon.trainer.scenes.SceneCaptions;
import dev.cm3leon.trainer.scenes.SceneEdit;
import dev.cm3leon.trainer.scenes.Thing;
import dev.cm3leon.trainer.torch.Ops;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/// Learns the text tokenizer from captions, or takes that of the base, and lists the captions' words.
final class BpeStage {
    private static final String NOBODY = "Zzyzx"; // stands for a name where words are collected

    private BpeStage() {}

    static boolean run(Run run) {
        var file = run.tokenizer();
        if (Files.exists(file)) return true;
        if (!run.baseIsThrough("bpe", BpeStage::run)) return false;
        TrainingConfiguration configuration = run.configuration();
        List<String> captions = new ArrayList<>();
        var words = new TreeSet<String>();
        if (configuration.shards().corpus().isEmpty()) addGenerated(configuration, captions, words);
        else addCorpus(CorpusSample.of(run), configuration.bpe().captions(), captions, words);
        TrainingConfiguration.Bpe settings = configuration.bpe();
        var encoding = run.base()
                .map(BpeStage::finished)
                .orElseGet(() -> BytePairEncoding.train(
                        captions, BytePairEncoding.SPECIALS, settings.vocabulary(), settings.cuts()));
        Words.write(run.stage("bpe"), words);
        Run.write(file, encoding.json());
        return true;
    }

    private static void addCorpus(CorpusSample sample, int most, List<String> captions, TreeSet<String> words) {
        int learned = sample.learned(), some = Math.min(most, learned);
        for (int i = 0; i < some; i++) captions.add(sample.captions().get((int) ((long) i * learned / some)));
        for (String caption : sample.captions().subList(0, learned)) Words.add(caption, words);
    }

    private static void addGenerated(
            TrainingConfiguration configuration, List<String> captions, TreeSet<String> words) {
        RandomGenerator random = Ops.random(configuration.seed(), "bpe", 0);
        while (captions.size() < configuration.bpe().captions()) {
            Portrait portrait = Portrait.forTraining(random);
            List<String> plain = new ArrayList<>();
            plain.add(Captions.of(portrait, random));
            plain.add(Captions.of(portrait, random));
            plain.add(Captions.canonical(portrait));
            plain.add(TextTasks.DESCRIBE);
            for (Captions.QuestionAnswer question : Captions.questions(portrait, random)) {
                if (random.nextInt(4) > 0) continue;
                plain.add(TextTasks.question(question.question()));
                plain.add(question.answer());
            }
            if (configuration.mixture().edits() > 0)
                plain.add(Edit.random(portrait, random).instruction());
            if (configuration.mixture().scenes() > 0) addScenes(captions, plain, random);
            captions.addAll(plain);
            captions.add(Captions.named(Names.random(random), portrait, random));
            captions.add(Captions.document(Names.random(random), portrait, random));
            plain.add(Captions.named(NOBODY, portrait, random));
            for (String caption : plain) Words.add(caption, words);
        }
        words.remove(NOBODY.toLowerCase(Locale.ROOT));
    }

    /// What is said of scenes. Labels of things are learned as names are, not known as words: a prompt that says one
    /// asks for a document that has it.
    private static void addScenes(List<String> captions, List<String> plain, RandomGenerator random) {
        List<Card> cards = new ArrayList<>();
        for (int i = 0; i < 2; i++) cards.add(Card.of(Options.pick(Thing.Split.TRAIN.things(), random)));
        Scene scene = Scene.of(cards.subList(0, 1 + random.nextInt(2)), 2, random);
        captions.add(SceneCaptions.canonical(scene));
        captions.add(SceneCaptions.named(scene, card -> Names.random(random), random));
        plain.add(SceneCaptions.named(scene, card -> NOBODY, random));
        plain.add(SceneEdit.random(scene, random).instruction());
        for (Captions.QuestionAnswer question : SceneCaptions.questions(scene, random)) {
            if (random.nextInt(4) > 0) continue;
            plain.add(TextTasks.question(question.question()));
            plain.add(question.answer());
        }
        captions.add(TextTasks.question(SceneCaptions.what(scene, random).question()));
    }

    static BytePairEncoding finished(Run run) {
        try {
            return BytePairEncoding.parse(Files.readString(run.tokenizer()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
