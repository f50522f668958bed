package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.Cm3Masking;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.transformer.Documents;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// What supervised fine-tuning sees of public datasets: as [InstructionDocuments], of [TaskCorpus]es.
public final class TaskDocuments implements Documents {
    private static final int VALIDATION = 16;

    private final Map<String, TaskCorpus> corpora;
    private final Balance balance;
    private final int batchTokens;
    private final int longest;
    private final Cm3Masking masking;

    /// @param corpora by the names of their tasks, each with examples
    /// @param batchTokens of a step, padding included
    /// @param longest stream
    public TaskDocuments(Map<String, TaskCorpus> corpora, int batchTokens, int longest, Cm3Masking masking) {
        this.corpora = corpora;
        var sizes = new TreeMap<String, Long>();
        corpora.forEach((name, corpus) -> sizes.put(name, (long) corpus.size(true)));
        this.balance = new Balance(sizes);
        this.batchTokens = batchTokens;
        this.longest = longest;
        this.masking = masking;
    }

    @Override
    public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
        List<TokenStream> all = new ArrayList<>();
        int most = 0;
        while (true) {
            TokenStream next = example(random);
            most = Math.max(most, next.length());
            if (!all.isEmpty() && most * (all.size() + 1) > batchTokens) return List.of(share.of(all));
            all.add(next);
        }
    }

    /// Half of them asked for as the platform asks, the rest with random CM3 spans, as all training.
    private TokenStream example(RandomGenerator random) {
        TaskCorpus corpus = Objects.requireNonNull(corpora.get(balance.pick(random)));
        int which = random.nextInt(corpus.size(true));
        int wording = random.nextInt(corpus.wordings());
        if (random.nextBoolean()) return corpus.get(true, which, wording, true);
        return masking.maskWhole(corpus.get(true, which, wording, false), longest, random);
    }

    /// Of each dataset, examples about pictures that training never shows.
    @Override
    public Map<String, List<TokenStream>> validation() {
        var validation = new LinkedHashMap<String, List<TokenStream>>();
        corpora.forEach((name, corpus) -> {
            int all = corpus.size(false), wanted = Math.min(VALIDATION, all);
            List<TokenStream> held = new ArrayList<>();
            for (int i = 0; i < wanted; i++)
                held.add(corpus.get(false, ShardDocuments.place(i, wanted, all), i % corpus.wordings(), true));
            if (!held.isEmpty()) validation.put(name, held);
        });
        return validation;
    }
}
