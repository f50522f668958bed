package dev.cm3leon.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
    @TempDir
    Path folder;

    @Test
    void theNewOneIsInThePlaceOfTheOld() throws IOException {
        Path file = folder.resolve("new/file");

        WholeFile.write(file, new byte[] {1, 2, 3});
        WholeFile.write(file, new byte[] {4});

        assertThat(file).hasBinaryContent(new byte[] {4});
        assertThat(file.getParent()).isDirectoryNotContaining("glob:**.part");
    }

    /// Here because something else has its name; as where it does not fit.
    @Test
    void whatCannotBeWrittenLeavesNothing() throws IOException {
        Path taken = Files.createDirectories(folder.resolve("taken/by.folder")).getParent();

        assertThatThrownBy(() -> WholeFile.write(taken, new byte[9])).isInstanceOf(IOException.class);

        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }
}
