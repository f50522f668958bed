package dev.cm3leon.service;

import dev.cm3leon.vectorindex.LuceneVectorIndex;
import dev.cm3leon.vectorindex.MemoryVectorIndex;
import dev.cm3leon.vectorindex.VectorIndex;
import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Where vectors are searched. Not a bean of every service: who searches calls [#open].
///
/// @param folder of a Lucene index
@ConfigurationProperties("cm3.vector-index")
public record VectorIndexProperties(@DefaultValue("lucene") Kind kind, @DefaultValue("data/vectors") Path folder) {

    public enum Kind {
        MEMORY,
        LUCENE
    }

    public VectorIndex open() {
        return switch (kind) {
            case MEMORY -> new MemoryVectorIndex();
            case LUCENE -> new LuceneVectorIndex(folder);
        };
    }
}
