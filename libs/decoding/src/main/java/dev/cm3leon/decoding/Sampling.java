package dev.cm3leon.decoding;

/// How one candidate's tokens are drawn. Both kinds contrast the stream with the condition and the one without it.
public sealed interface Sampling {
    double temperature();

    /// Guidance, temperature, nucleus.
    ///
    /// @param temperature > 0
    /// @param topP in (0, 1]
    /// @param guidanceScale 1 is the conditional stream alone
    record TopP(double temperature, double topP, double guidanceScale) implements Sampling {
        public TopP {
            checkTemperature(temperature);
            if (!(topP > 0 && topP <= 1)) throw new IllegalArgumentException("need 0 < topP <= 1, got " + topP);
            if (!Double.isFinite(guidanceScale)) {
                throw new IllegalArgumentException("need a finite guidanceScale, got " + guidanceScale);
            }
        }
    }

    /// Contrastive decoding TopK; its scores are drawn at the temperature.
    ///
    /// @param temperature > 0
    record CdK(double temperature, ContrastiveDecoding contrast) implements Sampling {
        public CdK {
            checkTemperature(temperature);
        }

        /// With experts and amateurs at temperature 1.
        public CdK(double temperature, double alpha, int k) {
            this(temperature, new ContrastiveDecoding(alpha, k, 1, 1));
        }
    }

    private static void checkTemperature(double temperature) {
        if (!(temperature > 0 && Double.isFinite(temperature))) {
            throw new IllegalArgumentException("need temperature > 0, got " + temperature);
        }
    }
}
