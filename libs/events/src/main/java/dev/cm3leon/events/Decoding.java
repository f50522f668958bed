package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonProperty;

/// How candidates are sampled (CM3Leon section 3.1).
public enum Decoding {
    /// Nucleus sampling with classifier-free guidance.
    @JsonProperty("top-p")
    TOP_P,
    /// Contrastive decoding TopK (equation 3).
    @JsonProperty("cd-k")
    CD_K,
    /// The first half of the candidates by top-p, the second by CD-K (figure 4).
    @JsonProperty("both")
    BOTH
}
