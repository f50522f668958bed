package dev.cm3leon.events;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What to make, complete and immutable: it travels with the job through every service, so that none keeps state of it.
///
/// @param generation the job's id
/// @param tenant who asks; documents of other tenants are not seen
/// @param model `name@version`, or null for the model that is being served
/// @param parts the document with at least one hole; texts with nothing between them become one
/// @param sampling how candidates are sampled
/// @param candidates how many are drawn, each from its own random stream
/// @param documents how many retrieved documents to condition on; 0 switches retrieval off
/// @param givenDocuments ids of documents to condition on instead of searching; empty to search
/// @param filter which documents may be searched for, or null for any; those that are given are used as they are
/// @param seed the randomness: the same request with the same seed gives the same result
/// @param deadline when the job is given up, or null
public record GenerationRequest(
        String generation,
        String tenant,
        @Nullable String model,
        List<Part> parts,
        Sampling sampling,
        int candidates,
        int documents,
        List<String> givenDocuments,
        @Nullable DocumentFilter filter,
        long seed,
        @Nullable Instant deadline) {

    public GenerationRequest {
        Objects.requireNonNull(generation, "generation is missing");
        Objects.requireNonNull(tenant, "tenant is missing");
        Objects.requireNonNull(sampling, "sampling is missing");
        parts = joined(Objects.requireNonNull(parts, "parts is missing"));
        givenDocuments = List.copyOf(Objects.requireNonNull(givenDocuments, "givenDocuments is missing"));
    }

    /// Any document may be searched for.
    public GenerationRequest(
            String generation,
            String tenant,
            @Nullable String model,
            List<Part> parts,
            Sampling sampling,
            int candidates,
            int documents,
            List<String> givenDocuments,
            long seed,
            @Nullable Instant deadline) {
        this(generation, tenant, model, parts, sampling, candidates, documents, givenDocuments, null, seed, deadline);
    }

    /// Texts with nothing between them are one.
    private static List<Part> joined(List<Part> parts) {
        List<Part> joined = new ArrayList<>();
        for (Part part : parts) {
            if (part instanceof Part.Text(String next)
                    && !joined.isEmpty()
                    && joined.getLast() instanceof Part.Text(String before))
                joined.set(joined.size() - 1, new Part.Text(Part.Text.join(before, next)));
            else joined.add(part);
        }
        return List.copyOf(joined);
    }

    /// All that is said in words.
    public String text() {
        return parts.stream()
                .filter(Part.Text.class::isInstance)
                .map(part -> ((Part.Text) part).text())
                .collect(Collectors.joining(" "));
    }

    /// Whether its deadline has passed.
    public boolean isLate(Instant now) {
        return deadline != null && now.isAfter(deadline);
    }

    /// The same of one model.
    public GenerationRequest of(String pinned) {
        return new GenerationRequest(
                generation,
                tenant,
                pinned,
                parts,
                sampling,
                candidates,
                documents,
                givenDocuments,
                filter,
                seed,
                deadline);
    }

    /// The same sampled in another way.
    public GenerationRequest withSampling(Sampling other) {
        return new GenerationRequest(
                generation, tenant, model, parts, other, candidates, documents, givenDocuments, filter, seed, deadline);
    }
}
