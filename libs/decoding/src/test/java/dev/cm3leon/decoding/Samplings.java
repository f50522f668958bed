package dev.cm3leon.decoding;

import dev.cm3leon.decoding.Sampling.Temperature;

/// Ways to draw, in few words.
final class Samplings {
    private Samplings() {}

    /// One temperature, no min-p, no top-k, and one scale for whatever streams there are.
    static Sampling topP(double temperature, double topP, double guidanceScale) {
        return new Sampling.TopP(at(temperature), 0, Sampling.ALL, topP, guidanceScale, guidanceScale);
    }

    static Sampling cdK(double temperature, double alpha, int k) {
        return new Sampling.CdK(at(temperature), new ContrastiveDecoding(alpha, k));
    }

    /// One temperature for both modalities.
    static Temperature at(double temperature) {
        return new Temperature(temperature, temperature);
    }
}
