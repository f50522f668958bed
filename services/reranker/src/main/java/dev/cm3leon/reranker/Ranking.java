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
        Place[] byContrast = byContrast(judged);
        Place[] byClip = places(judged.stream().map(Judged::clipOrWorst).toList());
        boolean anyClip = judged.stream().anyMatch(one -> one.clip() != null);
        record Scored(Judged judged, double score) {}
        List<Scored> scored = new ArrayList<>();
        for (int i = 0; i < judged.size(); i++) {
            scored.add(new Scored(judged.get(i), anyClip ? byContrast[i].mean(byClip[i]) : byContrast[i].value()));
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

    /// Where in an order: how many of the others are behind, those that are equal by half.
    private record Place(double behind, int others) {
        static final Place BEST = new Place(1, 1), MIDDLE = new Place(0.5, 1);

        /// Between the worst (0) and the best (1).
        double value() {
            return behind / others;
        }

        /// Rounded once, so that means that are equal are equal here.
        double mean(Place other) {
            return (behind * other.others + other.behind * others) / (2 * others * other.others);
        }
    }

    private static Place[] byContrast(List<Judged> judged) {
        Place[] places = new Place[judged.size()];
        for (Decoding decoding : Decoding.values()) {
            int[] of = IntStream.range(0, places.length)
                    .filter(i -> judged.get(i).candidate().decoding() == decoding)
                    .toArray();
            Place[] among = places(
                    Arrays.stream(of).mapToObj(i -> judged.get(i).contrast()).toList());
            boolean aloneBesideOthers = of.length == 1 && places.length > 1;
            for (int i = 0; i < of.length; i++) places[of[i]] = aloneBesideOthers ? Place.MIDDLE : among[i];
        }
        return places;
    }

    private static Place[] places(List<Double> values) {
        Place[] places = new Place[values.size()];
        for (int i = 0; i < places.length; i++) {
            double value = values.get(i);
            long less = values.stream().filter(other -> other < value).count();
            double equal = Collections.frequency(values, value) - 1;
            places[i] = places.length == 1 ? Place.BEST : new Place(less + equal / 2, places.length - 1);
        }
        return places;
    }
}
