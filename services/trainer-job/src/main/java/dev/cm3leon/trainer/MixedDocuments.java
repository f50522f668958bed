package dev.cm3leon.trainer;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.Drafts.Draft;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Share;
import dev.cm3leon.trainer.transformer.Documents;
import dev.cm3leon.trainer.vq.VqModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Everything the transformer is trained on: portraits and scenes, with documents in front and without.
final class MixedDocuments implements Documents {
    private static final int VALIDATION = 48;

    private final TrainingConfiguration.Mixture mixture;
    private final int batchTokens;
    private final long seed;
    private final VqModel vq;
    private final PortraitDocuments portraits;
    private final SceneDocuments scenes;

    MixedDocuments(TrainingConfiguration configuration, BytePairEncoding encoding, VqModel vq) {
        this(configuration, configuration.mixture(), encoding, vq);
    }

    MixedDocuments(
            TrainingConfiguration configuration,
            TrainingConfiguration.Mixture mixture,
            BytePairEncoding encoding,
            VqModel vq) {
        this.mixture = mixture;
        this.batchTokens = configuration.transformer().batchTokens();
        this.seed = configuration.seed();
        this.vq = vq;
        var drafts = new Drafts(
                encoding,
                new Grid(vq.configuration().grid()),
                configuration.bpe().longestCaption(),
                configuration.objective().masking(vocabulary(configuration, encoding)));
        this.portraits = new PortraitDocuments(mixture, drafts);
        this.scenes = new SceneDocuments(mixture, drafts);
    }

    static Vocabulary vocabulary(TrainingConfiguration configuration, BytePairEncoding encoding) {
        return new Vocabulary(
                encoding.size(),
                configuration.vq().codes(),
                configuration.transformer().sentinels());
    }

    @Override
    public List<List<TokenStream>> step(long step, Share share, RandomGenerator random) {
        int retrieved = random.nextDouble() < mixture.two() ? 2 : 1;
        List<Draft> without = new ArrayList<>(), with = new ArrayList<>();
        fill(
                without,
                batchTokens * (1 - mixture.documents()),
                () -> random.nextDouble() < mixture.scenes() ? scenes.alone(random) : portraits.alone(random));
        fill(
                with,
                batchTokens * mixture.documents(),
                () -> random.nextDouble() < mixture.retrievedScenes()
                        ? scenes.retrieved(retrieved, random)
                        : portraits.retrieved(retrieved, random));
        List<List<TokenStream>> groups = new ArrayList<>();
        if (!without.isEmpty()) groups.add(streams(without, share));
        if (!with.isEmpty()) groups.add(streams(with, share));
        return groups;
    }

    /// Adds drafts while they fit, padded to the longest, and at least one.
    private static void fill(List<Draft> drafts, double tokens, Supplier<Draft> next) {
        int longest = 0;
        while (tokens > 0) {
            Draft draft = next.get();
            longest = Math.max(longest, draft.tokens());
            if (!drafts.isEmpty() && longest * (drafts.size() + 1) > tokens) return;
            drafts.add(draft);
        }
    }

    /// Only this share's pictures are made into codes. The other drafts are laid out with blank ones, since laying out
    /// may draw on the randomness that all shares have in common.
    private List<TokenStream> streams(List<Draft> drafts, Share share) {
        byte[][] pictures = share.of(drafts).stream()
                .flatMap(draft -> draft.pictures().stream())
                .toArray(byte[][]::new);
        int[][] codes = pictures.length == 0 ? new int[0][] : vq.codes(pictures);
        int[] blank = new int[vq.configuration().cells()];
        List<TokenStream> streams = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < drafts.size(); i++) {
            Draft draft = drafts.get(i);
            int count = draft.pictures().size();
            if (share.has(i)) {
                streams.add(draft.lay().apply(List.of(codes).subList(at, at + count)));
                at += count;
            } else draft.lay().apply(Collections.nCopies(count, blank));
        }
        return streams;
    }

    /// Captions, and characters and things never trained on with each kind of evidence; each stream ends with the
    /// picture.
    @Override
    public Map<String, List<TokenStream>> validation() {
        var validation = new LinkedHashMap<String, List<TokenStream>>();
        validation.put("caption", some("caption", portraits::caption));
        for (Evidence evidence : Evidence.values()) {
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
        return streams(drafts, Share.WHOLE);
    }
}
