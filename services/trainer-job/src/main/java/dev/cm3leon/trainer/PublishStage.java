package dev.cm3leon.trainer;

import dev.cm3leon.events.ModelEvent.ModelPublished;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.model.ModelManifest;
import dev.cm3leon.trainer.configuration.RefusedException;
import dev.cm3leon.trainer.run.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Puts a run's bundle into the object store as a version of its model, with what the evaluation found. Nothing is
/// promoted: that is decided by whoever runs the platform.
final class PublishStage {
    private static final JsonMapper JSON = new JsonMapper();

    private PublishStage() {}

    static boolean run(Run run) {
        if (!(run.mirror() instanceof StoreMirror mirror)) {
            throw new RefusedException("the stage publish needs an object store: CM3_S3_ENDPOINT");
        }
        run.fetch("bundle");
        run.fetch("evaluate");
        run.events()
                .accept(publish(
                        run.id(),
                        run.stage("bundle"),
                        run.stage("evaluate").resolve("evaluation.json"),
                        mirror::put,
                        Instant.now()));
        return true;
    }

    /// Published again, the same bundle is the same version.
    ///
    /// @param evaluation a JSON file of measures, or where none is
    /// @return what the others are to hear
    static ModelPublished publish(String run, Path bundle, Path evaluation, ModelManifest.Put store, Instant now) {
        ModelManifest manifest = ModelManifest.of(bundle, run, measures(evaluation));
        manifest.publish(bundle, store);
        var object = new ObjectRef(manifest.key(), "application/json", manifest.json().length);
        return new ModelPublished(manifest.id(), object, run, manifest.evaluation(), manifest.licence(), now);
    }

    /// The numbers of a JSON file; those of nested objects are called `outer.inner`.
    static Map<String, Double> measures(Path file) {
        var measures = new TreeMap<String, Double>();
        if (!Files.isRegularFile(file)) return measures;
        try {
            collect("", JSON.readTree(Files.readString(file)), measures);
        } catch (IOException e) {
            throw new UncheckedIOException("could not read " + file, e);
        }
        return measures;
    }

    private static void collect(String prefix, JsonNode json, Map<String, Double> measures) {
        json.properties().forEach(entry -> {
            String name = prefix + entry.getKey();
            if (entry.getValue().isNumber()) measures.put(name, entry.getValue().doubleValue());
            else if (entry.getValue().isObject()) collect(name + ".", entry.getValue(), measures);
        });
    }
}
