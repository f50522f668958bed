package dev.cm3leon.service;

import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.ModelManifest;
import dev.cm3leon.objectstore.ObjectStore;
import java.nio.file.Path;
import java.util.Optional;

/// Models by `name@version`: the one that a service begins with, and every published one, fetched from the object store
/// and verified when it is first asked for.
public final class ModelRegistry {

    private final ObjectStore store;
    private final Path cache;
    private final ModelBundle beginning;

    public ModelRegistry(ObjectStore store, ModelProperties properties) {
        this.store = store;
        this.cache = properties.cache();
        String location = properties.beginning();
        boolean published = !location.contains("/") && !location.contains(":") && location.contains("@");
        this.beginning = published ? fetch(location) : ModelBundle.open(location);
    }

    /// The model that is served before anything is promoted.
    public ModelBundle beginning() {
        return beginning;
    }

    /// @throws UnknownModelException when no such version is published, or it is no more
    /// @throws dev.cm3leon.model.ModelFormatException when its files are not those that the manifest names
    /// @throws java.io.UncheckedIOException when the store cannot be reached
    public ModelBundle open(String id) {
        return id.equals(beginning.id()) ? beginning : fetch(id);
    }

    /// What was written down when a version was published.
    public Optional<ModelManifest> manifest(String id) {
        return ModelManifest.key(id).flatMap(store::get).map(ModelManifest::of);
    }

    /// Fetches and opens what a manifest names, whether it is published or not.
    public ModelBundle check(ModelManifest manifest) {
        return manifest.fetch(store::get, cache);
    }

    private ModelBundle fetch(String id) {
        return check(manifest(id).orElseThrow(() -> new UnknownModelException(id)));
    }

    /// A model that was never published, or is gone.
    public static final class UnknownModelException extends IllegalArgumentException {
        UnknownModelException(String id) {
            super("there is no model " + id + ": nothing is stored under "
                    + ModelManifest.key(id).orElse("models/NAME/VERSION/manifest.json"));
        }
    }
}
