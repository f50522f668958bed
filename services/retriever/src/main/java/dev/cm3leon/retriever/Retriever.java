package dev.cm3leon.retriever;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Evidence;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.retriever.Selection.Match;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Finds the documents a prompt is conditioned on (CM3Leon sections 2.1 and 2.4): those that are given, or those that
/// are found: by the text where an image is asked for, else by the image that is there, since that is what is asked
/// about.
final class Retriever {

    static final String STEP = "retrieve";

    private static final double ANY = Double.POSITIVE_INFINITY; // similarity

    /// Whose documents everybody sees.
    static final String PUBLIC = "public";

    private final HybridSearch search;
    private final RetrieverProperties properties;

    Retriever(HybridSearch search, RetrieverProperties properties) {
        this.search = search;
        this.properties = properties;
    }

    /// [EvidenceRetrieved], or [GenerationFailed] when a document that is given cannot be had.
    GenerationEvent retrieve(GenerationRequested requested) {
        GenerationRequest request = requested.request();
        String text = textOf(request);
        if (!request.givenDocuments().isEmpty()) return given(request, text);
        Filter filter = HybridSearch.filter(tenants(request), request.filter()).modalities(true, true);
        if (!wantsImage(request)) return shown(request, filter);
        if (request.documents() == 0 || text.isBlank()) {
            return new EvidenceRetrieved(request, List.of(), "", unknown(text, List.of()));
        }
        double most = properties.maxSimilarity();
        HybridSearch.Result result = search.find(text, filter, properties.found());
        List<Match> chosen = Selection.choose(result.hits(), result.rareWords(), request.documents(), most, most);
        return retrieved(request, text, chosen);
    }

    /// What looks most like the last image that is there, a copy of it before all: its document says who or what it is.
    /// No word is unknown, for the text is an instruction.
    private GenerationEvent shown(GenerationRequest request, Filter filter) {
        Optional<ObjectRef> picture = request.parts().stream()
                .filter(Part.Image.class::isInstance)
                .map(part -> ((Part.Image) part).image())
                .reduce((_, last) -> last);
        if (request.documents() == 0 || picture.isEmpty())
            return new EvidenceRetrieved(request, List.of(), "", List.of());
        List<Hit> near;
        try {
            near = search.near(picture.get(), filter, properties.found());
        } catch (IllegalArgumentException e) {
            return failed(request, String.valueOf(e.getMessage()));
        }
        List<Evidence> evidence =
                Selection.choose(near, Set.of(), request.documents(), ANY, properties.maxSimilarity()).stream()
                        .map(Retriever::evidence)
                        .toList();
        return new EvidenceRetrieved(request, evidence, search.version(), List.of());
    }

    private GenerationEvent given(GenerationRequest request, String text) {
        List<Match> found =
                Selection.ranked(search.get(request.givenDocuments(), text, tenants(request)), search.rareWords(text));
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
        return retrieved(request, text, chosen);
    }

    private EvidenceRetrieved retrieved(GenerationRequest request, String text, List<Match> chosen) {
        List<Evidence> evidence = chosen.stream().map(Retriever::evidence).toList();
        return new EvidenceRetrieved(request, evidence, search.version(), unknown(text, chosen));
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

    /// Rare words of the text that no chosen document explains.
    private List<String> unknown(String text, List<Match> chosen) {
        Set<String> unknown = search.rareWords(text);
        chosen.forEach(match -> unknown.removeAll(match.hit().terms()));
        return List.copyOf(unknown);
    }

    private static GenerationFailed failed(GenerationRequest request, String reason) {
        return new GenerationFailed(request.generation(), STEP, reason, request.model());
    }

    private static Set<String> tenants(GenerationRequest request) {
        return request.tenant().equals(PUBLIC) ? Set.of(PUBLIC) : Set.of(PUBLIC, request.tenant());
    }

    private static boolean wantsImage(GenerationRequest request) {
        return request.parts().stream().anyMatch(Part::drawsImage);
    }

    private static String textOf(GenerationRequest request) {
        return request.parts().stream()
                .filter(Part.Text.class::isInstance)
                .map(part -> ((Part.Text) part).text())
                .collect(Collectors.joining(" "));
    }
}
