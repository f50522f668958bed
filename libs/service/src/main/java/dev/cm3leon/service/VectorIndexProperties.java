package dev.cm3leon.service;

import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.vectorindex.Bank;
import dev.cm3leon.vectorindex.DocumentCount;
import dev.cm3leon.vectorindex.MilvusServer;
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
/// @param milvusCollection what the names of its collections begin with
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

    /// @param encoder names what makes the vectors
    /// @param dimension of the vectors
    /// @param store remembers which of Milvus' collections is searched, where it has no aliases
    public Bank open(String encoder, int dimension, ObjectStore store) {
        return switch (kind) {
            case MEMORY -> Bank.inMemory(encoder);
            case LUCENE -> Bank.inFolder(folder, encoder);
            case MILVUS -> Bank.inMilvus(milvus(), encoder, dimension, pointer(store));
        };
    }

    /// Counts documents from another process than the one that searches, which only a server allows.
    public DocumentCount count(ObjectStore store) {
        if (kind == Kind.MILVUS) return DocumentCount.inMilvus(milvus(), pointer(store));
        throw new IllegalArgumentException("need cm3.vector-index.kind milvus to count from outside, got " + kind);
    }

    private MilvusServer milvus() {
        return new MilvusServer(milvusUri, milvusToken, milvusIndexType, milvusCollection);
    }

    private StoredPointer pointer(ObjectStore store) {
        return new StoredPointer(store, "index/" + milvusCollection + "/current");
    }

    /// Without the token: this is what a log shows.
    @Override
    public String toString() {
        return "VectorIndexProperties[kind=" + kind + ", folder=" + folder + ", milvusUri=" + milvusUri + "]";
    }
}
