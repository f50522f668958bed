package dev.cm3leon.retriever;

import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.SearchEvent;
import dev.cm3leon.events.SearchEvent.Found;
import dev.cm3leon.events.SearchEvent.SearchCompleted;
import dev.cm3leon.events.SearchEvent.SearchFailed;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import dev.cm3leon.retriever.Selection.Match;
import dev.cm3leon.vectorindex.Terms;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Answers people who look into the memory bank: the same hybrid search that a prompt or a picture gets, without
/// the rules that keep a context useful, and over documents of any modality.
final class Searches {

    private final Supplier<HybridSearch> searches;

    /// @param searches gives the search of the index that is searched now
    Searches(Supplier<HybridSearch> searches) {
        this.searches = searches;
    }

    /// [SearchCompleted], or [SearchFailed] when there is nothing to look for.
    SearchEvent answer(SearchRequested requested) {
        ObjectRef image = requested.image();
        if (requested.text().isBlank() && image == null) {
            return new SearchFailed(requested.search(), "there is neither text nor image to look for");
        }
        if (requested.documents() < 1) {
            return new SearchFailed(requested.search(), "need documents >= 1, got " + requested.documents());
        }
        HybridSearch search = searches.get();
        HybridSearch.Query query;
        try {
            query = query(search, requested.text(), image);
        } catch (IllegalArgumentException e) {
            return new SearchFailed(requested.search(), String.valueOf(e.getMessage()));
        }
        List<Hit> hits = search.find(
                query, HybridSearch.filter(Set.copyOf(requested.tenants()), requested.filter()), requested.documents());
        Set<String> words = Terms.of(requested.text());
        List<Found> found = Selection.ranked(hits, query.rareWords()).stream()
                .limit(requested.documents())
                .map(match -> found(match, words))
                .toList();
        return new SearchCompleted(requested.search(), found, search.version(), search.size());
    }

    private static HybridSearch.Query query(HybridSearch search, String text, @Nullable ObjectRef image) {
        if (image == null) return search.query(text);
        return text.isBlank() ? search.query(image) : search.query(text, image);
    }

    private static Found found(Match match, Set<String> words) {
        Payload payload = Payload.of(match.hit().payload());
        List<String> matched =
                words.stream().filter(match.hit().terms()::contains).toList();
        return new Found(match.hit().id(), match.hit().score(), payload.text(), payload.image(), matched);
    }
}
