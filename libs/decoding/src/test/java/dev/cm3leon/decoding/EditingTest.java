package dev.cm3leon.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.Prompt;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.PromptPart;
import dev.cm3leon.documents.PromptPart.Image;
import dev.cm3leon.documents.PromptPart.ImageGap;
import dev.cm3leon.documents.PromptPart.ImageHole;
import dev.cm3leon.documents.PromptPart.Text;
import dev.cm3leon.documents.PromptPart.TextHole;
import dev.cm3leon.documents.Target;
import dev.cm3leon.documents.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Infilling of regions and texts, editing with three streams, and what each modality is sampled with.
class EditingTest {
    private static final int CELLS = 16;
    private final Vocabulary vocabulary = new Vocabulary(20, 8, 4);
    private final PromptLayout layout = PromptLayout.of(vocabulary, new Grid(4), 128);
    private final Random random = new Random(11);

    @Test
    void cellsOutsideTheMaskStayBitEqual() {
        for (int i = 0; i < 2_000; i++) {
            int[] codes = random.ints(CELLS, 0, 8).toArray();
            int[] cells = IntStream.range(0, CELLS)
                    .filter(c -> random.nextInt(3) == 0)
                    .toArray();
            if (cells.length == 0) continue;
            Prompt prompt = layout.lay(List.of(), List.of(new Text(new int[] {5}), new ImageGap(codes, cells)), 1);

            CandidateDecoder candidate = decode(prompt.target(), Samplings.topP(1, 0.9, 2), i);

            PromptPart filled =
                    prompt.target().fill(candidate.ids(), vocabulary).getFirst();
            int[] drawn = ((Image) filled).codes();
            for (int cell = 0; cell < CELLS; cell++) {
                if (Arrays.binarySearch(cells, cell) < 0)
                    assertThat(drawn[cell]).isEqualTo(codes[cell]);
            }
            assertThat(candidate.ids()).hasSize(cells[cells.length - 1] - cells[0] + 1);
            var even = new CandidateDecoder(vocabulary, prompt.target(), Samplings.topP(1, 1, 1), i, 0);
            while (!even.done()) even.next(new float[vocabulary.size()], new float[vocabulary.size()]);
            assertThat(even.logLikelihood()).as("only drawn cells are scored").isCloseTo(-Math.log(8), within(1e-6));
        }
    }

    @Test
    void everyCellInsideTheMaskIsDrawn() {
        var seen = new int[CELLS][8];
        int[] cells = {5, 6, 9, 10};
        Target target = layout.lay(List.of(), List.of(new ImageGap(new int[CELLS], cells)), 1)
                .target();
        for (int seed = 0; seed < 500; seed++) {
            int[] codes = ((Image) target.fill(
                                    decode(target, Samplings.topP(1, 1, 1), seed)
                                            .ids(),
                                    vocabulary)
                            .getFirst())
                    .codes();
            for (int cell = 0; cell < CELLS; cell++) seen[cell][codes[cell]]++;
        }

        for (int cell = 0; cell < CELLS; cell++) {
            boolean inside = Arrays.binarySearch(cells, cell) >= 0;
            assertThat(IntStream.of(seen[cell]).filter(n -> n > 0).count())
                    .as("cell " + cell)
                    .isEqualTo(inside ? 8 : 1);
        }
    }

    /// `E 5 B 10.. S0 ..  E S0`: the span from the first drawn cell to the last, whatever lies between.
    @Test
    void aRegionIsAskedForAsOneSpan() {
        int[] codes = IntStream.range(0, CELLS).map(c -> c % 8).toArray();
        Prompt prompt = layout.lay(
                List.of(), List.of(new Text(new int[] {5}), new ImageGap(codes, new int[] {5, 6, 9, 10})), 1);

        int s0 = vocabulary.sentinel(0), b = vocabulary.breakId(), e = vocabulary.eos();
        assertThat(prompt.conditional().ids())
                .containsExactly(e, 5, b, 20, 21, 22, 23, 24, s0, 23, 24, 25, 26, 27, e, s0);
        assertThat(prompt.target().slots().getFirst().cells()).containsExactly(5, 6, 7, 8, 9, 10);
        assertThat(prompt.target().slots().getFirst().drawn()).containsExactly(5, 6, 9, 10);
        assertThatThrownBy(() -> new ImageGap(codes, new int[] {3, 3})).hasMessage("need 4 <= cell < 16, got 3");
        assertThatThrownBy(() -> new ImageGap(codes, new int[] {16})).hasMessageContaining("got 16");
    }

    @Test
    void aTextBetweenTextsIsInfilledAndTheRestStays() {
        int[] before = {5, 6}, after = {7};
        Prompt prompt = layout.lay(
                List.of(), List.of(new Text(before), new TextHole(), new Text(after), new Image(new int[CELLS])), 5);

        for (int seed = 0; seed < 200; seed++) {
            int[] ids = decode(prompt.target(), Samplings.topP(1, 1, 1), seed).ids();
            PromptPart filled = prompt.target().fill(ids, vocabulary).getFirst();

            assertThat(((Text) filled).ids().length).isLessThanOrEqualTo(5);
            assertThat(IntStream.of(((Text) filled).ids())).allMatch(vocabulary::isText);
        }
        assertThat(prompt.conditional().ids()).startsWith(2, 5, 6, vocabulary.sentinel(0), 7, vocabulary.breakId());
    }

    /// `E q1 B I B q2 B`, `E q1 B I B` and `E S0 B` (claim 35).
    @Test
    void claim35AnEditHasThreeStreams() {
        int[] codes = random.ints(CELLS, 0, 8).toArray();
        List<PromptPart> parts =
                List.of(new Text(new int[] {5}), new Image(codes), new Text(new int[] {6, 7}), new ImageHole());

        Prompt prompt = layout.layEdit(List.of(), parts, 1);

        int b = vocabulary.breakId(), e = vocabulary.eos();
        assertThat(prompt.streams()).hasSize(3);
        assertThat(prompt.conditional().ids()).startsWith(e, 5, b).endsWith(b, 6, 7, b);
        assertThat(prompt.streams().get(2).ids())
                .isEqualTo(Arrays.copyOf(prompt.conditional().ids(), 3 + CELLS + 1));
        assertThat(prompt.unconditional().ids()).containsExactly(e, vocabulary.sentinel(0), b);
        assertThatThrownBy(() -> layout.layEdit(List.of(), List.of(new Text(new int[] {5}), new ImageHole()), 1))
                .hasMessage("need a given image for three streams, got none");
    }

    /// none + 1.5 (image - none) + 7.5 (full - image) (claim 35), drawn greedily.
    @Test
    void claim35TheThreeStreamsAreMixedByTheFormula() {
        var sampling = new Sampling.TopP(Samplings.at(1), 0, 1, 1, 7.5, 1.5);
        Target target = layout.textToImage(List.of(), new int[] {5}).target();
        for (int i = 0; i < 2_000; i++) {
            float[] full = logits(), none = logits(), image = logits();
            int best = 20;
            for (int id = 20; id < 28; id++) {
                if (mixed(full, image, none, id) > mixed(full, image, none, best)) best = id;
            }

            int drawn = new CandidateDecoder(vocabulary, target, sampling, i, 0).next(full, none, image);

            assertThat(drawn).isEqualTo(best);
        }
    }

    @Test
    void claim22ThreeStreamsOfOneScaleDrawWhatTwoDo() {
        var three = new Sampling.TopP(Samplings.at(0.8), 0, 6, 0.9, 3, 3);
        Target target = layout.textToImage(List.of(), new int[] {5}).target();
        for (int i = 0; i < 2_000; i++) {
            float[] full = logits(), none = logits(), image = logits();

            assertThat(new CandidateDecoder(vocabulary, target, three, i, 0).next(full, none, image))
                    .isEqualTo(new CandidateDecoder(vocabulary, target, three, i, 0).next(full, none));
        }
    }

    @Test
    void topKOfOneIsGreedyAndOfAllIsNone() {
        Target target = layout.textToImage(List.of(), new int[] {5}).target();
        for (int i = 0; i < 500; i++) {
            float[] logits = logits();
            int best = IntStream.range(20, 28).reduce(20, (a, c) -> logits[c] > logits[a] ? c : a);

            assertThat(first(target, new Sampling.TopP(Samplings.at(1), 0, 1, 1, 1, 1), logits, i))
                    .isEqualTo(best);
            assertThat(first(target, new Sampling.TopP(Samplings.at(1), 0, 8, 1, 1, 1), logits, i))
                    .isEqualTo(first(target, Samplings.topP(1, 1, 1), logits, i));
        }
        assertThatThrownBy(() -> new Sampling.TopP(Samplings.at(1), 0, 0, 1, 1, 1))
                .hasMessage("need topK >= 1, got 0");
    }

    @Test
    void imagesAndTextsHaveTheirOwnTemperature() {
        var coldImages = new Sampling.TopP(new Sampling.Temperature(1e-6, 1), 0, Sampling.ALL, 1, 1, 1);
        Target image = layout.textToImage(List.of(), new int[] {5}).target();
        Target text = layout.lay(List.of(), List.of(new TextHole(), new Image(new int[CELLS])), 5)
                .target();
        float[] logits = logits();
        var images = new ArrayList<Integer>();
        var texts = new ArrayList<Integer>();
        for (int seed = 0; seed < 200; seed++) {
            images.add(first(image, coldImages, logits, seed));
            texts.add(first(text, coldImages, logits, seed));
        }

        assertThat(images.stream().distinct()).hasSize(1);
        assertThat(texts.stream().distinct().count()).isGreaterThan(5);
        assertThatThrownBy(() -> new Sampling.Temperature(1, 0)).hasMessage("need textTemperature > 0, got 0.0");
    }

    private static double mixed(float[] full, float[] image, float[] none, int id) {
        return none[id] + 1.5 * (image[id] - none[id]) + 7.5 * (full[id] - image[id]);
    }

    private CandidateDecoder decode(Target target, Sampling sampling, long seed) {
        var decoder = new CandidateDecoder(vocabulary, target, sampling, seed, 0);
        while (!decoder.done()) decoder.next(logits(), logits());
        return decoder;
    }

    private int first(Target target, Sampling sampling, float[] logits, long seed) {
        return new CandidateDecoder(vocabulary, target, sampling, seed, 0).next(logits, logits);
    }

    private float[] logits() {
        float[] logits = new float[vocabulary.size()];
        for (int i = 0; i < logits.length; i++) logits[i] = (float) (1.5 * random.nextGaussian());
        return logits;
    }
}
