package dev.cm3leon.model.clip;

/// Arithmetic of embeddings.
public final class Vectors {
    private Vectors() {}

    /// The vector divided by its length; a zero vector stays zero.
    public static float[] unit(float[] vector) {
        double squares = dot(vector, vector);
        float[] unit = vector.clone();
        if (squares == 0) return unit;
        float scale = (float) (1 / Math.sqrt(squares));
        for (int i = 0; i < unit.length; i++) unit[i] *= scale;
        return unit;
    }

    /// Of unit vectors: their cosine.
    public static double dot(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "need vectors of one width, got %d and %d".formatted(a.length, b.length));
        }
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return sum;
    }

    /// A document's vector: the mean of the unit vectors of its text and its image, made a unit vector again
    /// (section 2.1).
    public static float[] document(float[] text, float[] image) {
        float[] mean = unit(text), second = unit(image);
        for (int i = 0; i < mean.length; i++) mean[i] = (mean[i] + second[i]) / 2;
        return unit(mean);
    }
}
