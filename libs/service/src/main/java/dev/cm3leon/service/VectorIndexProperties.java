package dev.cm3leon.service;

import dev.cm3leon.vectorindex.MemoryVectorIndex;
import dev.cm3leon.vectorindex.VectorIndex;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Where vectors are searched. Not a bean of every service: who searches calls [#open].
@ConfigurationProperties("cm3.vector-index")
public record VectorIndexProperties(@DefaultValue("memory") Kind kind) {

    public enum Kind {
        MEMORY
    }

    public VectorIndex open() {
        return switch (kind) {
            case MEMORY -> new MemoryVectorIndex();
        };
    }
}
