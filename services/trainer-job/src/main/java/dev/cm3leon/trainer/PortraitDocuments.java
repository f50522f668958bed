package dev.cm3leon.trainer;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.Cm3Masking;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Captions;
import dev.cm3leon.trainer.avatars.Identity;
import dev.cm3leon.trainer.avatars.Look;
import dev.cm3leon.trainer.avatars.Names;
import dev.cm3leon.trainer.avatars.Portrait;
import dev.cm3leon.trainer.bpe.BytePairEncoding;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Share;
import dev.cm3leon.trainer.transformer.Documents;
import dev.cm3leon.trainer.vq.VqModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Portraits and named characters as CM3 documents, without end.
///
/// A named character is a fresh name for a fresh identity each time, and its query never says what belongs to the
/// identity: that can only be read off the document in front, so the model learns to look rather than to remember.
final class PortraitDocuments implements Documents {
    private static final int VALIDATION = 48;

    private final TrainingConfiguration.Mixture mixture;
    private final int batchTokens;
    private final int longestCaption;
    private final long seed;
    private final BytePairEncoding encoding;
    private final VqModel vq;
    private final Vocabulary vocabulary;
    private final DocumentLayout layout;
    private final Cm3Masking masking;

    PortraitDocuments(TrainingConfiguration configuration, BytePairEncoding encoding, VqModel vq) {
        this.mixture = configuration.mixture();
        this.batchTokens = configuration.transformer().batchTokens();
        this.longestCaption = configuration.bpe().longestCaption();
        this.seed = configuration.seed();
        this.encoding = encoding;
        this.vq = vq;
        this.vocabulary = vocabulary(configuration, encoding);
        this.layout = new DocumentLayout(vocabulary, new Grid(vq.configuration().grid()));
        this.masking = Cm3Masking.of(vocabulary);
    }

    static Vocabulary vocabulary(TrainingConfiguration configuration, BytePairEncoding encoding) {
        return new Vocabulary(
                encoding.size(),
                configuration.vq().codes(),
                configuration.transformer().sentinels());
    }

    /// What is to become a stream once its portraits are codes: the portraits, the length, and how it is laid out.
    private record Draft(List<Portrait> portraits, int tokens, Function<List<int[]>, TokenStream> lay) {}

    @Override
    public List<List<TokenStream>> step(long step, Share share, RandomGenerator random) {
        int retrieved = random.nextDouble() < mixture.two() ? 2 : 1;
        List<Draft> without = new ArrayList<>(), with = new ArrayList<>();
        fill(without, batchTokens * (1 - mixture.documents()), () -> draftWithoutDocuments(random));
        fill(with, batchTokens * mixture.documents(), () -> draftWithDocuments(retrieved, random));
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
            longest = Math.max(longest, draft.tokens);
            if (!drafts.isEmpty() && longest * (drafts.size() + 1) > tokens) return;
            drafts.add(draft);
        }
    }

    /// Only this share's portraits are drawn and made into codes. The other drafts are laid out with blank ones, since
    /// laying out may draw on the randomness that all shares have in common.
    private List<TokenStream> streams(List<Draft> drafts, Share share) {
        List<Draft> mine = share.of(drafts);
        byte[][] pictures = mine.stream()
                .flatMap(draft -> draft.portraits.stream())
                .map(Avatars::draw)
                .toArray(byte[][]::new);
        int[][] codes = mine.isEmpty() ? new int[0][] : vq.codes(pictures);
        int[] blank = new int[vq.configuration().cells()];
        List<TokenStream> streams = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < drafts.size(); i++) {
            Draft draft = drafts.get(i);
            int portraits = draft.portraits.size();
            if (share.has(i)) {
                streams.add(draft.lay.apply(List.of(codes).subList(at, at + portraits)));
                at += portraits;
            } else draft.lay.apply(Collections.nCopies(portraits, blank));
        }
        return streams;
    }

    private Draft draftWithoutDocuments(RandomGenerator random) {
        Portrait portrait = Portrait.forTraining(random);
        double kind = random.nextDouble();
        if ((kind -= mixture.captioning()) < 0) {
            return random.nextDouble() < 0.7
                    ? answered(Texts.DESCRIBE, Captions.canonical(portrait), portrait)
                    : answered("", Captions.of(portrait, random), portrait);
        }
        if ((kind -= mixture.questions()) < 0) {
            var questions = Captions.questions(portrait, random);
            var question = questions.get(random.nextInt(questions.size()));
            return answered(Texts.question(question.question()), question.answer(), portrait);
        }
        if ((kind -= mixture.spans()) < 0) {
            int[] text = text(() -> Captions.of(portrait, random));
            return draft(
                    List.of(portrait),
                    text.length + 12,
                    codes -> masking.maskWhole(layout.standalone(new CaptionedImage(text, codes.getFirst())), random));
        }
        boolean stranger = kind < mixture.strangers();
        if (random.nextDouble() < mixture.withheldCaption())
            return draft(List.of(portrait), 1, codes -> layout.withheldText(List.of(), codes.getFirst()));
        int[] text = text(() ->
                stranger ? Captions.named(Names.random(random), portrait, random) : Captions.of(portrait, random));
        return draft(
                List.of(portrait), text.length, codes -> layout.standalone(new CaptionedImage(text, codes.getFirst())));
    }

    /// `E instruction S0 B I E S0 answer eoss`: captioning and questions as infilling.
    private Draft answered(String instruction, String answer, Portrait portrait) {
        int[] asked = encoding.encode(instruction), answered = encoding.encode(answer);
        return draft(List.of(portrait), asked.length + answered.length + 3, codes -> {
            TokenStream picture = layout.withheldText(List.of(), codes.getFirst()); // E S0 B I E
            return new TokenStream.Builder()
                    .append(vocabulary.eos())
                    .append(asked)
                    .append(picture, 1, picture.length())
                    .append(vocabulary.sentinel(0))
                    .append(answered)
                    .append(vocabulary.eoss())
                    .build();
        });
    }

    private Draft draftWithDocuments(int count, RandomGenerator random) {
        Portrait portrait = Portrait.forTraining(random);
        boolean described = random.nextDouble() < mixture.described();
        String name = Names.random(random);
        List<Shown> documents = new ArrayList<>();
        if (!described) documents.add(document(name, portrait.again(random), random));
        while (documents.size() < count) {
            Portrait other = described && random.nextBoolean() ? near(portrait, random) : Portrait.forTraining(random);
            documents.add(document(Names.random(random), other, random));
        }
        Collections.shuffle(documents, new java.util.Random(random.nextLong()));
        int[] query = text(() -> described ? Captions.of(portrait, random) : Captions.named(name, portrait, random));
        int withheld = random.nextDouble() >= mixture.withheldCaption() ? 0 : random.nextInt(1, 3);
        return retrieved(documents, query, portrait, withheld);
    }

    /// @param withheld 0: the query is said; 1: a sentinel stands for it; 2: nothing does, as the unconditional
    /// stream of guidance sees it where documents are kept
    private Draft retrieved(List<Shown> documents, int[] query, Portrait portrait, int withheld) {
        List<Portrait> portraits =
                new ArrayList<>(documents.stream().map(Shown::portrait).toList());
        portraits.add(portrait);
        int text = query.length
                + documents.stream().mapToInt(shown -> shown.text.length).sum();
        return draft(portraits, text, codes -> {
            List<CaptionedImage> images = new ArrayList<>();
            for (int i = 0; i < documents.size(); i++)
                images.add(new CaptionedImage(documents.get(i).text, codes.get(i)));
            int[] drawn = codes.getLast();
            return switch (withheld) {
                case 0 -> layout.retrievalAugmented(images, new CaptionedImage(query, drawn));
                case 1 -> layout.withheldText(images, drawn);
                default -> withoutSentinel(layout.withheldText(images, drawn));
            };
        });
    }

    /// `... B S0 B I E` to `... B I E`.
    private TokenStream withoutSentinel(TokenStream stream) {
        int at = 0;
        while (stream.ids()[at] != vocabulary.sentinel(0)) at++;
        return stream.slice(0, at).then(stream.slice(at + 2, stream.length()));
    }

    private record Shown(int[] text, Portrait portrait) {}

    private Shown document(String name, Portrait portrait, RandomGenerator random) {
        return new Shown(text(() -> Captions.document(name, portrait, random)), portrait);
    }

    private Draft draft(List<Portrait> portraits, int text, Function<List<int[]>, TokenStream> lay) {
        int pictures = portraits.size() * (vq.configuration().cells() + 2);
        return new Draft(portraits, text + pictures + 1, lay);
    }

    private int[] text(Supplier<String> caption) {
        for (int attempt = 0; attempt < 1000; attempt++) {
            int[] ids = encoding.encode(caption.get().stripTrailing());
            if (ids.length <= longestCaption) return ids;
        }
        throw new IllegalStateException("no caption has at most bpe.longest_caption = " + longestCaption
                + " tokens with bpe.vocabulary = " + encoding.size());
    }

    /// Someone who looks much like this, as a search by caption would find: each option is kept or drawn again.
    private static Portrait near(Portrait portrait, RandomGenerator random) {
        while (true) {
            Identity i = portrait.identity(), j = Identity.random(random);
            Look l = portrait.look(), m = Look.random(random);
            var near = new Portrait(
                    new Identity(
                            kept(random) ? i.hair() : j.hair(),
                            kept(random) ? i.length() : j.length(),
                            kept(random) ? i.hairColour() : j.hairColour(),
                            kept(random) ? i.skin() : j.skin(),
                            kept(random) ? i.beard() : j.beard()),
                    new Look(
                            kept(random) ? l.clothes() : m.clothes(),
                            kept(random) ? l.clothesColour() : m.clothesColour(),
                            kept(random) ? l.background() : m.background(),
                            kept(random) ? l.eyes() : m.eyes()));
            if (!near.withheld() && !near.identity().heldOut()) return near;
        }
    }

    private static boolean kept(RandomGenerator random) {
        return random.nextDouble() < 0.6;
    }

    /// New characters with the right document, none and a wrong one, and captions; each stream ends with the picture.
    @Override
    public Map<String, List<TokenStream>> validation() {
        RandomGenerator random = Ops.random(seed, "pretrain validation", 0);
        List<Draft> right = new ArrayList<>(),
                none = new ArrayList<>(),
                wrong = new ArrayList<>(),
                captions = new ArrayList<>();
        for (int i = 0; i < VALIDATION; i++) {
            Portrait portrait = stranger(random), other = stranger(random);
            String name = Names.heldOut(random);
            int[] query = text(() -> Captions.named(name, portrait, random));
            right.add(retrieved(List.of(document(name, portrait.again(random), random)), query, portrait, 0));
            none.add(retrieved(List.of(), query, portrait, 0));
            wrong.add(retrieved(List.of(document(Names.heldOut(random), other, random)), query, portrait, 0));
            Portrait described = Portrait.forTraining(random);
            captions.add(retrieved(List.of(), text(() -> Captions.complete(described, random)), described, 0));
        }
        var validation = new LinkedHashMap<String, List<TokenStream>>();
        validation.put("caption", streams(captions, Share.WHOLE));
        validation.put("right", streams(right, Share.WHOLE));
        validation.put("none", streams(none, Share.WHOLE));
        validation.put("wrong", streams(wrong, Share.WHOLE));
        return validation;
    }

    /// A character that training never draws.
    private static Portrait stranger(RandomGenerator random) {
        while (true) {
            Portrait portrait = Portrait.random(random);
            if (portrait.identity().heldOut() && !portrait.withheld()) return portrait;
        }
    }
}
