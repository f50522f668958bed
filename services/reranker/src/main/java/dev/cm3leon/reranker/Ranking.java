package dev.cm3leon.reranker;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GenerationEvent.Candidate;
import dev.cm3leon.events.GenerationEvent.RankedCandidate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The order of candidates. Contrast (nats a token) and CLIP (a cosine) have no common unit, so their ranks are added
/// instead: a candidate's score is its mean place in the two orders, 1 for the best in both and 0 for the worst in
/// both. Where there is nothing for CLIP to compare, contrast alone orders. CD-K draws by contrast, so that its
/// candidates' contrast says nothing against one of top-p: places in it are among those of one decoding, and one that
/// is alone in its decoding beside others is in the middle.
final class Ranking {

    private Ranking() {}

    /// @param clip cosine of image and prompt, null when there is none
    record Judged(Candidate candidate, @Nullable Double clip) {

        /// What the prompt adds to the model's belief in this candidate, in nats a token (CM3Leon section 3.1).
        double contrast() {
            return candidate.logLikelihood() - candidate.unconditionalLogLikelihood();
        }

        /// A missing cosine is the worst.
        double clipOrWorst() {
            return clip == null ? Double.NEGATIVE_INFINITY : clip;
        }
    }

    /// The best first; equal scores by index.
    static List<RankedCandidate> rank(List<Judged> judged) {
        double[] byContrast = byContrast(judged);
        double[] byClip = places(judged.stream().map(Judged::clipOrWorst).toList());
        boolean anyClip = judged.stream().anyMatch(one -> one.clip() != null);
        record Scored(Judged judged, double score) {}
        List<Scored> scored = new ArrayList<>();
        for (int i = 0; i < judged.size(); i++) {
            scored.add(new Scored(judged.get(i), anyClip ? (byContrast[i] + byClip[i]) / 2 : byContrast[i]));
        }
        scored.sort(Comparator.comparingDouble(Scored::score)
                .reversed()
                .thenComparing(one -> one.judged().candidate().index()));
        List<RankedCandidate> ranked = new ArrayList<>();
        for (Scored one : scored) {
            Candidate candidate = one.judged().candidate();
            ranked.add(new RankedCandidate(
                    ranked.size() + 1,
                    candidate.index(),
                    candidate.decoding(),
                    candidate.text(),
                    candidate.image(),
                    one.judged().contrast(),
                    one.judged().clip(),
                    one.score()));
        }
        return List.copyOf(ranked);
    }

    private static double[] byContrast(List<Judged> judged) {
        double[] places = new double[judged.size()];
        for (Decoding decoding : Decoding.values()) {
            int[] of = IntStream.range(0, places.length)
                    .filter(i -> judged.get(i).candidate().decoding() == decoding)
                    .toArray();
            double[] among = places(
                    Arrays.stream(of).mapToObj(i -> judged.get(i).contrast()).toList());
            boolean aloneBesideOthers = of.length == 1 && places.length > 1;
            for (int i = 0; i < of.length; i++) places[of[i]] = aloneBesideOthers ? 0.5 : among[i];
        }
        return places;
    }

    /// For each value its place between the least (0) and the greatest (1); equal values share the mean of their
    /// places.
    static double[] places(List<Double> values) {
        double[] places = new double[values.size()];
        for (int i = 0; i < places.length; i++) {
            double value = values.get(i);
            long less = values.stream().filter(other -> other < value).count();
            double equal = Collections.frequency(values, value) - 1;
            places[i] = places.length == 1 ? 1 : (less + equal / 2) / (places.length - 1);
        }
        return places;
    }
}
