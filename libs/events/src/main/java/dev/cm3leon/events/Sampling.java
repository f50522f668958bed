package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The settings of sampling, complete: no default is left to a later service.
///
/// @param decoding top-p, CD-K, or half of the candidates each
/// @param temperature of what is drawn from, > 0: the mixed logits, in CD-K the scores
/// @param topP nucleus, in (0, 1]
/// @param guidanceScale of classifier-free guidance (equation 2); 1 is none
/// @param cdAlpha CD-K's alpha, in (0, 1]
/// @param cdK CD-K's k, >= 1
/// @param maxTextTokens the longest text a hole is filled with
/// @param textTemperature of text, where it is another than that of images; null for the same
/// @param topK how many of the most probable ids may be drawn (top-p only), or null for all
/// @param imageGuidanceScale of editing with three streams (section 4.1): how far the given image counts, where
///     guidanceScale says how far the text does; null for two streams
/// @param guidanceOn what guidance strengthens, or null for the prompt
/// @param minP share of the largest probability with the condition that an id has to have to be drawn (top-p only),
///     in [0, 1], or null for 0
/// @param cdExpertTemperature of the stream with the condition in CD-K, > 0, or null for 1
/// @param cdAmateurTemperature of the stream without it in CD-K, > 0, or null for 1
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Sampling(
        Decoding decoding,
        double temperature,
        double topP,
        double guidanceScale,
        double cdAlpha,
        int cdK,
        int maxTextTokens,
        @Nullable Double textTemperature,
        @Nullable Integer topK,
        @Nullable Double imageGuidanceScale,
        @Nullable GuidanceOn guidanceOn,
        @Nullable Double minP,
        @Nullable Double cdExpertTemperature,
        @Nullable Double cdAmateurTemperature) {

    public Sampling {
        Objects.requireNonNull(decoding, "decoding is missing");
    }

    /// One temperature, which in CD-K is of the scores alone, no min-p, no top-k, two streams.
    public Sampling(
            Decoding decoding,
            double temperature,
            double topP,
            double guidanceScale,
            double cdAlpha,
            int cdK,
            int maxTextTokens) {
        this(
                decoding,
                temperature,
                topP,
                guidanceScale,
                cdAlpha,
                cdK,
                maxTextTokens,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    public Sampling withGuidanceScale(double scale) {
        return new Sampling(
                decoding,
                temperature,
                topP,
                scale,
                cdAlpha,
                cdK,
                maxTextTokens,
                textTemperature,
                topK,
                imageGuidanceScale,
                guidanceOn,
                minP,
                cdExpertTemperature,
                cdAmateurTemperature);
    }
}
