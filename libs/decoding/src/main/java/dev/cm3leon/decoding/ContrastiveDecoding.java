package dev.cm3leon.decoding;

/// Contrastive decoding TopK, CD-K (equation 3): log p with the condition (the expert) minus log p without it (the
/// amateur), each at a temperature of its own, among the ids whose expert probability is at least alpha times the k-th
/// largest.
///
/// @param alpha in (0, 1]
/// @param k >= 1; 1 is the original contrastive decoding
/// @param expertTemperature > 0, 1 in equation 3
/// @param amateurTemperature > 0, 1 in equation 3; the smaller, the more what the amateur would draw is avoided
public record ContrastiveDecoding(double alpha, int k, double expertTemperature, double amateurTemperature) {

    public ContrastiveDecoding {
        if (!(alpha > 0 && alpha <= 1)) throw new IllegalArgumentException("need 0 < alpha <= 1, got " + alpha);
        if (k < 1) throw new IllegalArgumentException("need k >= 1, got " + k);
        positive("expertTemperature", expertTemperature);
        positive("amateurTemperature", amateurTemperature);
    }

    /// As in equation 3, both at temperature 1.
    public ContrastiveDecoding(double alpha, int k) {
        this(alpha, k, 1, 1);
    }

    private static void positive(String name, double temperature) {
        if (!(temperature > 0 && Double.isFinite(temperature))) {
            throw new IllegalArgumentException("need %s > 0, got %s".formatted(name, temperature));
        }
    }

    /// Both inputs hold allowed ids only, or `-inf` elsewhere.
    ///
    /// @param scores -inf outside of V; may not be one of the inputs
    /// @param scratch of n at least
    public void score(float[] conditional, float[] unconditional, int n, float[] scores, float[] scratch) {
        System.arraycopy(conditional, 0, scores, 0, n);
        logSoftmax(scores, n, expertTemperature);
        double threshold = Math.log(alpha) + Logits.kthLargest(scores, n, k, scratch);
        System.arraycopy(unconditional, 0, scratch, 0, n);
        logSoftmax(scratch, n, amateurTemperature);
        for (int i = 0; i < n; i++) {
            boolean plausible = scores[i] >= threshold && scores[i] != Float.NEGATIVE_INFINITY;
            scores[i] = plausible ? scores[i] - scratch[i] : Float.NEGATIVE_INFINITY;
        }
    }

    private static void logSoftmax(float[] logits, int n, double temperature) {
        Logits.temperature(logits, n, temperature);
        double logSum = Logits.logSumExp(logits, n);
        for (int i = 0; i < n; i++) logits[i] = (float) (logits[i] - logSum);
    }
}
