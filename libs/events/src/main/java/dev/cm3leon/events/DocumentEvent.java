package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What can happen to one document of the memory bank, in the usual order. A document can be added again under its id,
/// so the time of its addition or removal tells what happened to one version from what happened to another.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface DocumentEvent extends Event {

    String document();

    @Override
    default String subject() {
        return document();
    }

    /// A document is to be searchable.
    @JsonTypeName("document-added.v1")
    record DocumentAdded(Document content, Instant at) implements DocumentEvent {
        public DocumentAdded {
            Objects.requireNonNull(content, "content is missing");
            Objects.requireNonNull(at, "at is missing");
        }

        @Override
        public String document() {
            return content.id();
        }

        @Override
        public String occurrence() {
            return at.toString();
        }
    }

    /// It can stand in front of a prompt; the codes of its image are in the object store.
    ///
    /// @param model that it was checked and its image was encoded for
    /// @param at when it was added: an older addition does not bring back what was removed since
    @JsonTypeName("document-tokenized.v1")
    record DocumentTokenized(Document content, String model, Instant at) implements DocumentEvent {
        public DocumentTokenized {
            Objects.requireNonNull(content, "content is missing");
            Objects.requireNonNull(at, "at is missing");
        }

        @Override
        public String document() {
            return content.id();
        }

        @Override
        public String occurrence() {
            return at.toString();
        }
    }

    /// It can be found.
    ///
    /// @param at when it was added; null of those that were written before they told it
    @JsonTypeName("document-indexed.v1")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record DocumentIndexed(
            String document, String indexVersion, @Nullable Instant at) implements DocumentEvent {
        @Override
        public String occurrence() {
            return at == null ? "" : at.toString();
        }
    }

    /// It is not to be found any more. (Its image stays in the object store, where others may share it.)
    @JsonTypeName("document-removed.v1")
    record DocumentRemoved(String document, Instant at) implements DocumentEvent {
        public DocumentRemoved {
            Objects.requireNonNull(document, "document is missing");
            Objects.requireNonNull(at, "at is missing");
        }

        @Override
        public String occurrence() {
            return at.toString();
        }
    }

    /// It could not be taken in.
    ///
    /// @param at when it was added; null of those that were written before they told it
    @JsonTypeName("document-rejected.v1")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record DocumentRejected(
            String document,
            String step,
            String reason,
            @Nullable Instant at) implements DocumentEvent {
        @Override
        public String occurrence() {
            return at == null ? "" : at.toString();
        }
    }

    /// A captioned image.
    ///
    /// @param id of the document, derived from its content where the caller names none
    /// @param licence SPDX id or words, or null when not told
    /// @param source where it came from, or null
    record Document(
            String id,
            String tenant,
            @Nullable String text,
            @Nullable ObjectRef image,
            @Nullable String licence,
            @Nullable String source) {
        public Document {
            Objects.requireNonNull(id, "id is missing");
            Objects.requireNonNull(tenant, "tenant is missing");
        }
    }
}
