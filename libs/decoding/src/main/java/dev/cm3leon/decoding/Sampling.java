package dev.cm3leon.decoding;

import dev.cm3leon.documents.Target;

/// How one candidate's tokens are drawn. Both kinds contrast the stream with the condition and the one without it.
public sealed interface Sampling {
    /// No top-k: every id may be drawn.
    int ALL = Integer.MAX_VALUE;

    Temperature temperature();

    /// What logits are divided by, for each modality.
    record Temperature(double image, double text) {
        public Temperature {
            if (!(image > 0 && Double.isFinite(image))) {
                throw new IllegalArgumentException("need temperature > 0, got " + image);
            }
            if (!(text > 0 && Double.isFinite(text))) {
                throw new IllegalArgumentException("need textTemperature > 0, got " + text);
            }
        }

        double of(Target.Kind kind) {
            return kind == Target.Kind.IMAGE ? image : text;
        }
    }

    /// Guidance within what the condition finds likely, temperature, top-k, nucleus.
    ///
    /// @param minP in [0, 1]: ids with less than this share of the largest probability with the condition are never
    ///     drawn, whatever guidance makes of them; 0 leaves all. Alpha is the same bound of [ContrastiveDecoding]
    /// @param topK >= 1; ids as probable as the k-th are kept too
    /// @param topP in (0, 1]
    /// @param guidanceScale 1 is the conditional stream alone
    /// @param imageGuidanceScale of the stream without the last text, where there are three
    record TopP(
            Temperature temperature,
            double minP,
            int topK,
            double topP,
            double guidanceScale,
            double imageGuidanceScale)
            implements Sampling {
        public TopP {
            if (!(minP >= 0 && minP <= 1)) throw new IllegalArgumentException("need 0 <= minP <= 1, got " + minP);
            if (topK < 1) throw new IllegalArgumentException("need topK >= 1, got " + topK);
            if (!(topP > 0 && topP <= 1)) throw new IllegalArgumentException("need 0 < topP <= 1, got " + topP);
            if (!Double.isFinite(guidanceScale)) {
                throw new IllegalArgumentException("need a finite guidanceScale, got " + guidanceScale);
            }
            if (!Double.isFinite(imageGuidanceScale)) {
                throw new IllegalArgumentException("need a finite imageGuidanceScale, got " + imageGuidanceScale);
            }
        }
    }

    /// Contrastive decoding TopK; its scores are drawn at the temperature.
    record CdK(Temperature temperature, ContrastiveDecoding contrast) implements Sampling {}
}
