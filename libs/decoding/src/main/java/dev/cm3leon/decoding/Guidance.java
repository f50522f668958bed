package dev.cm3leon.decoding;

/// Classifier-free guidance: one set of logits from a model's answers with and without the condition.
public final class Guidance {
    private Guidance() {}

    /// unconditional + scale x (conditional - unconditional) (equation 2).
    public static void mix(float[] conditional, float[] unconditional, int n, double scale, float[] mixed) {
        for (int i = 0; i < n; i++) {
            float c = conditional[i], u = unconditional[i];
            mixed[i] = c == u ? c : (float) (u + scale * ((double) c - u));
        }
    }

    /// none + imageScale x (image - none) + textScale x (full - image): editing, with three streams.
    public static void mix(
            float[] full, float[] image, float[] none, int n, double textScale, double imageScale, float[] mixed) {
        for (int i = 0; i < n; i++) {
            double m = none[i] + imageScale * ((double) image[i] - none[i]) + textScale * ((double) full[i] - image[i]);
            mixed[i] = (float) m;
        }
    }
}
