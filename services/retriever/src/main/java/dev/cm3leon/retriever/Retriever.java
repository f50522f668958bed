package dev.cm3leon.retriever;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Evidence;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Tenant;
import dev.cm3leon.retriever.Selection.Match;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Finds the documents a prompt is conditioned on (CM3Leon sections 2.1 and 2.4): those that the request names; else by
/// its text if an image is to be drawn; else by the image that it asks about.
final class Retriever {

    static final String STEP = "retrieve";

    private static final double ANY = Double.POSITIVE_INFINITY; // similarity
    private static final int MOST_FOUND = 512;

    private final HybridSearch search;
    private final RetrieverProperties properties;

    Retriever(HybridSearch search, RetrieverProperties properties) {
        this.search = search;
        this.properties = properties;
    }

    /// [EvidenceRetrieved], or [GenerationFailed] when a document that is given, or the image that is asked about,
    /// cannot be had.
    GenerationEvent retrieve(GenerationRequested requested) {
        GenerationRequest request = requested.request();
        boolean draws = request.parts().stream().anyMatch(Part::drawsImage);
        String text = draws ? request.text() : ""; // else it is an instruction, and no word of it is looked for
        Optional<ObjectRef> picture = draws ? Optional.empty() : lastImage(request);
        boolean given = !request.givenDocuments().isEmpty();
        if (!given && (request.documents() == 0 || text.isBlank() && picture.isEmpty())) {
            return new EvidenceRetrieved(request, List.of(), "", unknown(search.rareWords(text), List.of()));
        }
        HybridSearch.Query query;
        try {
            query = picture.isPresent() ? search.query(picture.get()) : search.query(text);
        } catch (IllegalArgumentException e) {
            return failed(request, String.valueOf(e.getMessage()));
        }
        // a copy of the image that is asked about is the best document there is
        return given ? given(request, query) : found(request, query, picture.isPresent() ? ANY : most());
    }

    private double most() {
        return properties.maxSimilarity();
    }

    /// Where too many are copies of the query or of each other, there may be others behind them.
    private GenerationEvent found(GenerationRequest request, HybridSearch.Query query, double toQuery) {
        Filter filter = HybridSearch.filter(tenants(request), request.filter()).modalities(true, true);
        for (int k = properties.found(); ; k = Math.min(4 * k, MOST_FOUND)) {
            List<Hit> hits = search.find(query, filter, k);
            List<Match> chosen = Selection.choose(hits, query.rareWords(), request.documents(), toQuery, most());
            boolean all = hits.stream().map(Hit::id).distinct().count() < k;
            if (chosen.size() == request.documents() || all || k >= MOST_FOUND)
                return retrieved(request, query, chosen);
        }
    }

    private GenerationEvent given(GenerationRequest request, HybridSearch.Query query) {
        List<Match> found =
                Selection.ranked(search.get(request.givenDocuments(), query, tenants(request)), query.rareWords());
        List<Match> chosen = new ArrayList<>();
        for (String id : request.givenDocuments()) {
            Match match = found.stream()
                    .filter(one -> one.hit().id().equals(id))
                    .findFirst()
                    .orElse(null);
            if (match == null) return failed(request, "there is no document '" + id + "'");
            Payload payload = Payload.of(match.hit().payload());
            if (payload.text() == null) return failed(request, "document '" + id + "' has no text");
            if (payload.image() == null) return failed(request, "document '" + id + "' has no image");
            chosen.add(match);
        }
        return retrieved(request, query, chosen);
    }

    private EvidenceRetrieved retrieved(GenerationRequest request, HybridSearch.Query query, List<Match> chosen) {
        List<Evidence> evidence = chosen.stream().map(Retriever::evidence).toList();
        return new EvidenceRetrieved(request, evidence, search.version(), unknown(query.rareWords(), chosen));
    }

    private static Evidence evidence(Match match) {
        Payload payload = Payload.of(match.hit().payload());
        String text = payload.text();
        ObjectRef image = payload.image();
        if (text == null || image == null) {
            throw new IllegalStateException(
                    "need text and image of document " + match.hit().id());
        }
        return new Evidence(match.hit().id(), match.hit().score(), text, image, match.terms());
    }

    /// Rare words that no chosen document explains.
    private static List<String> unknown(Set<String> rareWords, List<Match> chosen) {
        Set<String> unknown = new LinkedHashSet<>(rareWords);
        chosen.forEach(match -> unknown.removeAll(match.hit().terms()));
        return List.copyOf(unknown);
    }

    private static GenerationFailed failed(GenerationRequest request, String reason) {
        return new GenerationFailed(request.generation(), STEP, reason, request.model());
    }

    private static Set<String> tenants(GenerationRequest request) {
        return Set.copyOf(Tenant.seenBy(request.tenant()));
    }

    private static Optional<ObjectRef> lastImage(GenerationRequest request) {
        return request.parts().stream()
                .filter(Part.Image.class::isInstance)
                .map(part -> ((Part.Image) part).image())
                .reduce((_, last) -> last);
    }
}
