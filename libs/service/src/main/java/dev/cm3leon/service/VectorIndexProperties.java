package dev.cm3leon.service;

import dev.cm3leon.vectorindex.LuceneVectorIndex;
import dev.cm3leon.vectorindex.MemoryVectorIndex;
import dev.cm3leon.vectorindex.MilvusVectorIndex;
import dev.cm3leon.vectorindex.VectorIndex;
import java.net.URI;
import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Where vectors are searched. Not a bean of every service: who searches calls [#open].
///
/// @param folder of a Lucene index
/// @param milvusUri e.g. `http://milvus:19530`
/// @param milvusToken `user:password`, or empty
/// @param milvusIndexType as Milvus names it: `HNSW`, `AUTOINDEX`, `FLAT`, …
/// @param milvusCollection made when it is missing
@ConfigurationProperties("cm3.vector-index")
public record VectorIndexProperties(
        @DefaultValue("lucene") Kind kind,
        @DefaultValue("data/vectors") Path folder,
        @DefaultValue("http://127.0.0.1:19530") URI milvusUri,
        @DefaultValue("") String milvusToken,
        @DefaultValue("HNSW") String milvusIndexType,
        @DefaultValue("documents") String milvusCollection) {

    public enum Kind {
        MEMORY,
        LUCENE,
        MILVUS
    }

    public VectorIndex open() {
        return switch (kind) {
            case MEMORY -> new MemoryVectorIndex();
            case LUCENE -> new LuceneVectorIndex(folder);
            case MILVUS -> new MilvusVectorIndex(milvusUri, milvusToken, milvusIndexType, milvusCollection);
        };
    }

    /// Without the token: this is what a log shows.
    @Override
    public String toString() {
        return "VectorIndexProperties[kind=" + kind + ", folder=" + folder + ", milvusUri=" + milvusUri + "]";
    }
}
