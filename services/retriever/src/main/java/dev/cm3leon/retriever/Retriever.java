package dev.cm3leon.retriever;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Evidence;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.retriever.Selection.Match;
import dev.cm3leon.vectorindex.VectorIndex;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Finds the documents a prompt is conditioned on (CM3Leon sections 2.1 and 2.4): those that are given, or those that a
/// hybrid of words and vectors finds.
final class Retriever {

    static final String STEP = "retrieve";

    /// Whose documents everybody sees.
    static final String PUBLIC = "public";

    private final VectorIndex index;
    private final TextEncoder encoder;
    private final RareWords rareWords;
    private final RetrieverProperties properties;

    Retriever(VectorIndex index, TextEncoder encoder, RareWords rareWords, RetrieverProperties properties) {
        this.index = index;
        this.encoder = encoder;
        this.rareWords = rareWords;
        this.properties = properties;
    }

    /// Text to a vector of length 1, in the space of the documents' vectors.
    interface TextEncoder {
        float[] encode(String text);
    }

    /// [EvidenceRetrieved], or [GenerationFailed] when a document that is given cannot be had.
    GenerationEvent retrieve(GenerationRequested requested) {
        GenerationRequest request = requested.request();
        String text = textOf(request);
        if (!request.givenDocuments().isEmpty()) return given(request, text);
        if (request.documents() == 0 || text.isBlank() || !wantsImage(request)) {
            return new EvidenceRetrieved(request, List.of(), "", unknown(text, List.of()));
        }
        return searched(request, text);
    }

    private EvidenceRetrieved searched(GenerationRequest request, String text) {
        Set<String> rare = rareWords.of(text);
        List<Match> chosen = Selection.choose(
                search(request, encoder.encode(text), rare), rare, request.documents(), properties.maxSimilarity());
        return evidence(request, text, chosen);
    }

    /// Documents with every rare word; if there are none, those that lack one of them (a misspelt word must not hide a
    /// name); those with any; and the nearest by vector.
    private List<Hit> search(GenerationRequest request, float[] query, Set<String> rare) {
        Set<String> tenants = tenants(request);
        List<Hit> found = new ArrayList<>();
        if (!rare.isEmpty()) {
            found.addAll(search(query, new Filter(tenants, true, rare, Set.of(), Set.of())));
            if (found.isEmpty() && rare.size() > 2) {
                for (String word : rare) {
                    Set<String> others = new LinkedHashSet<>(rare);
                    others.remove(word);
                    found.addAll(search(query, new Filter(tenants, true, others, Set.of(), Set.of())));
                }
            }
            if (rare.size() > 1) found.addAll(search(query, new Filter(tenants, true, Set.of(), rare, Set.of())));
        }
        found.addAll(search(query, new Filter(tenants, true, Set.of(), Set.of(), Set.of())));
        return found;
    }

    private List<Hit> search(float[] query, Filter filter) {
        return index.search(query, properties.found(), filter);
    }

    private GenerationEvent given(GenerationRequest request, String text) {
        Set<String> rare = rareWords.of(text);
        List<String> ids = request.givenDocuments();
        Set<String> idTerms = ids.stream().map(Indexer::idTerm).collect(Collectors.toSet());
        // a text that means nothing still has a vector; the score is then only for the record
        List<Hit> hits = index.search(
                encoder.encode(text), idTerms.size(), new Filter(tenants(request), false, Set.of(), idTerms, Set.of()));
        Map<String, Match> found = Selection.ranked(hits, rare).stream()
                .collect(Collectors.toMap(match -> match.hit().id(), Function.identity()));
        for (String id : ids) {
            Match match = found.get(id);
            if (match == null) return failed(request, "no document '" + id + "'");
            Payload payload = Payload.of(match.hit().payload());
            if (payload.text() == null || payload.image() == null) {
                return failed(request, "document '" + id + "' lacks its " + (payload.text() == null ? "text" : "image"));
            }
        }
        return evidence(request, text, ids.stream().map(id -> found.get(id)).toList());
    }

    private EvidenceRetrieved evidence(GenerationRequest request, String text, List<Match> chosen) {
        List<Evidence> evidence = chosen.stream().map(Retriever::evidence).toList();
        return new EvidenceRetrieved(request, evidence, index.version(), unknown(text, chosen));
    }

    private static Evidence evidence(Match match) {
        Payload payload = Payload.of(match.hit().payload());
        String text = payload.text();
        ObjectRef image = payload.image();
        if (text == null || image == null) {
            throw new IllegalStateException("document " + match.hit().id() + " has not both modalities");
        }
        return new Evidence(match.hit().id(), match.hit().score(), text, image, match.terms());
    }

    /// Rare words of the text that no chosen document explains.
    private List<String> unknown(String text, List<Match> chosen) {
        Set<String> unknown = rareWords.of(text);
        chosen.forEach(match -> unknown.removeAll(match.hit().terms()));
        return List.copyOf(unknown);
    }

    private static GenerationFailed failed(GenerationRequest request, String reason) {
        return new GenerationFailed(request.generation(), STEP, reason);
    }

    private static Set<String> tenants(GenerationRequest request) {
        return request.tenant().equals(PUBLIC) ? Set.of(PUBLIC) : Set.of(PUBLIC, request.tenant());
    }

    private static boolean wantsImage(GenerationRequest request) {
        return request.parts().contains(new Part.Hole(Modality.IMAGE));
    }

    private static String textOf(GenerationRequest request) {
        return request.parts().stream()
                .filter(Part.Text.class::isInstance)
                .map(part -> ((Part.Text) part).text())
                .collect(Collectors.joining(" "));
    }
}
