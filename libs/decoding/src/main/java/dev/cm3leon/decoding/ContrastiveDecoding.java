package dev.cm3leon.decoding;

/// Contrastive decoding TopK, CD-K (equation 3): log p with the condition (the expert) minus log p without it (the
/// amateur), among the ids whose expert probability is at least alpha times the k-th largest.
///
/// @param alpha in (0, 1]
/// @param k >= 1; 1 is the original contrastive decoding
/// @param expertTemperature of the conditional logits
/// @param amateurTemperature of the unconditional logits
public record ContrastiveDecoding(double alpha, int k, double expertTemperature, double amateurTemperature) {

    public ContrastiveDecoding {
        if (!(alpha > 0 && alpha <= 1)) throw new IllegalArgumentException("need 0 < alpha <= 1, got " + alpha);
        if (k < 1) throw new IllegalArgumentException("need k >= 1, got " + k);
        if (!(expertTemperature > 0 && amateurTemperature > 0)) {
            throw new IllegalArgumentException(
                    "need temperatures > 0, got %s and %s".formatted(expertTemperature, amateurTemperature));
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
