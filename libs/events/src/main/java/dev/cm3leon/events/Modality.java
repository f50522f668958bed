package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What a part of a document is made of.
public enum Modality {
    @JsonProperty("text")
    TEXT,
    @JsonProperty("image")
    IMAGE
}
