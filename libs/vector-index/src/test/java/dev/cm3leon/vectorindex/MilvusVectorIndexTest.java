package dev.cm3leon.vectorindex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The real client against a small server in this process.
class MilvusVectorIndexTest implements VectorIndexContract {

    private MilvusStub server;
    private MilvusVectorIndex index;

    @BeforeEach
    void open() throws IOException {
        server = new MilvusStub();
        index = new MilvusVectorIndex(server.uri(), "", "HNSW", "documents");
    }

    @AfterEach
    void close() {
        index.close();
        server.close();
    }

    @Override
    public VectorIndex index() {
        return index;
    }

    @Test
    void theCollectionIsMadeOnceWithItsIndexAndLoaded() {
        index.upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0)));
        index.upsert(List.of(VectorIndexContract.entry("b", 0, 1, 0)));

        assertThat(server.calls).containsOnlyOnce("create", "create-index", "load");
        assertThat(server.indexType).isEqualTo("HNSW");
    }

    @Test
    void aCreationThatWasCutShortIsFinished() {
        index.upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0)));
        server.forgetTheIndex();

        try (var again = new MilvusVectorIndex(server.uri(), "", "HNSW", "documents")) {
            assertThat(again.search(new float[] {1, 0, 0}, 1, ANY))
                    .extracting(Hit::id)
                    .containsExactly("a");
        }
        assertThat(server.calls.stream().filter("create"::equals)).hasSize(1);
        assertThat(server.calls.stream().filter("create-index"::equals)).hasSize(2);
    }

    @Test
    void aFilterIsOneExpressionWithQuotesEscaped() {
        var filter = new Filter(Set.of("public", "me"), true, Set.of("say \"hi\"", "a\\b"), Set.of("x"), Set.of("d"));

        assertThat(MilvusVectorIndex.expression(filter))
                .isEqualTo("tenant in [\"me\", \"public\"] and has_text == true and has_image == true"
                        + " and array_contains_all(terms, [\"a\\\\b\", \"say \\\"hi\\\"\"])"
                        + " and array_contains_any(terms, [\"x\"])");
    }

    @Test
    void aServerThatCannotBeReachedMayBeTriedAgain() {
        server.close();

        assertThatThrownBy(() -> index.search(new float[] {1, 0, 0}, 1, ANY))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("could not search the index at http://127.0.0.1:");
    }
}
