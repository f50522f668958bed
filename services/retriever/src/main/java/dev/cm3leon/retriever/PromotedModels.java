package dev.cm3leon.retriever;

import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.service.Serving;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Which models were promoted, and so which one serves. A job that names no model gets the one that draws it; from
/// here on all its events name it. (The gateway names it at once; a job may also be put straight on its topic.)
final class PromotedModels {

    private final String beginning;
    private final boolean follows;
    private final Consumer<Consumer<ModelEvent>> earlier;
    private final List<ModelEvent> heard = new CopyOnWriteArrayList<>();

    /// @param beginning the model that is served before anything is promoted
    /// @param follows whether promotions count
    /// @param earlier tells what was promoted before this process began, to whom that was not told
    PromotedModels(String beginning, boolean follows, Consumer<Consumer<ModelEvent>> earlier) {
        this.beginning = beginning;
        this.follows = follows;
        this.earlier = earlier;
    }

    synchronized void hear(ModelEvent event) {
        if (follows && !heard.contains(event)) heard.add(event);
    }

    private Serving serving() {
        if (follows) earlier.accept(this::hear);
        return Serving.of(beginning, heard);
    }

    /// The model that serves (not the canary), then every earlier one, the latest first: the bank may still hold the
    /// vectors of one that was rolled back just now.
    ///
    /// @throws java.io.UncheckedIOException when what was promoted cannot be read now
    List<String> stable() {
        String now = serving().stable();
        Stream<String> promoted = heard.stream()
                .sorted(Comparator.comparing(ModelEvent::at).reversed())
                .filter(event -> event instanceof ModelPromoted all && all.share() >= 1)
                .map(ModelEvent::model);
        return Stream.of(Stream.of(now), promoted, Stream.of(beginning))
                .flatMap(models -> models)
                .distinct()
                .toList();
    }

    /// @throws java.io.UncheckedIOException when what was promoted cannot be read now
    GenerationRequested pin(GenerationRequested requested) {
        if (requested.request().model() != null) return requested;
        return new GenerationRequested(
                requested.request().of(serving().modelOf(requested.generation())), requested.at());
    }
}
