package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What happens to the index of the memory bank as a whole. All of it has one key, so that one retriever at a
/// time builds.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface IndexEvent extends Event {

    /// The only bank there is.
    String BANK = "documents";

    @Override
    default String subject() {
        return BANK;
    }

    /// The bank is to be built anew from the log of documents, beside the index that is searched.
    ///
    /// @param rebuild its id
    /// @param reason why, or null where a person wants it
    /// @param index the name of the index that is not as it should be; null where a person wants it
    /// @param evenIfSmaller whether it may take the place of an index with more documents
    @JsonTypeName("index-rebuild-requested.v1")
    record IndexRebuildRequested(
            String rebuild,
            @Nullable String reason,
            @Nullable String index,
            boolean evenIfSmaller,
            Instant at) implements IndexEvent {
        public IndexRebuildRequested {
            Objects.requireNonNull(rebuild, "rebuild is missing");
            Objects.requireNonNull(at, "at is missing");
        }

        @Override
        public String occurrence() {
            return rebuild;
        }
    }

    /// How far it is.
    ///
    /// @param read documents of the log so far; one that was added again counts again
    /// @param total in the log when it began
    @JsonTypeName("index-rebuild-progress.v1")
    record IndexRebuildProgress(String rebuild, long read, long total) implements IndexEvent {
        @Override
        public String occurrence() {
            return rebuild + "-" + read;
        }
    }

    /// The new index is searched.
    ///
    /// @param indexVersion of the new index
    /// @param documents in it
    /// @param rejected documents of the log that could not be taken in
    @JsonTypeName("index-rebuilt.v1")
    record IndexRebuilt(String rebuild, String indexVersion, long documents, long rejected, double seconds)
            implements IndexEvent {
        @Override
        public String occurrence() {
            return rebuild;
        }
    }

    /// The old index is searched as before.
    @JsonTypeName("index-rebuild-failed.v1")
    record IndexRebuildFailed(String rebuild, String reason) implements IndexEvent {
        @Override
        public String occurrence() {
            return rebuild;
        }
    }

    /// Whether a retriever can search the index: told when it starts, when that changes, and every two minutes.
    ///
    /// @param instance which retriever, or null as it was told before they were named
    /// @param unreachable why it cannot, or null where it can
    @JsonTypeName("index-reachability.v1")
    record IndexReachability(
            @Nullable String instance, @Nullable String unreachable, Instant at) implements IndexEvent {
        public IndexReachability {
            Objects.requireNonNull(at, "at is missing");
        }

        @Override
        public String occurrence() {
            return instance == null ? at.toString() : instance + "-" + at;
        }
    }

    /// Somebody wants to know how the index is.
    ///
    /// @param question its id, which the answer has too
    @JsonTypeName("index-status-requested.v1")
    record IndexStatusRequested(String question, Instant at) implements IndexEvent {
        public IndexStatusRequested {
            Objects.requireNonNull(question, "question is missing");
            Objects.requireNonNull(at, "at is missing");
        }

        @Override
        public String occurrence() {
            return question;
        }
    }

    /// How the index is.
    ///
    /// @param documents that can be searched
    /// @param logged additions in the log, those of removed documents and repeated ones too
    /// @param outdated why it is to be rebuilt, or null
    @JsonTypeName("index-status.v1")
    record IndexStatus(
            String question,
            String indexVersion,
            long documents,
            long logged,
            @Nullable String outdated) implements IndexEvent {
        @Override
        public String occurrence() {
            return question;
        }
    }
}
