package dev.cm3leon.retriever;

import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.SearchEvent;
import dev.cm3leon.events.SearchEvent.Found;
import dev.cm3leon.events.SearchEvent.SearchCompleted;
import dev.cm3leon.events.SearchEvent.SearchFailed;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import dev.cm3leon.retriever.Selection.Match;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.vectorindex.Terms;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Answers people who look into the memory bank: the same hybrid search that a prompt or a picture gets, without
/// the rules that keep a context useful, and over documents of any modality.
final class Searches {

    private static final int LONGEST = 16_384; // characters that are left of a text
    private static final int SHORTEST = 256;
    private static final int MOST = 1000; // documents; Milvus looks for 16,384

    private final HybridSearch search;

    Searches(HybridSearch search) {
        this.search = search;
    }

    /// [SearchCompleted], or [SearchFailed] when there is nothing to look for.
    SearchEvent answer(SearchRequested requested) {
        ObjectRef image = requested.image();
        if (requested.text().isBlank() && image == null) {
            return new SearchFailed(requested.search(), "there is neither text nor image to look for");
        }
        if (requested.documents() < 1 || requested.documents() > MOST) {
            return new SearchFailed(
                    requested.search(), "need 1 <= documents <= " + MOST + ", got " + requested.documents());
        }
        HybridSearch.Query query;
        try {
            query = query(requested.text(), image);
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
        return fitting(new SearchCompleted(requested.search(), found, search.version(), search.size()));
    }

    private HybridSearch.Query query(String text, @Nullable ObjectRef image) {
        if (image == null) return search.query(text);
        return text.isBlank() ? search.query(image) : search.query(text, image);
    }

    /// Where not all has room in an event: the beginnings of long texts, then, when these are short, fewer documents.
    private static SearchCompleted fitting(SearchCompleted all) {
        SearchCompleted fitting = all;
        for (int longest = LONGEST; !EventMessages.fits(fitting); longest /= 2) {
            List<Found> found = fitting.found();
            if (longest < SHORTEST) found = found.subList(0, found.size() - 1);
            else {
                int most = longest;
                found = all.found().stream().map(one -> cut(one, most)).toList();
            }
            fitting = new SearchCompleted(all.search(), found, all.indexVersion(), all.size());
        }
        return fitting;
    }

    /// Says so where it cuts.
    private static Found cut(Found found, int most) {
        String text = found.text();
        if (text == null || text.length() <= most) return found;
        int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
        String beginning = text.substring(0, end) + "… (the first %d of %d characters)".formatted(end, text.length());
        return new Found(found.document(), found.score(), beginning, found.image(), found.matchedTerms());
    }

    private static Found found(Match match, Set<String> words) {
        Payload payload = Payload.of(match.hit().payload());
        List<String> matched =
                words.stream().filter(match.hit().terms()::contains).toList();
        return new Found(match.hit().id(), match.hit().score(), payload.text(), payload.image(), matched);
    }
}
