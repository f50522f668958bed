package dev.cm3leon.metrics;

import java.util.List;

/// How well a caption fits an image by CLIP's embeddings, which need not be normalised.
public final class ClipScore {
    private static final double WEIGHT = 2.5;

    private ClipScore() {}

    /// 2.5 x the cosine, at least 0; the other scale in use is 100 x the cosine, 40 times this.
    public static double of(float[] image, float[] caption) {
        return WEIGHT * Math.max(cosine(image, caption), 0);
    }

    /// The harmonic mean of [#of] and the caption's best cosine with a reference, at least 0.
    public static double withReferences(float[] image, float[] caption, List<float[]> references) {
        double best =
                references.stream().mapToDouble(r -> cosine(caption, r)).max().orElse(0);
        double score = of(image, caption), reference = Math.max(best, 0);
        return score + reference == 0 ? 0 : 2 * score * reference / (score + reference);
    }

    static double cosine(float[] a, float[] b) {
        double dot = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return aa == 0 || bb == 0 ? 0 : dot / Math.sqrt(aa) / Math.sqrt(bb);
    }
}
