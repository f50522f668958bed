package dev.cm3leon.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// BLEU-1 to BLEU-4: clipped n-gram precision with a brevity penalty. The corpus value sums counts over images
/// first; it is no mean of sentences.
public final class Bleu {
    private static final int ORDERS = 4;
    private static final double TINY = 1e-15, SMALL = 1e-9;

    /// How many n-grams were right and how many were written, for each order, and both lengths.
    private record Counts(long[] correct, long[] written, long length, long reference) {}

    private Bleu() {}

    /// BLEU-1 to BLEU-4 of one caption.
    public static double[] sentence(Captioned captioned) {
        return score(count(captioned));
    }

    /// BLEU-1 to BLEU-4 of all.
    public static double[] corpus(List<Captioned> all) {
        var total = new Counts(new long[ORDERS], new long[ORDERS], 0, 0);
        for (Captioned one : all) {
            Counts counts = count(one);
            for (int n = 0; n < ORDERS; n++) {
                total.correct[n] += counts.correct[n];
                total.written[n] += counts.written[n];
            }
            total = new Counts(
                    total.correct, total.written, total.length + counts.length, total.reference + counts.reference);
        }
        return score(total);
    }

    private static Counts count(Captioned captioned) {
        List<String> candidate = Captioned.tokens(captioned.candidate());
        List<List<String>> references =
                captioned.references().stream().map(Captioned::tokens).toList();
        long[] correct = new long[ORDERS], written = new long[ORDERS];
        for (int n = 1; n <= ORDERS; n++) {
            written[n - 1] = Math.max(0, candidate.size() - n + 1);
            Map<List<String>, Integer> most = new HashMap<>();
            for (var reference : references) ngrams(reference, n).forEach((g, c) -> most.merge(g, c, Math::max));
            for (var entry : ngrams(candidate, n).entrySet()) {
                correct[n - 1] += Math.min(entry.getValue(), most.getOrDefault(entry.getKey(), 0));
            }
        }
        int closest = references.getFirst().size();
        for (var reference : references) {
            int distance = Math.abs(reference.size() - candidate.size()), best = Math.abs(closest - candidate.size());
            if (distance < best || distance == best && reference.size() < closest) closest = reference.size();
        }
        return new Counts(correct, written, candidate.size(), closest);
    }

    private static double[] score(Counts counts) {
        double ratio = (counts.length + TINY) / (counts.reference + SMALL);
        double brevity = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
        double[] bleu = new double[ORDERS];
        double product = 1;
        for (int n = 0; n < ORDERS; n++) {
            product *= (counts.correct[n] + TINY) / (counts.written[n] + SMALL);
            bleu[n] = Math.pow(product, 1.0 / (n + 1)) * brevity;
        }
        return bleu;
    }

    static Map<List<String>, Integer> ngrams(List<String> tokens, int n) {
        Map<List<String>, Integer> counts = new HashMap<>();
        for (int i = 0; i + n <= tokens.size(); i++) counts.merge(tokens.subList(i, i + n), 1, Integer::sum);
        return counts;
    }
}
