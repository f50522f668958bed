package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// A log that is a list.
record ListedDocuments(List<DocumentTokenized> documents) implements DocumentLog {

    static final ListedDocuments NONE = new ListedDocuments(List.of());

    @Override
    public long count(Place from) {
        return documents.size() - from.offsets().getOrDefault(0, 0L);
    }

    @Override
    public Place read(Place from, Consumer<List<DocumentTokenized>> some) {
        int at = Math.toIntExact(from.offsets().getOrDefault(0, 0L));
        int end = documents.size();
        for (; at < end; at++) some.accept(List.of(documents.get(at)));
        return new Place(Map.of(0, (long) end));
    }
}
