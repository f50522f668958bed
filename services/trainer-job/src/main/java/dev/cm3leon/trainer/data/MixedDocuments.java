package dev.cm3leon.trainer.data;

import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.data.Drafts.Draft;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.transformer.Documents;
import dev.cm3leon.trainer.vq.VqModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Documents that are drawn as they are needed: portraits and scenes, with documents in front and without.
public final class MixedDocuments implements Documents {
    private static final int VALIDATION = 48;

    private final TrainingConfiguration.Mixture mixture;
    private final int batchTokens;
    private final int most; // documents in front
    private final long seed;
    private final VqModel vq;
    private final PortraitDocuments portraits;
    private final SceneDocuments scenes;

    public MixedDocuments(TrainingConfiguration configuration, BytePairEncoding encoding, VqModel vq) {
        this(configuration, configuration.mixture(), configuration.transformer().batchTokens(), encoding, vq);
    }

    public MixedDocuments(
            TrainingConfiguration configuration,
            TrainingConfiguration.Mixture mixture,
            int batchTokens,
            BytePairEncoding encoding,
            VqModel vq) {
        this.mixture = mixture;
        this.batchTokens = batchTokens;
        this.most = configuration.documents();
        this.seed = configuration.seed();
        this.vq = vq;
        Drafts drafts = Drafts.of(configuration, encoding);
        this.portraits = new PortraitDocuments(mixture, drafts);
        this.scenes = new SceneDocuments(mixture, drafts);
    }

    @Override
    public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
        int retrieved = random.nextDouble() < mixture.two() ? 2 : 1;
        List<Draft> without = new ArrayList<>(), with = new ArrayList<>();
        Drafts.fill(
                without,
                batchTokens * (1 - mixture.documents()),
                () -> random.nextDouble() < mixture.scenes() ? scenes.alone(random) : portraits.alone(random));
        Drafts.fill(
                with,
                batchTokens * mixture.documents(),
                () -> random.nextDouble() < mixture.retrievedScenes()
                        ? scenes.retrieved(retrieved, random)
                        : portraits.retrieved(retrieved, random));
        List<List<TokenStream>> groups = new ArrayList<>();
        if (!without.isEmpty()) groups.add(Drafts.streams(without, share, vq));
        if (!with.isEmpty()) groups.add(Drafts.streams(with, share, vq));
        return groups;
    }

    /// Captions, and characters and things never trained on with each kind of evidence that some training shows; each
    /// stream ends with the picture.
    @Override
    public Map<String, List<TokenStream>> validation() {
        var validation = new LinkedHashMap<String, List<TokenStream>>();
        validation.put("caption", some("caption", portraits::caption));
        for (Evidence evidence : Evidence.values()) {
            if (evidence.documents > most) continue;
            String name = evidence.name().toLowerCase(Locale.ROOT);
            validation.put(name, some("portrait", random -> portraits.stranger(evidence, random)));
            validation.put("scene_" + name, some("scene", random -> scenes.stranger(evidence, random)));
        }
        return validation;
    }

    /// The same characters and things for each kind of evidence.
    private List<TokenStream> some(String what, java.util.function.Function<RandomGenerator, Draft> next) {
        List<Draft> drafts = new ArrayList<>();
        for (int i = 0; i < VALIDATION; i++) drafts.add(next.apply(Ops.random(seed, "validation " + what, i)));
        return Drafts.streams(drafts, WorkerShare.WHOLE, vq);
    }
}
