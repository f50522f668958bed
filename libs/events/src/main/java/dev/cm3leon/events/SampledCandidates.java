package dev.cm3leon.events;

import java.util.List;

/// What the generator sampled for one job: the object that [GenerationEvent.CandidatesGenerated] refers to,
/// kept as JSON.
///
/// @param streams the prompt's streams, which say what stands where in the ids
/// @param decodeSeconds from when the first candidate began, with the reading of the prompt, to the end of the last
public record SampledCandidates(ObjectRef streams, double decodeSeconds, List<Sampled> candidates) {

    public SampledCandidates {
        candidates = List.copyOf(candidates);
    }

    /// One candidate, before it is turned into text and pixels.
    ///
    /// @param index of the candidate, which also numbers its random stream
    /// @param ids after the prompt: what was sampled, ends of texts included, and what was fed between one hole
    /// and the next
    /// @param logLikelihood mean log p of a token with the prompt
    /// @param unconditionalLogLikelihood mean log p of a token without it
    public record Sampled(
            int index, Decoding decoding, List<Integer> ids, double logLikelihood, double unconditionalLogLikelihood) {
        public Sampled {
            ids = List.copyOf(ids);
        }
    }
}
