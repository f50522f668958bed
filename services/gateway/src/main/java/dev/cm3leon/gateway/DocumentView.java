package dev.cm3leon.gateway;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.gateway.state.DocumentState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A document of the memory bank as people see it.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DocumentView(
        String id,
        DocumentState.Status status,
        @Nullable String text,
        GenerationView.@Nullable ImageView image,
        @Nullable String licence,
        @Nullable String source,
        @JsonProperty("added_at") @Nullable Instant addedAt,
        @JsonProperty("index_version") @Nullable String indexVersion,
        @Nullable String reason) {

    public static DocumentView of(DocumentState state) {
        Document content = state.content().orElse(null);
        var status = state.status();
        return new DocumentView(
                state.id(),
                status,
                content == null ? null : content.text(),
                content == null ? null : GenerationView.ImageView.of(content.image()),
                content == null ? null : content.licence(),
                content == null ? null : content.source(),
                state.added().orElse(null),
                status == DocumentState.Status.INDEXED
                        ? state.event(DocumentIndexed.class)
                                .map(DocumentIndexed::indexVersion)
                                .orElse(null)
                        : null,
                status == DocumentState.Status.REJECTED
                        ? state.event(DocumentRejected.class)
                                .map(r -> r.step() + ": " + r.reason())
                                .orElse(null)
                        : null);
    }
}
