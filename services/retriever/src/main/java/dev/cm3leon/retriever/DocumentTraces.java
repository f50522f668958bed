package dev.cm3leon.retriever;

import dev.cm3leon.service.Spans;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Where each document that waits stands in its trace. Documents are indexed together, and each has a span of its own
/// all the same.
record DocumentTraces(Spans spans, Map<String, Spans.Point> points) {

    DocumentTraces(Spans spans) {
        this(spans, new ConcurrentHashMap<>());
    }

    void delivered(String document) {
        points.put(document, spans.here());
    }

    /// Goes on with the trace that the document was delivered in.
    void goOn(String document, Runnable work) {
        Spans.Point point = points.get(document);
        if (point == null) work.run();
        else point.run(Indexer.STEP, document, work);
    }

    /// Forgets a document, whether there was something to tell of it or not.
    void done(String document) {
        points.remove(document);
    }
}
