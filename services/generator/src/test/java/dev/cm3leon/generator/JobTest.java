package dev.cm3leon.generator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.decoding.CandidateDecoder;
import dev.cm3leon.decoding.ContrastiveDecoding;
import dev.cm3leon.documents.Grid;
import dev.cm3leon.documents.Prompt;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.Sampling;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JobTest {
    private static final int CODES = 64, CANDIDATES = 32;

    /// Each report has all codes so far: as many of them as tokens would be megabytes a picture of 1,024.
    @Test
    void aLargePictureIsReportedAsOftenAsASmallOne() {
        Prompt prompt =
                PromptLayout.of(TinyTransformer.VOCABULARY, new Grid(32), 1200).textToImage(List.of(), new int[] {5});
        List<Integer> positions = new ArrayList<>();
        var job = new Job(
                TinyTransformer.request("g", 2, 7, Decoding.TOP_P),
                prompt,
                (of, position, tokensPerSecond, codes) -> positions.add(position));

        for (int token = 0; token < 2 * 1024; token++) job.tokenDecoded();

        assertThat(positions).hasSize(15).startsWith(64, 128).endsWith(960);
    }

    /// Claim 31, on logits by chance: what the streams with and without the prompt have in common, and what
    /// each has of its own. 32 candidates of one way are the same few again and again, and those of the other
    /// are others.
    @Test
    void claim31HalfTopPAndHalfCdKFindMoreThanEitherAlone() {
        Found topP = found(Decoding.TOP_P), cdK = found(Decoding.CD_K), both = found(Decoding.BOTH);

        assertThat(both.probability).isGreaterThan(topP.probability).isGreaterThan(cdK.probability);
        assertThat(both.contrast).isGreaterThan(topP.contrast).isGreaterThan(cdK.contrast);
    }

    @Test
    void cdKHasTheTemperaturesThatWereAskedFor() {
        var asked = new Sampling(Decoding.CD_K, 0.9, 0.5, 1, 0.3, 4, 1, null, null, null, null, null, 0.8, 0.6);
        var prompt =
                PromptLayout.of(new Vocabulary(20, CODES, 4), new Grid(1), 64).textToImage(List.of(), new int[] {5});

        var job = new Job(TinyTransformer.request("g", 1, 1, asked, null), prompt, (of, p, t, c) -> {});

        assertThat(job.sampling(0))
                .isEqualTo(new dev.cm3leon.decoding.Sampling.CdK(
                        new dev.cm3leon.decoding.Sampling.Temperature(0.9, 0.9),
                        new ContrastiveDecoding(0.3, 4, 0.8, 0.6)));
    }

    /// @param probability of what was drawn once at least: how often what is asked for is among it
    /// @param contrast the best that a scorer can choose
    private record Found(double probability, double contrast) {}

    private static Found found(Decoding decoding) {
        var vocabulary = new Vocabulary(20, CODES, 4);
        Prompt prompt = PromptLayout.of(vocabulary, new Grid(1), 64).textToImage(List.of(), new int[] {5});
        var sampling = new Sampling(decoding, 1, 0.5, 1, 0.3, 1, 1);
        var random = new Random(31);
        double probability = 0, contrast = 0;
        for (int seed = 0; seed < 400; seed++) {
            float[] with = new float[vocabulary.size()], without = new float[vocabulary.size()];
            for (int code = 0; code < CODES; code++) {
                double common = 2 * random.nextGaussian();
                with[vocabulary.image(code)] = (float) (common + random.nextGaussian());
                without[vocabulary.image(code)] = (float) (common + random.nextGaussian());
            }
            var job = new Job(
                    TinyTransformer.request("g", CANDIDATES, seed, sampling, null), prompt, (of, p, t, c) -> {});
            Set<Integer> drawn = new HashSet<>();
            for (int i = 0; i < CANDIDATES; i++)
                drawn.add(new CandidateDecoder(vocabulary, prompt.target(), job.sampling(i), seed, i)
                        .next(with, without));
            double sum = 0, best = Double.NEGATIVE_INFINITY;
            for (int code = 0; code < CODES; code++) sum += Math.exp(with[vocabulary.image(code)]);
            for (int id : drawn) {
                probability += Math.exp(with[id]) / sum;
                best = Math.max(best, with[id] - without[id]);
            }
            contrast += best;
        }
        return new Found(probability, contrast);
    }
}
