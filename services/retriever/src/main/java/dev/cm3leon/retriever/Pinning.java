package dev.cm3leon.retriever;

import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.service.Serving;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Gives a job that names no model the one that draws it; from here on all its events name it. (The gateway names it
/// at once; a job may also be put straight on its topic.)
final class Pinning {

    private final String beginning;
    private final boolean follows;
    private final List<ModelEvent> heard = new ArrayList<>();
    private volatile Serving serving;

    /// @param beginning the model that is served before anything is promoted
    /// @param follows whether promotions count
    Pinning(String beginning, boolean follows) {
        this.beginning = beginning;
        this.follows = follows;
        this.serving = Serving.of(beginning, List.of());
    }

    synchronized void hear(ModelEvent event) {
        if (!follows || heard.contains(event)) return;
        heard.add(event);
        serving = Serving.of(beginning, heard);
    }

    /// The model that draws what no canary draws, and all that ever did, the last one promoted first: the
    /// bank may still be made for the CLIP of one that was rolled back just now.
    synchronized List<String> stable() {
        Stream<String> promoted = heard.stream()
                .sorted(Comparator.comparing(ModelEvent::at).reversed())
                .filter(event -> event instanceof ModelPromoted all && all.share() >= 1)
                .map(ModelEvent::model);
        return Stream.of(Stream.of(serving.stable()), promoted, Stream.of(beginning))
                .flatMap(models -> models)
                .distinct()
                .toList();
    }

    GenerationRequested pin(GenerationRequested requested) {
        if (requested.request().model() != null) return requested;
        return new GenerationRequested(requested.request().of(serving.modelOf(requested.generation())), requested.at());
    }
}
