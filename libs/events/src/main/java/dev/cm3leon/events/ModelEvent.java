package dev.cm3leon.events;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What can happen to one version of a model: its files are there, it draws a share of the jobs or all of
/// them, it draws no more.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface ModelEvent extends Event {

    /// `name@version`.
    String model();

    @Override
    default String subject() {
        return model();
    }

    /// When somebody decided it. Promotions come on two topics: their order is that of these times.
    Instant at();

    /// A version is complete in the object store and can be asked for.
    ///
    /// @param manifest says which files there are, with their digests
    /// @param run the training run that it comes from, or null
    /// @param evaluation measures by name
    @JsonTypeName("model-published.v1")
    record ModelPublished(
            String model,
            ObjectRef manifest,
            @Nullable String run,
            Map<String, Double> evaluation,
            String licence,
            Instant at)
            implements ModelEvent {
        public ModelPublished {
            evaluation = Map.copyOf(evaluation);
            Objects.requireNonNull(at, "at is missing");
        }
    }

    /// It draws jobs from now on.
    ///
    /// @param share of the jobs that name no model, in (0, 1]; less than 1 is a canary beside the version that was
    ///     promoted before
    @JsonTypeName("model-promoted.v1")
    record ModelPromoted(String model, double share, Instant at) implements ModelEvent {
        public ModelPromoted {
            if (!(share > 0 && share <= 1)) throw new IllegalArgumentException("need share in (0, 1], got " + share);
            Objects.requireNonNull(at, "at is missing");
        }

        @Override
        public String occurrence() {
            return at.toString();
        }
    }

    /// It draws no more jobs that name no model; the version that was promoted before it does.
    @JsonTypeName("model-rolled-back.v1")
    record ModelRolledBack(String model, Instant at) implements ModelEvent {
        public ModelRolledBack {
            Objects.requireNonNull(at, "at is missing");
        }

        @Override
        public String occurrence() {
            return at.toString();
        }
    }
}
