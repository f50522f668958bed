package dev.cm3leon.service;

import dev.cm3leon.model.ModelBundle;
import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Which models are served.
///
/// @param location the model to begin with: a bundle's folder, `classpath:models/scenes` or `file:/…`, or a published
///     version, `NAME@VERSION`. With `registry:` before it, promotions are followed; without, this one model is
///     served whatever is promoted
/// @param cache folder for the files of published models, by digest
/// @param open how many models a service keeps open; one that a job needs is never closed under it
@ConfigurationProperties("cm3.model")
public record ModelProperties(
        @DefaultValue(REGISTRY + ModelBundle.DEFAULT) String location,
        @DefaultValue("data/models") Path cache,
        @DefaultValue("2") int open) {

    static final String REGISTRY = "registry:";

    public ModelProperties {
        if (open < 1) throw new IllegalArgumentException("need cm3.model.open >= 1, got " + open);
    }

    /// Whether promotions are followed.
    public boolean followsPromotions() {
        return location.startsWith(REGISTRY);
    }

    /// The model to begin with.
    String beginning() {
        return followsPromotions() ? location.substring(REGISTRY.length()) : location;
    }
}
