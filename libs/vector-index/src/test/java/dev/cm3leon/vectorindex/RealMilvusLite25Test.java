package dev.cm3leon.vectorindex;

import static dev.cm3leon.vectorindex.VectorIndexContract.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Milvus Lite 2.5.1: Milvus' own core, without aliases.
@Tag("real")
class RealMilvusLite25Test extends RealMilvusContract {

    RealMilvusLite25Test() {
        super("cm3.real.milvus25", "AUTOINDEX", false);
    }

    @Test
    void anIndexTypeThatTheServerRefusesIsNamedAndAnotherOneCanFollow() {
        var uri = URI.create(System.getProperty("cm3.real.milvus25"));
        var refused = new MilvusBanks(uri, "HNSW", "test_refused");
        assertThatThrownBy(() -> refused.bank("clip-a").upsert(List.of(entry("a", 1, 0, 0))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("HNSW");
        refused.close();

        index().upsert(List.of(entry("a", 1, 0, 0)));
        assertThat(index().size()).isEqualTo(1);
    }
}
