package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A question to the memory bank and its answer. The retriever alone opens the index, so the gateway asks over Kafka
/// and waits for the answer of the same search id.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface SearchEvent extends Event {

    String search();

    @Override
    default String subject() {
        return search();
    }

    /// Somebody looks for documents.
    ///
    /// @param tenants whose documents count
    /// @param text what to look for; blank for the image alone
    /// @param image what to look for beside the text, or null
    /// @param documents how many at the most
    /// @param filter which documents count, or null for all
    @JsonTypeName("search-requested.v1")
    record SearchRequested(
            String search,
            List<String> tenants,
            String text,
            @Nullable ObjectRef image,
            int documents,
            @Nullable DocumentFilter filter,
            Instant at)
            implements SearchEvent {
        public SearchRequested {
            Objects.requireNonNull(search, "search is missing");
            tenants = List.copyOf(Objects.requireNonNull(tenants, "tenants is missing"));
            Objects.requireNonNull(text, "text is missing");
            Objects.requireNonNull(at, "at is missing");
        }

        /// By a text; every document counts.
        public SearchRequested(String search, List<String> tenants, String text, int documents, Instant at) {
            this(search, tenants, text, null, documents, null, at);
        }
    }

    /// The documents found, the best first; fewer where not all have room in one event.
    ///
    /// @param indexVersion of the index searched
    /// @param size how many documents the index has
    @JsonTypeName("search-completed.v1")
    record SearchCompleted(String search, List<Found> found, String indexVersion, long size) implements SearchEvent {
        public SearchCompleted {
            found = List.copyOf(found);
        }
    }

    /// It could not be answered, with the reason.
    @JsonTypeName("search-failed.v1")
    record SearchFailed(String search, String reason) implements SearchEvent {}

    /// One document found.
    ///
    /// @param score cosine of the query and the document, or the document's image where an image is looked for
    /// @param text its beginning, which says so, where not all texts have room in one event
    /// @param matchedTerms words of the query that the document's text has
    record Found(
            String document,
            double score,
            @Nullable String text,
            @Nullable ObjectRef image,
            List<String> matchedTerms) {
        public Found {
            matchedTerms = List.copyOf(matchedTerms);
        }
    }
}
