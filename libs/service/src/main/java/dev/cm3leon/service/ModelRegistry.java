package dev.cm3leon.service;

import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.ModelManifest;
import dev.cm3leon.objectstore.ObjectStore;
import java.util.Optional;

/// Models by `name@version`: the one that a service begins with, and every published one, fetched from the object store
/// and verified when it is first asked for.
public final class ModelRegistry {

    private final ObjectStore store;
    private final ModelCache cache;
    private final ModelBundle beginning;
    private final boolean published; // the beginning is

    public ModelRegistry(ObjectStore store, ModelProperties properties) {
        this.store = store;
        this.cache = new ModelCache(store, properties.cache(), properties.open() + 1);
        String location = properties.beginning();
        this.published = !location.contains("/") && !location.contains(":") && location.contains("@");
        this.beginning = published ? fetch(location) : ModelBundle.open(location);
    }

    /// The model that is served before anything is promoted.
    public ModelBundle beginning() {
        return beginning;
    }

    /// @throws UnknownModelException when no such version is published, or it is no more
    /// @throws dev.cm3leon.model.ModelFormatException when its files are not those that the manifest names
    /// @throws java.io.UncheckedIOException when the store cannot be reached
    /// @throws dev.cm3leon.objectstore.LocalFileException when its files cannot be kept here
    public ModelBundle open(String id) {
        // the files of a published one may be gone meanwhile
        return id.equals(beginning.id()) && !published ? beginning : fetch(id);
    }

    /// What was written down when a version was published.
    public Optional<ModelManifest> manifest(String id) {
        return ModelManifest.key(id).flatMap(store::get).map(ModelManifest::of);
    }

    /// Sees that what a manifest names is in the store and can be opened, whether it is published or not. Nothing that
    /// was fetched before is looked at: others have not fetched it.
    ///
    /// @return the manifest
    /// @throws dev.cm3leon.model.ModelFormatException saying what lacks or is another
    public ModelManifest check(ModelManifest manifest) {
        cache.check(manifest);
        return manifest;
    }

    private ModelBundle fetch(String id) {
        return cache.open(manifest(id).orElseThrow(() -> new UnknownModelException(id)));
    }

    /// A model that was never published, or is gone.
    public static final class UnknownModelException extends IllegalArgumentException {
        UnknownModelException(String id) {
            super("there is no model " + id + ": nothing is stored under "
                    + ModelManifest.key(id).orElse("models/NAME/VERSION/manifest.json"));
        }
    }
}
