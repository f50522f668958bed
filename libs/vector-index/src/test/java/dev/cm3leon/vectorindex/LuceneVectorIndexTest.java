package dev.cm3leon.vectorindex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LuceneVectorIndexTest implements VectorIndexContract {

    @TempDir
    Path folder;

    private LuceneVectorIndex index;

    @BeforeEach
    void open() {
        index = new LuceneVectorIndex(folder.resolve("index"));
    }

    @AfterEach
    void close() {
        index.close();
    }

    @Override
    public VectorIndex index() {
        return index;
    }

    @Test
    void documentsSurviveReopening() {
        index.upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0), VectorIndexContract.entry("b", 0, 1, 0)));

        index.close();
        open();

        assertThat(index.size()).isEqualTo(2);
        assertThat(index.search(new float[] {0, 1, 0}, 1, ANY))
                .extracting(Hit::id)
                .containsExactly("b");
    }

    @Test
    void aFolderIsOpenedOnce() {
        assertThatThrownBy(() -> new LuceneVectorIndex(folder.resolve("index")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(folder.resolve("index").toString());
    }

    @Test
    void aQueryOfAnotherSizeIsRefusedNamingBoth() {
        index.upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0)));

        assertThatThrownBy(() -> index.search(new float[] {1, 0}, 1, ANY))
                .hasMessage("need a query of 3 numbers, got 2");
    }
}
