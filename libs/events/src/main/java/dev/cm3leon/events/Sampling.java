package dev.cm3leon.events;

/// The settings of sampling, complete: no default is left to a later service.
///
/// @param decoding top-p, CD-K, or half of the candidates each
/// @param temperature of the mixed logits, > 0 (of the expert's too in CD-K)
/// @param topP nucleus, in (0, 1]
/// @param guidanceScale of classifier-free guidance (equation 2); 1 is none
/// @param cdAlpha CD-K's alpha, in (0, 1]
/// @param cdK CD-K's k, >= 1
/// @param maxTextTokens the longest text a hole is filled with
public record Sampling(
        Decoding decoding,
        double temperature,
        double topP,
        double guidanceScale,
        double cdAlpha,
        int cdK,
        int maxTextTokens) {}
