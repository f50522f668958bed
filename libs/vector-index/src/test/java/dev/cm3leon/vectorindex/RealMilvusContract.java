package dev.cm3leon.vectorindex;

import static dev.cm3leon.vectorindex.VectorIndex.VectorField.DOCUMENT;
import static dev.cm3leon.vectorindex.VectorIndexContract.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cm3leon.vectorindex.VectorIndex.Hit;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.ReleaseCollectionReq;
import io.milvus.v2.service.utility.request.DropAliasReq;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A real server, if somebody started it: `./cm3 test real` does. Each test has a bank of its own name.
abstract class RealMilvusContract extends MilvusContract {

    private final URI uri;
    private final boolean aliases;
    private final String indexType;
    private final String collection =
            "test_" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);

    /// Skips the tests, with the reason, when there is none.
    ///
    /// @param property with the URI of the server
    RealMilvusContract(String property, String indexType, boolean aliases) {
        @Nullable String at = System.getProperty(property);
        assumeTrue(at != null, () -> "NOT RUN: no server, since the system property " + property + " is not set");
        this.uri = URI.create(Objects.requireNonNull(at));
        this.indexType = indexType;
        this.aliases = aliases;
        this.banks = new MilvusBanks(uri, indexType, collection);
    }

    /// Fewer than elsewhere: they go over the wire.
    @Override
    public int many() {
        return 500;
    }

    @Override
    public void clear() {
        banks.close();
        var client =
                new MilvusClientV2(ConnectConfig.builder().uri(uri.toString()).build());
        if (aliases) {
            try {
                client.dropAlias(
                        DropAliasReq.builder().alias(collection + "_current").build());
            } catch (RuntimeException none) {
                // a test that made no bank left no alias
            }
        }
        for (String name : client.listCollections().getCollectionNames()) {
            if (name.startsWith(collection)) {
                client.dropCollection(
                        DropCollectionReq.builder().collectionName(name).build());
            }
        }
        client.close();
    }

    @Test
    void theBankIsTheSameForWhoComesLater() {
        index().upsert(List.of(entry("a", 1, 0, 0)));

        Bank later = banks.another("clip-a");

        assertThat(later.size()).isEqualTo(1);
        assertThat(later.version()).isEqualTo(index().version()).contains("_" + indexType.toLowerCase() + "_");
    }

    /// What is loaded is forgotten by a server that is killed and started again, too.
    @Test
    void whatTheServerNoLongerHasLoadedIsFoundWhenItIsAskedAgain() {
        index().upsert(List.of(entry("a", 1, 0, 0)));
        assertThat(found()).containsExactly("a");
        var client =
                new MilvusClientV2(ConnectConfig.builder().uri(uri.toString()).build());
        client.listCollections().getCollectionNames().stream()
                .filter(name -> name.startsWith(collection))
                .forEach(name -> client.releaseCollection(
                        ReleaseCollectionReq.builder().collectionName(name).build()));
        client.close();

        try {
            assertThat(found()).containsExactly("a");
        } catch (UncheckedIOException mayBeTriedAgain) {
            assertThat(found()).containsExactly("a");
        }
    }

    private List<String> found() {
        return index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY).stream()
                .map(Hit::id)
                .toList();
    }
}
