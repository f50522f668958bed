package dev.cm3leon.decoding;

/// Contrastive decoding TopK, CD-K (equation 3): log p with the condition (the expert) minus log p without it (the
/// amateur), both at temperature 1, among the ids whose expert probability is at least alpha times the k-th largest.
///
/// @param alpha in (0, 1]
/// @param k >= 1; 1 is the original contrastive decoding
public record ContrastiveDecoding(double alpha, int k) {

    public ContrastiveDecoding {
        if (!(alpha > 0 && alpha <= 1)) throw new IllegalArgumentException("need 0 < alpha <= 1, got " + alpha);
        if (k < 1) throw new IllegalArgumentException("need k >= 1, got " + k);
    }

    /// Both inputs hold allowed ids only, or `-inf` elsewhere.
    ///
    /// @param scores -inf outside of V; may not be one of the inputs
    /// @param scratch of n at least
    public void score(float[] conditional, float[] unconditional, int n, float[] scores, float[] scratch) {
        System.arraycopy(conditional, 0, scores, 0, n);
        logSoftmax(scores, n);
        double threshold = Math.log(alpha) + Logits.kthLargest(scores, n, k, scratch);
        System.arraycopy(unconditional, 0, scratch, 0, n);
        logSoftmax(scratch, n);
        for (int i = 0; i < n; i++) {
            boolean plausible = scores[i] >= threshold && scores[i] != Float.NEGATIVE_INFINITY;
            scores[i] = plausible ? scores[i] - scratch[i] : Float.NEGATIVE_INFINITY;
        }
    }

    private static void logSoftmax(float[] logits, int n) {
        double logSum = Logits.logSumExp(logits, n);
        for (int i = 0; i < n; i++) logits[i] = (float) (logits[i] - logSum);
    }
}
