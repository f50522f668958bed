package dev.cm3leon.vectorindex;

import java.nio.charset.StandardCharsets;
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
    List<Hit> search(VectorField field, float[] query, int k, Filter filter);

    /// How many documents there are.
    long size();

    /// Names the state searched, for the record: what kind of index, which bank.
    String version();

    @Override
    void close();

    /// Which vector of a document is compared with a query.
    enum VectorField {
        /// Of all that the document has.
        DOCUMENT,
        /// Of its image alone, or of its text where it has none, in the same space. What is looked for by an image is
        /// found better by it: the words beside the document's image, perhaps a name, do not stand between.
        IMAGE
    }

    /// The vectors of a document, each of length 1.
    record Embedding(float[] document, float[] image) {

        float[] of(VectorField field) {
            return switch (field) {
                case DOCUMENT -> document;
                case IMAGE -> image;
            };
        }
    }

    /// A document as it is indexed. Texts are limited so that every index can hold them.
    ///
    /// @param terms the words of its text, as [Terms#of] makes them: what [Filter#allTerms] looks at
    /// @param payload given back as it is with a hit: JSON
    record Entry(
            String id,
            Embedding embedding,
            String tenant,
            boolean hasText,
            boolean hasImage,
            Set<String> terms,
            String licence,
            String payload) {

        /// The longest id, tenant, licence or term, in bytes of UTF-8.
        public static final int LONGEST_TEXT = 512;

        /// The most terms of one document.
        public static final int MOST_TERMS = 1024;

        /// The longest payload, in bytes of UTF-8.
        public static final int LONGEST_PAYLOAD = 65_535;

        public Entry {
            terms = Set.copyOf(terms);
            check("id", id, LONGEST_TEXT);
            check("tenant", tenant, LONGEST_TEXT);
            check("licence", licence, LONGEST_TEXT);
            check("payload", payload, LONGEST_PAYLOAD);
            terms.forEach(term -> check("term", term, LONGEST_TEXT));
            if (terms.size() > MOST_TERMS) {
                throw new IllegalArgumentException("need at most " + MOST_TERMS + " terms, got " + terms.size());
            }
        }

        private static void check(String field, String text, int longest) {
            int bytes = text.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > longest) {
                throw new IllegalArgumentException("need " + field + " of at most " + longest + " bytes, got " + bytes);
            }
        }
    }

    /// A document found.
    ///
    /// @param score the cosine of the query and the vector it was compared with
    /// @param vector the document's, of all that it has
    record Hit(String id, double score, float[] vector, Set<String> terms, String payload) {}

    /// Which documents count.
    ///
    /// @param tenants documents of one of these tenants
    /// @param withText only documents that have text
    /// @param withImage only documents that have an image
    /// @param licences only documents under one of these licences; empty for any
    /// @param allTerms only documents that have every one of these terms; empty for any document
    /// @param anyTerm only documents that have at least one of these terms; empty for any document
    /// @param exclude ids that do not count
    record Filter(
            Set<String> tenants,
            boolean withText,
            boolean withImage,
            Set<String> licences,
            Set<String> allTerms,
            Set<String> anyTerm,
            Set<String> exclude) {

        public Filter {
            tenants = Set.copyOf(tenants);
            licences = Set.copyOf(licences);
            allTerms = Set.copyOf(allTerms);
            anyTerm = Set.copyOf(anyTerm);
            exclude = Set.copyOf(exclude);
        }

        /// Every document of these tenants.
        public static Filter of(Set<String> tenants) {
            return new Filter(tenants, false, false, Set.of(), Set.of(), Set.of(), Set.of());
        }

        /// Only documents that have what is asked for here.
        public Filter modalities(boolean text, boolean image) {
            return new Filter(tenants, text, image, licences, allTerms, anyTerm, exclude);
        }

        public Filter licences(Set<String> some) {
            return new Filter(tenants, withText, withImage, some, allTerms, anyTerm, exclude);
        }

        public Filter allTerms(Set<String> some) {
            return new Filter(tenants, withText, withImage, licences, some, anyTerm, exclude);
        }

        public Filter anyTerm(Set<String> some) {
            return new Filter(tenants, withText, withImage, licences, allTerms, some, exclude);
        }

        public Filter exclude(Set<String> some) {
            return new Filter(tenants, withText, withImage, licences, allTerms, anyTerm, some);
        }
    }
}
