package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentFilter;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.vectorindex.VectorIndex;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import dev.cm3leon.vectorindex.VectorIndex.VectorField;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Looks for documents by rare words and by vector. CLIP alone finds what a prompt describes, but no name.
final class HybridSearch {

    /// The most rare words of which each is looked for alone, and left out once: every one is two searches.
    private static final int MOST_ALONE = 8;

    /// The most words that a document must have all of: Lucene takes 1024 conditions.
    private static final int MOST_TOGETHER = 256;

    private final VectorIndex index;
    private final TextEncoder texts;
    private final PictureEncoder pictures;
    private final RareWords rareWords;

    HybridSearch(VectorIndex index, TextEncoder texts, PictureEncoder pictures, RareWords rareWords) {
        this.index = index;
        this.texts = texts;
        this.pictures = pictures;
        this.rareWords = rareWords;
    }

    /// Text to a vector of length 1, in the space of the documents' vectors.
    @FunctionalInterface
    interface TextEncoder {
        float[] encode(String text);
    }

    /// An image to a vector of length 1, in the same space.
    @FunctionalInterface
    interface PictureEncoder {
        /// @throws IllegalArgumentException when the image is gone or cannot be read
        float[] encode(ObjectRef image);
    }

    /// What is looked for.
    ///
    /// @param field which vector of the documents is compared with the query's
    /// @param rareWords in their order, none of a picture
    record Query(VectorField field, float[] vector, Set<String> rareWords) {}

    Query query(String text) {
        return new Query(VectorField.DOCUMENT, texts.encode(text), rareWords.of(text));
    }

    /// @throws IllegalArgumentException when the picture is gone or cannot be read
    Query query(ObjectRef picture) {
        return new Query(VectorField.IMAGE, pictures.encode(picture), Set.of());
    }

    /// What looks like the picture and is what the text says: their mean, compared with pictures too.
    ///
    /// @throws IllegalArgumentException when the picture is gone or cannot be read
    Query query(String text, ObjectRef picture) {
        float[] both = Vectors.document(texts.encode(text), pictures.encode(picture));
        return new Query(VectorField.IMAGE, both, rareWords.of(text));
    }

    /// Documents with all rare words, those with any, and the nearest by vector. If none has all and the
    /// words are few, in place of "any": those with each word alone, and those with all but each, so that a
    /// misspelt word does not hide a name, nor one name another. In no order, perhaps more than once.
    ///
    /// @param filter which documents count
    /// @param k how many each of these searches brings
    List<Hit> find(Query query, Filter filter, int k) {
        Set<String> rare = query.rareWords;
        List<Hit> hits = new ArrayList<>();
        if (!rare.isEmpty()) {
            Set<String> first = rare.stream().limit(MOST_TOGETHER).collect(Collectors.toSet());
            hits.addAll(index.search(query.field, query.vector, k, filter.allTerms(first)));
        }
        if (hits.isEmpty() && rare.size() > 1 && rare.size() <= MOST_ALONE) {
            for (String word : rare) {
                hits.addAll(index.search(query.field, query.vector, k, filter.anyTerm(Set.of(word))));
                if (rare.size() == 2) continue; // the other one alone
                Set<String> others = new LinkedHashSet<>(rare);
                others.remove(word);
                hits.addAll(index.search(query.field, query.vector, k, filter.allTerms(others)));
            }
        } else if (rare.size() > 1) {
            hits.addAll(index.search(query.field, query.vector, k, filter.anyTerm(rare)));
        }
        hits.addAll(index.search(query.field, query.vector, k, filter));
        return hits;
    }

    /// The documents of these ids that these tenants may see. Their score compares them with the query.
    List<Hit> get(List<String> ids, Query query, Set<String> tenants) {
        Set<String> idTerms = ids.stream().map(Indexer::idTerm).collect(Collectors.toSet());
        return index.search(
                query.field, query.vector, idTerms.size(), Filter.of(tenants).anyTerm(idTerms));
    }

    /// What an event asks for, in the index's words.
    static Filter filter(Set<String> tenants, @Nullable DocumentFilter asked) {
        if (asked == null) return Filter.of(tenants);
        return Filter.of(tenants)
                .modalities(
                        asked.modalities().contains(Modality.TEXT),
                        asked.modalities().contains(Modality.IMAGE))
                .licences(Set.copyOf(asked.licences()))
                .exclude(Set.copyOf(asked.exclude()));
    }

    /// The rare words of a text.
    Set<String> rareWords(String text) {
        return rareWords.of(text);
    }

    String version() {
        return index.version();
    }

    long size() {
        return index.size();
    }
}
