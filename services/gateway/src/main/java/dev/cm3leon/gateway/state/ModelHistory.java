package dev.cm3leon.gateway.state;

import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPublished;
import dev.cm3leon.service.Serving;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What happened to models, each event once. There are few, and all are kept.
public final class ModelHistory {

    private final Map<String, ModelEvent> events = new HashMap<>();

    /// Of the same event the earliest telling counts.
    public synchronized void hear(ModelEvent event) {
        events.merge(event.eventId(), event, (a, b) -> a.at().isAfter(b.at()) ? b : a);
    }

    /// @param beginning the model that is served before anything is promoted
    public synchronized Serving serving(String beginning) {
        return Serving.of(beginning, events.values());
    }

    /// In order of time.
    public synchronized List<ModelPublished> published() {
        return events.values().stream()
                .filter(ModelPublished.class::isInstance)
                .map(ModelPublished.class::cast)
                .sorted(Comparator.comparing(ModelPublished::at))
                .toList();
    }
}
