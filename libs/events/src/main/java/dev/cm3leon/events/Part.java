package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;

/// One part of the document that a generation completes (CM3Leon section 2.2: text, images, and holes to be filled).
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface Part {

    /// Text that is given.
    @JsonTypeName("text")
    record Text(String text) implements Part {}

    /// An image that is given.
    @JsonTypeName("image")
    record Image(ObjectRef image) implements Part {}

    /// What the model is to write. A text hole between given parts is infilled; a hole at the end is continued.
    @JsonTypeName("hole")
    record Hole(Modality modality) implements Part {}
}
