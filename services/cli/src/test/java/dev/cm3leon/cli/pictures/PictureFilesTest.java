package dev.cm3leon.cli.pictures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureFilesTest {
    private static final byte[] ONE = {1}, TWO = {2}, THREE = {3};

    @TempDir
    Path folder;

    @Test
    void whereNothingIsSaidNoPictureIsReplaced() throws IOException {
        var files = new PictureFiles(null, folder);

        assertThat(files.write(List.of(ONE), "3")).containsExactly(folder.resolve("cm3-3.png"));
        assertThat(files.write(List.of(TWO), "3")).containsExactly(folder.resolve("cm3-3-2.png"));
        assertThat(files.write(List.of(THREE, TWO), "3"))
                .containsExactly(folder.resolve("cm3-3-1.png"), folder.resolve("cm3-3-3.png"));

        assertThat(folder.resolve("cm3-3.png")).hasBinaryContent(ONE);
        assertThat(folder.resolve("cm3-3-2.png")).hasBinaryContent(TWO);
        assertThat(folder.resolve("cm3-3-1.png")).hasBinaryContent(THREE);
    }

    @Test
    void whatIsNamedIsReplaced() throws IOException {
        Path out = folder.resolve("a.png");
        var files = new PictureFiles(out, folder);
        files.write(List.of(ONE), "3");

        assertThat(files.write(List.of(TWO), "3")).containsExactly(out);
        assertThat(out).hasBinaryContent(TWO);
    }

    @Test
    void aFolderThatCannotBeWrittenToIsSaidBeforehand() {
        Path none = folder.resolve("none");

        assertThatThrownBy(() -> new PictureFiles(null, none).check()).hasMessage("no such folder: " + none);
        assertThatThrownBy(() -> new PictureFiles(none.resolve("a.png"), folder).check())
                .hasMessage("no such folder: " + none);
        new PictureFiles(null, folder).check();
    }
}
