package dev.cm3leon.trainer.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.decoding.Guidance;
import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.torch.Device;
import dev.cm3leon.trainer.torch.Ops;
import dev.cm3leon.trainer.torch.Parameters;
import dev.cm3leon.trainer.torch.Schedule;
import dev.cm3leon.trainer.torch.WorkerShare;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.Test;

/// Claims of the paper on what is learned, each on the smallest task that shows it: pictures of 2 x 2 codes of
/// 8, captions of one or two words, a model of two layers that learns for seconds.
class ToyClaimsTest {
    private static final int CODES = 8, WORDS = 4; // the first word's id
    private final Vocabulary vocabulary = new Vocabulary(24, CODES, 4);
    private final Grid grid = new Grid(2);
    private final DocumentLayout layout = new DocumentLayout(vocabulary, grid);
    private final TransformerModel model = new TransformerModel(
            new TransformerConfiguration(32, 2, 4, 40, vocabulary, 2), Ops.random(1, "toy", 0), false);

    /// Also claim 28: one model draws and describes.
    @Test
    void claim27InfillingRepeatsAMemorisedSetAndClaim28OneModelDrawsAndDescribes() {
        var random = Ops.random(1, "pairs", 0);
        List<CaptionedImage> pairs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int[] codes = random.ints(4, 0, CODES).toArray();
            pairs.add(new CaptionedImage(new int[] {WORDS + i % 4, WORDS + 4 + i / 4}, codes));
        }

        learn(400, once -> pairs.stream()
                .map(pair -> switch (once.nextInt(3)) {
                    case 0 -> layout.standalone(pair);
                    case 1 -> ended(describing(pair), pair.text());
                    default -> region(pair, true);
                })
                .toList());

        for (CaptionedImage pair : pairs) {
            TokenStream drawing = layout.standalone(pair).slice(0, 4); // E T B
            assertThat(codes(greedy(drawing, 4, vocabulary::isImage, 0), 4)).isEqualTo(pair.codes());
            assertThat(greedy(describing(pair), 2, vocabulary::isText, -1)).isEqualTo(pair.text());
            TokenStream gap = region(pair, false);
            assertThat(codes(greedy(gap, 2, vocabulary::isImage, 1), 2))
                    .containsExactly(pair.codes()[1], pair.codes()[2]);
        }
    }

    /// Four captions of ten say something else than the picture shows. Guidance makes less of what they have in
    /// common with no caption.
    @Test
    void claim29GuidanceFollowsThePromptMore() {
        learn(300, random -> {
            List<TokenStream> some = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                int shown = random.nextInt(CODES);
                int said = random.nextDouble() < 0.4 ? random.nextInt(CODES) : shown;
                some.add(
                        random.nextDouble() < 0.25
                                ? layout.withheldText(List.of(), plain(shown).codes())
                                : layout.standalone(new CaptionedImage(
                                        new int[] {WORDS + said}, plain(shown).codes())));
            }
            return some;
        });

        double[] right = new double[4];
        float[] without =
                logits(layout.withheldText(List.of(), plain(0).codes()).slice(0, 3), 0);
        for (int word = 0; word < CODES; word++) {
            float[] with = logits(layout.standalone(plain(word)).slice(0, 3), 0), mixed = new float[with.length];
            for (int scale : new int[] {1, 3}) {
                Guidance.mix(with, without, with.length, scale, mixed);
                right[scale] += probability(mixed, vocabulary.image(word)) / CODES;
            }
        }

        assertThat(right[1]).isBetween(0.4, 0.85); // as the captions are
        assertThat(right[3]).isGreaterThan(0.95);
    }

    /// Two names stand for a colour each that is new every time: what the documents do not tell cannot be
    /// known.
    @Test
    void claim30DocumentsHelpMoreOfThemHelpMoreAndNoneIsNeededForWhatIsKnown() {
        var training = learn(700, random -> {
            List<TokenStream> some = new ArrayList<>();
            for (int i = 0; i < 24; i++)
                some.add(i % 4 == 0 ? layout.standalone(plain(random.nextInt(CODES))) : named(i % 3, random));
            return some;
        });

        Map<String, Double> nats = training.validate(0);

        double none = nats.getOrDefault("nll_image_0", 0.0), one = nats.getOrDefault("nll_image_1", 9.0);
        assertThat(none).isGreaterThan(0.9); // half of ln 8: the first cell of each colour is a guess
        assertThat(one).isLessThan(0.75 * none);
        assertThat(nats.get("nll_image_2")).isLessThan(0.6 * one);
        assertThat(nats.get("nll_image_plain")).isLessThan(0.1);
    }

    /// One word that says the one colour.
    private static CaptionedImage plain(int code) {
        return new CaptionedImage(new int[] {WORDS + code}, new int[] {code, code, code, code});
    }

    /// Two names, a row of their colours, and the documents of the first ones in front.
    private TokenStream named(int documents, RandomGenerator random) {
        int[] names = {WORDS + 8 + random.nextInt(6), WORDS + 14 + random.nextInt(6)};
        int[] colours = {random.nextInt(CODES), random.nextInt(CODES)};
        List<CaptionedImage> before = new ArrayList<>();
        for (int i = 0; i < documents; i++)
            before.add(
                    new CaptionedImage(new int[] {names[i]}, plain(colours[i]).codes()));
        int[] rows = {colours[0], colours[0], colours[1], colours[1]};
        return layout.retrievalAugmented(before, new CaptionedImage(names, rows));
    }

    /// `E S0 B I E S0`
    private TokenStream describing(CaptionedImage pair) {
        return new TokenStream.Builder()
                .append(layout.withheldText(List.of(), pair.codes()))
                .append(vocabulary.sentinel(0))
                .build();
    }

    private TokenStream ended(TokenStream prompt, int[] answer) {
        return new TokenStream.Builder()
                .append(prompt)
                .append(answer)
                .append(vocabulary.eoss())
                .build();
    }

    /// `E T B i S0 i E S0`, and where it is answered the two cells in the middle and their end.
    private TokenStream region(CaptionedImage pair, boolean answered) {
        TokenStream whole = layout.standalone(pair); // E t t B i i i i E
        var stream = new TokenStream.Builder()
                .append(whole, 0, 5)
                .append(vocabulary.sentinel(0))
                .append(whole, 7, 9)
                .append(vocabulary.sentinel(0));
        if (answered) stream.append(whole, 5, 7).append(vocabulary.eoss());
        return stream.build();
    }

    /// The most probable of the ids that are allowed, one after the other.
    ///
    /// @param cell of the first one, -1 for text
    private int[] greedy(TokenStream prompt, int count, IntPredicate allowed, int cell) {
        int[] ids = new int[count];
        TokenStream stream = prompt;
        for (int i = 0; i < count; i++) {
            int place = cell < 0 ? -1 : cell + i;
            float[] logits = logits(stream, place);
            int best = -1;
            for (int id = 0; id < logits.length; id++)
                if (allowed.test(id) && (best < 0 || logits[id] > logits[best])) best = id;
            ids[i] = best;
            stream =
                    new TokenStream.Builder().append(stream).append(best, place).build();
        }
        return ids;
    }

    /// Logits (V) of what follows.
    ///
    /// @param cell of the token that follows, -1 for none
    private float[] logits(TokenStream stream, int cell) {
        var longer = new TokenStream.Builder().append(stream).append(0, cell).build();
        try (var scope = new PointerScope();
                var guard = new NoGradGuard()) {
            Batch batch = Batch.of(List.of(longer), vocabulary, grid, LossWeights.EQUAL, Device.CPU);
            return Parameters.toArray(
                    model.forward(batch.ids(), batch.rows(), batch.columns()).select(1, stream.length() - 1L));
        }
    }

    private int[] codes(int[] ids, int count) {
        int[] codes = new int[count];
        for (int i = 0; i < count; i++) codes[i] = vocabulary.code(ids[i]);
        return codes;
    }

    private static double probability(float[] logits, int id) {
        double sum = 0;
        for (float logit : logits) sum += Math.exp((double) logit - logits[id]);
        return 1 / sum;
    }

    private Pretraining learn(int steps, Function<RandomGenerator, List<TokenStream>> make) {
        var documents = new Documents() {
            @Override
            public List<List<TokenStream>> step(long step, WorkerShare share, RandomGenerator random) {
                return List.of(share.of(make.apply(random)));
            }

            /// Names by how many documents there are; only asked for where they are learned.
            @Override
            public Map<String, List<TokenStream>> validation() {
                var random = Ops.random(2, "unseen", 0);
                var plain = List.of(layout.standalone(plain(1)), layout.standalone(plain(6)));
                return Map.of("0", some(0, random), "1", some(1, random), "2", some(2, random), "plain", plain);
            }
        };
        var training = new Pretraining(model, documents, 1, new Schedule(5e-3, 20, steps / 2, steps, 0.1), 0);
        for (int step = 0; step < steps; step++) {
            try (var scope = new PointerScope()) {
                training.step(step);
            }
        }
        return training;
    }

    private List<TokenStream> some(int documents, RandomGenerator random) {
        List<TokenStream> some = new ArrayList<>();
        for (int i = 0; i < 32; i++) some.add(named(documents, random));
        return some;
    }
}
