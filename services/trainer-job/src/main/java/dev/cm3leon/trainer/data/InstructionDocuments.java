package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.Instruction;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.Drafts.Draft;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.transformer.Documents;
import dev.cm3leon.trainer.vq.VqModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/// What supervised fine-tuning sees (section 4 of the paper): datasets of [Instruction]s in their [Balance].
/// An example is the same whenever it comes; what is masked of it is not.
public final class InstructionDocuments implements Documents {
    private static final int VALIDATION = 16;
    private static final int WORDS = 1000; // examples of a dataset whose words are listed: they say the same again

    private final Balance balance;
    private final double favourites;
    private final int batchTokens;
    private final int longest;
    private final long seed;
    private final VqModel vq;
    private final Drafts drafts;

    /// @param batchTokens of a step, padding included
    public InstructionDocuments(
            TrainingConfiguration configuration,
            TrainingConfiguration.Finetune settings,
            int batchTokens,
            BytePairEncoding encoding,
            VqModel vq) {
        this.balance = new Balance(settings.examples());
        this.favourites = settings.favourites();
        this.batchTokens = batchTokens;
        this.longest = configuration.transformer().context() + 1;
        this.seed = configuration.seed();
        this.vq = vq;
        this.drafts = Drafts.of(configuration, encoding);
    }

    @Override
    public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
        List<Draft> some = new ArrayList<>();
        Drafts.fill(some, batchTokens, () -> draft(random));
        return List.of(Drafts.streams(some, share, vq));
    }

    /// An example that fits into the context.
    private Draft draft(RandomGenerator random) {
        for (int attempt = 0; attempt < 1000; attempt++) {
            Instruction instruction = dataset(random);
            long which = random.nextLong(balance.sizes().getOrDefault(instruction.label(), 1L));
            Example example = example(instruction, which, favourites, seed);
            Draft draft = drafts.masked(instruction.task, example, random);
            if (draft.tokens() <= longest) return draft;
        }
        throw new RefusedException("no example of finetune.examples fits into transformer.context");
    }

    private static Example example(Instruction dataset, long which, double favourites, long seed) {
        return Example.of(dataset, true, favourites, Ops.random(seed, dataset.label(), which));
    }

    /// The words that examples are asked for or told with. What they draw is none of them: labels of things are learned
    /// as names are.
    public static SortedSet<String> words(long seed, TrainingConfiguration.Finetune settings) {
        var words = new TreeSet<String>();
        settings.examples().forEach((name, count) -> {
            Instruction dataset = Instruction.named(name);
            Words.add(dataset.task.words(), words);
            for (long which = 0; which < Math.min(WORDS, count); which++)
                Words.add(example(dataset, which, settings.favourites(), seed).instruction(dataset.task), words);
        });
        return words;
    }

    Instruction dataset(RandomGenerator random) {
        return Instruction.named(balance.pick(random));
    }

    /// Of each dataset, examples of characters and things that training never shows.
    @Override
    public Map<String, List<TokenStream>> validation() {
        var validation = new LinkedHashMap<String, List<TokenStream>>();
        for (String name : balance.sizes().keySet()) {
            Instruction instruction = Instruction.named(name);
            List<Draft> held = new ArrayList<>();
            for (int i = 0; i < VALIDATION; i++) {
                RandomGenerator random = Ops.random(seed, "validation " + name, i);
                Draft draft = drafts.unmasked(instruction.task, Example.of(instruction, false, 0, random));
                if (draft.tokens() <= longest) held.add(draft);
            }
            if (!held.isEmpty()) validation.put(name, Drafts.streams(held, WorkerShare.WHOLE, vq));
        }
        return validation;
    }
}
