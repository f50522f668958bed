package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What guidance strengthens, and CD-K contrasts with its absence: what the unconditional stream is without.
public enum GuidanceOn {
    /// What is given beside the holes; documents are kept.
    @JsonProperty("prompt")
    PROMPT,
    /// The documents that were retrieved, and with them what is given beside the holes; where there are none, nothing.
    @JsonProperty("documents")
    DOCUMENTS,
    /// Both, whatever is there.
    @JsonProperty("all")
    ALL
}
