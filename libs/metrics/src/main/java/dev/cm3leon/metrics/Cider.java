package dev.cm3leon.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// CIDEr-D, the consensus with what people wrote: n-grams of order 1 to 4 weighted by how rare they are among the
/// references of all images. What most papers print as CIDEr is this.
public final class Cider {
    private static final int ORDERS = 4;
    private static final double SIGMA_SQUARED = 36;

    /// n-gram weights of one text; `length` counts its bigrams, as the reference scorer does.
    private record Weights(List<Map<List<String>, Double>> orders, double[] norms, int length) {}

    private Cider() {}

    /// One score for each caption; document frequencies are of the references given here.
    public static double[] scores(List<Captioned> all) {
        Map<List<String>, Integer> documents = new HashMap<>();
        for (Captioned one : all) {
            Set<List<String>> seen = new HashSet<>();
            for (String reference : one.references()) {
                List<String> tokens = Captioned.tokens(reference);
                for (int n = 1; n <= ORDERS; n++)
                    seen.addAll(Bleu.ngrams(tokens, n).keySet());
            }
            for (var ngram : seen) documents.merge(ngram, 1, Integer::sum);
        }
        double logImages = Math.log(all.size());
        return all.stream().mapToDouble(one -> score(one, documents, logImages)).toArray();
    }

    /// The mean of all, of which there must be one at least.
    public static double corpus(List<Captioned> all) {
        if (all.isEmpty()) throw new IllegalArgumentException("need 1 caption or more, got 0");
        double sum = 0;
        for (double score : scores(all)) sum += score;
        return sum / all.size();
    }

    private static double score(Captioned captioned, Map<List<String>, Integer> documents, double logImages) {
        Weights candidate = weights(captioned.candidate(), documents, logImages);
        double sum = 0;
        for (String text : captioned.references()) {
            Weights reference = weights(text, documents, logImages);
            double delta = candidate.length - reference.length;
            double penalty = Math.exp(-delta * delta / (2 * SIGMA_SQUARED));
            for (int n = 0; n < ORDERS; n++) {
                double dot = 0;
                for (var entry : candidate.orders.get(n).entrySet()) {
                    double r = reference.orders.get(n).getOrDefault(entry.getKey(), 0.0);
                    dot += Math.min(entry.getValue(), r) * r;
                }
                double norms = candidate.norms[n] * reference.norms[n];
                sum += norms == 0 ? 0 : penalty * dot / norms;
            }
        }
        return 10 * sum / ORDERS / captioned.references().size();
    }

    private static Weights weights(String text, Map<List<String>, Integer> documents, double logImages) {
        List<String> tokens = Captioned.tokens(text);
        var orders = new ArrayList<Map<List<String>, Double>>();
        double[] norms = new double[ORDERS];
        for (int n = 1; n <= ORDERS; n++) {
            Map<List<String>, Double> weights = new HashMap<>();
            double squares = 0;
            for (var entry : Bleu.ngrams(tokens, n).entrySet()) {
                double rarity = logImages - Math.log(Math.max(1, documents.getOrDefault(entry.getKey(), 0)));
                double weight = entry.getValue() * rarity;
                weights.put(entry.getKey(), weight);
                squares += weight * weight;
            }
            orders.add(weights);
            norms[n - 1] = Math.sqrt(squares);
        }
        return new Weights(orders, norms, Math.max(0, tokens.size() - 1));
    }
}
