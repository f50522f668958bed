package dev.cm3leon.trainer.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.decoding.Guidance;
import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.Cm3Masking;
import dev.cm3leon.documents.DocumentLayout;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.TokenStream;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.trainer.avatars.Options;
import dev.cm3leon.trainer.torch.Ops;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Claims of the paper on what is learned, each on the smallest task that shows it: pictures of 2 x 2 codes
/// of 8 or 4 x 4 of 9, captions of one or two words, a model of two layers that learns for seconds.
class ToyClaimsTest {
    private static final int CODES = 8, WORDS = 4; // the first word's id
    private final Vocabulary vocabulary = new Vocabulary(24, CODES, 4);
    private final Grid grid = new Grid(2);
    private final DocumentLayout layout = new DocumentLayout(vocabulary, grid);
    private final Toy toy = Toy.of(vocabulary, grid, 32, 40);

    /// Eight shapes in eight colours on a ground, 4 x 4 cells, a bit each.
    private static final int[] SHAPES = {0xf99f, 0x0660, 0x6ff6, 0x9669, 0xff00, 0xcccc, 0x888f, 0xf666};

    /// Masked is what training masks: whole texts, whole pictures and parts of either. It is repeated with
    /// nothing forbidden, its end included. Also claim 28: one model draws and describes.
    @Test
    void claim27InfillingRepeatsAMemorisedSetAndClaim28OneModelDrawsAndDescribes() {
        var vocabulary = new Vocabulary(24, 1 + CODES, 4);
        Toy shapes = Toy.of(vocabulary, new Grid(4), 64, 40);
        var masking = new Cm3Masking(vocabulary, 1, 0.5);
        List<TokenStream> documents = new ArrayList<>(); // E t t B i..i E
        for (int shape = 0; shape < SHAPES.length; shape++)
            for (int colour = 1; colour <= CODES; colour++)
                documents.add(shapes.layout().standalone(painted(shape, colour)));

        Function<RandomGenerator, List<TokenStream>> some = random -> IntStream.range(0, 32)
                .mapToObj(i -> masking.maskWhole(Options.pick(documents, random), 40, random))
                .toList();
        shapes.learn(800, some, Map.of());

        var random = Ops.random(1, "masks", 0);
        int texts = 0, textsRepeated = 0, images = 0, imagesRepeated = 0;
        for (TokenStream document : documents) {
            assertThat(shapes.repeated(document, 4)).as("drawn").isEqualTo(document);
            for (int i = 0; i < 24; i++) {
                TokenStream masked = masking.maskWhole(document, 40, random);
                if (masked.length() != document.length() + 3) continue; // one span, which the rest determines
                int moved = masked.length() - 1;
                while (masked.ids()[moved - 1] != vocabulary.sentinel(0)) moved--;
                boolean repeated = shapes.repeated(masked, moved).equals(masked);
                if (vocabulary.isText(masked.ids()[moved])) {
                    texts++;
                    if (repeated) textsRepeated++;
                } else {
                    images++;
                    if (repeated) imagesRepeated++;
                }
            }
        }
        assertThat(texts).isGreaterThan(100);
        assertThat(textsRepeated).isGreaterThan((int) (0.97 * texts));
        assertThat(images).isGreaterThan(300);
        assertThat(imagesRepeated).isGreaterThan((int) (0.99 * images));
    }

    /// A colour's word and a shape's.
    private static CaptionedImage painted(int shape, int colour) {
        int[] codes = IntStream.range(0, 16)
                .map(cell -> (SHAPES[shape] >> cell & 1) * colour)
                .toArray();
        return new CaptionedImage(new int[] {WORDS + colour - 1, WORDS + CODES + shape}, codes);
    }

    /// Four captions of ten say something else than the picture shows. Guidance makes less of what they have in
    /// common with no caption.
    @Test
    void claim29GuidanceFollowsThePromptMore() {
        Function<RandomGenerator, List<TokenStream>> documents = random -> {
            List<TokenStream> some = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                int shown = random.nextInt(CODES);
                int other = (shown + 1 + random.nextInt(CODES - 1)) % CODES;
                int said = random.nextDouble() < 0.4 ? other : shown;
                some.add(
                        random.nextDouble() < 0.25
                                ? layout.withheldText(List.of(), plain(shown).codes())
                                : layout.standalone(new CaptionedImage(
                                        new int[] {WORDS + said}, plain(shown).codes())));
            }
            return some;
        };
        toy.learn(300, documents, Map.of());

        double[] right = new double[4];
        float[] without =
                toy.logits(layout.withheldText(List.of(), plain(0).codes()).slice(0, 3), 0);
        for (int word = 0; word < CODES; word++) {
            float[] with = toy.logits(layout.standalone(plain(word)).slice(0, 3), 0), mixed = new float[with.length];
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
        Function<RandomGenerator, List<TokenStream>> documents = random -> {
            List<TokenStream> some = new ArrayList<>();
            for (int i = 0; i < 24; i++)
                some.add(i % 4 == 0 ? layout.standalone(plain(random.nextInt(CODES))) : named(i % 3, random));
            return some;
        };
        var random = Ops.random(2, "unseen", 0);
        var plain = List.of(layout.standalone(plain(1)), layout.standalone(plain(6)));

        Map<String, Double> nats = toy.learn(
                        700,
                        documents,
                        Map.of("0", some(0, random), "1", some(1, random), "2", some(2, random), "plain", plain))
                .validate(0);

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

    private static double probability(float[] logits, int id) {
        double sum = 0;
        for (float logit : logits) sum += Math.exp((double) logit - logits[id]);
        return 1 / sum;
    }

    private List<TokenStream> some(int documents, RandomGenerator random) {
        List<TokenStream> some = new ArrayList<>();
        for (int i = 0; i < 32; i++) some.add(named(documents, random));
        return some;
    }
}
