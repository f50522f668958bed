package dev.cm3leon.vectorindex;

import java.util.List;
import java.util.Set;

/// Documents by vector. Vectors have length 1, so the inner product is the cosine (CM3Leon section 2.1: maximum inner
/// product search). Every method throws [UncheckedIOException] when the index cannot be reached: trying again may help.
public interface VectorIndex extends AutoCloseable {

    /// Adds documents, or replaces those of the same id. They can be found when this returns.
    void upsert(List<Entry> entries);

    /// Takes documents out; unknown ids are ignored. They are not found once this returns.
    void delete(Set<String> ids);

    /// The k nearest among the documents that the filter lets through, the most similar first, ties by id.
    List<Hit> search(float[] query, int k, Filter filter);

    /// How many documents there are.
    long size();

    /// Names the state searched, for the record: what kind of index, which bank.
    String version();

    @Override
    void close();

    /// A document as it is indexed.
    ///
    /// @param vector of length 1
    /// @param terms the words of its text, as [Terms#of] makes them: what [Filter#allTerms] looks at
    /// @param payload given back as it is with a hit: JSON, below 16 KiB
    record Entry(
            String id,
            float[] vector,
            String tenant,
            boolean hasText,
            boolean hasImage,
            Set<String> terms,
            String licence,
            String payload) {
        public Entry {
            terms = Set.copyOf(terms);
        }
    }

    /// A document found.
    record Hit(String id, double score, float[] vector, Set<String> terms, String payload) {}

    /// Which documents count.
    ///
    /// @param tenants documents of one of these tenants
    /// @param bothModalities only documents with text and image
    /// @param allTerms only documents that have every one of these terms; empty for any document
    /// @param anyTerm only documents that have at least one of these terms; empty for any document
    /// @param exclude ids that do not count
    record Filter(
            Set<String> tenants,
            boolean bothModalities,
            Set<String> allTerms,
            Set<String> anyTerm,
            Set<String> exclude) {
        public Filter {
            tenants = Set.copyOf(tenants);
            allTerms = Set.copyOf(allTerms);
            anyTerm = Set.copyOf(anyTerm);
            exclude = Set.copyOf(exclude);
        }
    }
}
