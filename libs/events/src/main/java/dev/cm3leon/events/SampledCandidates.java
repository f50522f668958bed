package dev.cm3leon.events;

import java.util.List;

/// What the generator sampled for one job: the object that [GenerationEvent.CandidatesGenerated] refers to, kept as
// JSON.
public record SampledCandidates(List<Sampled> candidates) {

    public SampledCandidates {
        candidates = List.copyOf(candidates);
    }

    /// One candidate, before it is turned into text and pixels.
    ///
    /// @param index of the candidate, which also numbers its random stream
    /// @param ids that were sampled, without the prompt; an end of infill is the last of a text
    /// @param logLikelihood mean log p of a token with the prompt
    /// @param unconditionalLogLikelihood mean log p of a token without it
    public record Sampled(
            int index, Decoding decoding, List<Integer> ids, double logLikelihood, double unconditionalLogLikelihood) {
        public Sampled {
            ids = List.copyOf(ids);
        }
    }
}
