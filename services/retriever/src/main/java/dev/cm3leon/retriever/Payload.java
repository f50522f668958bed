package dev.cm3leon.retriever;

import dev.cm3leon.events.ObjectRef;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// What the index gives back with a hit: the document's parts.
record Payload(@Nullable String text, @Nullable ObjectRef image) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    String json() {
        return JSON.writeValueAsString(this);
    }

    static Payload of(String json) {
        return JSON.readValue(json, Payload.class);
    }
}
