package dev.cm3leon.trainer.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightFilesTest {
    @TempDir
    Path folder;

    private final Weights weights = new Weights(
            Map.of(
                    "b", new Weights.Array(new long[] {2, 2}, new float[] {1, -2.5f, 0.1f, 1e-3f}),
                    "a", new Weights.Array(new long[] {1}, new float[] {7})),
            Map.of("step", "12"));

    @Test
    void readsWhatItWrote() {
        Path file = folder.resolve("x.safetensors");

        WeightFiles.write(file, weights, WeightFiles.Precision.F32);
        Weights read = WeightFiles.read(file);

        assertThat(read.metadata()).isEqualTo(weights.metadata());
        assertThat(read.array("b").values()).isEqualTo(weights.array("b").values());
        assertThat(read.array("b").shape()).isEqualTo(new long[] {2, 2});
        assertThat(read.array("a").values()).isEqualTo(new float[] {7});
    }

    @Test
    void halfPrecisionIsWhatRoundingGives() {
        Path file = folder.resolve("x.safetensors");

        WeightFiles.write(file, weights, WeightFiles.Precision.F16);

        assertThat(WeightFiles.read(file).array("b").values())
                .isEqualTo(weights.rounded().array("b").values())
                .isNotEqualTo(weights.array("b").values());
    }

    @Test
    void theReaderOfTheServicesAcceptsIt() {
        Path file = folder.resolve("x.safetensors");

        WeightFiles.write(file, weights, WeightFiles.Precision.F16);
        var read = Safetensors.open(file);

        assertThat(read.floats("b", 2, 2))
                .isEqualTo(weights.rounded().array("b").values());
        assertThat(read.metadata()).containsEntry("step", "12");
    }

    /// Here because something else has its name; as where it does not fit.
    @Test
    void whatCannotBeWrittenLeavesNothing() throws IOException {
        Path taken = Files.createDirectories(folder.resolve("taken/by.folder")).getParent();

        assertThatThrownBy(() -> WeightFiles.write(taken, weights, WeightFiles.Precision.F32))
                .isInstanceOf(UncheckedIOException.class);

        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void aShapeMustHoldItsValues() {
        assertThatThrownBy(() -> new Weights.Array(new long[] {3}, new float[2]))
                .hasMessageContaining("3");
        assertThatThrownBy(() -> weights.array("c")).hasMessageContaining("[a, b]");
    }
}
