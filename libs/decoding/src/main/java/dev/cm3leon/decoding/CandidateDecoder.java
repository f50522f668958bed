package dev.cm3leon.decoding;

import dev.cm3leon.documents.Target;
import dev.cm3leon.documents.Vocabulary;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One candidate from its first to its last token: [#next] turns the logits of all streams, two or three, into the id
/// that each of them gets.
///
/// ```
/// while (!candidate.done()) {
///     int id = candidate.next(conditional, unconditional);
///     model.step(rows, {id, id}, {candidate.nextCell(), candidate.nextCell()}, {conditional, unconditional});
/// }
/// ```
/// What is drawn depends on the logits, the seed, the candidate's number and the position, and on nothing else.
public final class CandidateDecoder {
    private final Grammar grammar;
    private final Sampling sampling;
    private final Philox random;
    private final int candidate;

    private final int[] ids;
    private int length;

    // of the tokens that were drawn: those that are fixed are left out
    private int sampled;
    private double logProbabilities;
    private double unconditionalLogProbabilities;

    private final float[] conditionalLogits;
    private final float[] unconditionalLogits;
    private final float[] mixed;
    private final float[] scratch;
    private final long[] keys;

    /// @param candidate its number within the request, from 0
    public CandidateDecoder(Vocabulary vocabulary, Target target, Sampling sampling, long seed, int candidate) {
        this.grammar = new Grammar(vocabulary, target);
        this.sampling = sampling;
        this.random = new Philox(seed);
        this.candidate = candidate;
        this.ids = new int[target.newTokens()];
        this.conditionalLogits = new float[vocabulary.size()];
        this.unconditionalLogits = new float[vocabulary.size()];
        this.mixed = new float[vocabulary.size()];
        this.scratch = new float[vocabulary.size()];
        this.keys = new long[vocabulary.size()];
    }

    public boolean done() {
        return grammar.done();
    }

    /// Cell of the token that [#next] will give, -1 when it is none of an image.
    public int nextCell() {
        return grammar.nextCell();
    }

    /// Draws the next token from two streams.
    ///
    /// @param conditional logits of the stream with the condition, one for each id of the vocabulary
    /// @param unconditional logits of the stream without it
    public int next(float[] conditional, float[] unconditional) {
        return next(conditional, unconditional, null);
    }

    /// Draws the next token.
    ///
    /// @param imageOnly logits of the stream without the last text; null where there are two streams. CD-K does not
    ///     look at it
    public int next(float[] conditional, float[] unconditional, float @Nullable [] imageOnly) {
        AllowedIds allowed = grammar.allowed();
        int n = allowed.size(), id;
        if (n == 1) {
            id = allowed.id(0);
        } else {
            allowed.gather(conditional, conditionalLogits);
            allowed.gather(unconditional, unconditionalLogits);
            if (imageOnly != null) allowed.gather(imageOnly, scratch);
            mix(n, imageOnly != null);
            int chosen = Logits.sample(mixed, n, random.uniform(candidate, length));
            sampled++;
            logProbabilities += logProbability(conditionalLogits, n, chosen);
            unconditionalLogProbabilities += logProbability(unconditionalLogits, n, chosen);
            id = allowed.id(chosen);
        }
        grammar.accept(id);
        ids[length++] = id;
        return id;
    }

    /// Tokens so far, fixed ones included: what [Target#fill] takes apart.
    public int[] ids() {
        return Arrays.copyOf(ids, length);
    }

    public int length() {
        return length;
    }

    /// Mean log p of a drawn token among those allowed, with the condition, at temperature 1.
    public double logLikelihood() {
        return sampled == 0 ? 0 : logProbabilities / sampled;
    }

    /// The same without the condition.
    public double unconditionalLogLikelihood() {
        return sampled == 0 ? 0 : unconditionalLogProbabilities / sampled;
    }

    /// @param edit whether `scratch` has the logits of the stream without the last text
    private void mix(int n, boolean edit) {
        double temperature = sampling.temperature().of(grammar.kind());
        switch (sampling) {
            case Sampling.TopP way -> {
                if (edit) {
                    Guidance.mix(
                            conditionalLogits,
                            scratch,
                            unconditionalLogits,
                            n,
                            way.guidanceScale(),
                            way.imageGuidanceScale(),
                            mixed);
                } else {
                    Guidance.mix(conditionalLogits, unconditionalLogits, n, way.guidanceScale(), mixed);
                }
                Logits.minP(mixed, conditionalLogits, n, way.minP());
                Logits.temperature(mixed, n, temperature);
                Logits.topK(mixed, n, way.topK(), scratch);
                Logits.topP(mixed, n, way.topP(), keys);
            }
            case Sampling.CdK way -> {
                way.contrast().score(conditionalLogits, unconditionalLogits, n, mixed, scratch);
                Logits.temperature(mixed, n, temperature);
            }
        }
    }

    private static float logProbability(float[] logits, int n, int i) {
        return (float) (logits[i] - Logits.logSumExp(logits, n));
    }
}
