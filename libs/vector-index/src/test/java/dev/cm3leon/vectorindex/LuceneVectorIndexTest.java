package dev.cm3leon.vectorindex;

import static dev.cm3leon.vectorindex.VectorIndex.VectorField.DOCUMENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.vectorindex.VectorIndex.Hit;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One process opens a folder.
class LuceneVectorIndexTest implements ExactIndexContract {

    @TempDir
    Path folder;

    private @Nullable Bank bank;
    private String encoder = "";

    @Override
    public Bank bank(String wanted) {
        if (bank != null && !encoder.equals(wanted)) clear();
        if (bank == null) bank = Bank.inFolder(folder.resolve("index"), wanted);
        encoder = wanted;
        return bank;
    }

    @Override
    public void clear() {
        if (bank != null) bank.close();
        bank = null;
    }

    @Test
    void documentsSurviveReopening() {
        index().upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0), VectorIndexContract.entry("b", 0, 1, 0)));

        clear();

        assertThat(index().size()).isEqualTo(2);
        assertThat(index().search(DOCUMENT, new float[] {0, 1, 0}, 1, ANY))
                .extracting(Hit::id)
                .containsExactly("b");
    }

    @Test
    void anIndexThatIsOpenCannotBeOpenedByAnother() {
        index().upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0)));

        assertThatThrownBy(
                        () -> Bank.inFolder(folder.resolve("index"), "clip-a").size())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(folder.resolve("index").toString());
    }

    @Test
    void aQueryOfAnotherSizeIsRefusedNamingBoth() {
        index().upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0)));

        assertThatThrownBy(() -> index().search(DOCUMENT, new float[] {1, 0}, 1, ANY))
                .hasMessage("need a query of 3 numbers, got 2");
    }

    @Test
    void anIndexWhoseDroppingWasCutShortStopsNothing() throws Exception {
        Bank.Built built = bank("clip-a").build();
        built.index().upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0)));
        Path left = folder.resolve("index").resolve(built.name());
        for (int i = 0; i < 50; i++) { // what is not empty cannot be deleted, wherever it stands among the files
            Files.createFile(Files.createDirectory(left.resolve("kept" + i)).resolve("file"));
        }

        assertThatThrownBy(() -> bank("clip-a").dropOthers()).isInstanceOf(UncheckedIOException.class);
        clear();

        assertThat(left).isDirectoryNotContaining("glob:**segments_*");
        index().upsert(List.of(VectorIndexContract.entry("b", 1, 0, 0)));
        assertThat(index().size()).isEqualTo(1);
    }

    @Test
    void aFolderThatIsNoIndexIsLeftAlone() throws Exception {
        Path other = Files.createDirectories(folder.resolve("index/lost+found"));

        bank("clip-a").dropOthers();

        assertThat(other).exists();
    }

    @Test
    void anIndexThatIsNotWholeIsRefusedAndOpensWhenItIs() throws Exception {
        Path one = folder.resolve("one");
        try (var index = new LuceneVectorIndex(one)) {
            index.upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0)));
        }
        Path data;
        try (var files = Files.list(one)) {
            data = files.filter(file -> file.toString().endsWith(".cfs"))
                    .findFirst()
                    .orElseThrow();
        }
        Path away = Files.move(data, folder.resolve("away"));

        assertThatThrownBy(() -> new LuceneVectorIndex(one)).isInstanceOf(UncheckedIOException.class);
        Files.move(away, data);

        try (var index = new LuceneVectorIndex(one)) {
            assertThat(index.size()).isEqualTo(1);
        }
    }

    @Test
    void anIndexThatCouldNotWriteIsWholeAndGoesOnWhenItCan() throws Exception {
        index().upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0)));
        List<Path> inTheWay = new ArrayList<>();
        for (int i = 1; i < 9; i++) { // where the next files are to be
            Path file = folder.resolve("index").resolve(bank("clip-a").name()).resolve("_" + i + ".fdm");
            inTheWay.add(Files.createFile(Files.createDirectory(file).resolve("file")));
            inTheWay.add(file);
        }

        assertThatThrownBy(() -> index().upsert(List.of(VectorIndexContract.entry("b", 0, 1, 0))))
                .isInstanceOf(UncheckedIOException.class);
        for (Path file : inTheWay) Files.delete(file);
        index().upsert(List.of(VectorIndexContract.entry("b", 0, 1, 0)));

        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 2, ANY))
                .extracting(Hit::id)
                .containsExactly("a", "b");
        assertThat(bank("clip-a").outdated()).isEmpty();
    }

    @Test
    void anotherIndexIsNotBegunWhereItHasNoRoom() throws Exception {
        index().upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0)));
        Path searched = folder.resolve("index").resolve(bank("clip-a").name());
        try (var large = new RandomAccessFile(searched.resolve("large").toFile(), "rw")) {
            large.setLength(1L << 43); // takes none itself
        }

        assertThatThrownBy(() -> bank("clip-a").build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("need 87960")
                .hasMessageContaining(searched.getFileName().toString());
        assertThat(index().size()).isEqualTo(1);
    }

    @Test
    void anIndexThatWasTakenAwayBeginsAnewAndSaysSo() throws Exception {
        index().upsert(List.of(VectorIndexContract.entry("a", 1, 0, 0)));
        clear();
        try (var files = Files.walk(folder.resolve("index"))) {
            files.filter(file -> Files.isRegularFile(file) && !file.endsWith("current"))
                    .forEach(file -> file.toFile().delete());
        }
        try (var files = Files.list(folder.resolve("index"))) {
            files.filter(Files::isDirectory).forEach(file -> file.toFile().delete());
        }

        assertThat(index().search(DOCUMENT, new float[] {1, 0, 0}, 1, ANY)).isEmpty();
        assertThat(bank("clip-a").outdated())
                .hasValueSatisfying(reason -> assertThat(reason).contains("taken away"));
    }
}
