package dev.cm3leon.generator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.generator.ThroughputMain.Kind;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThroughputMainTest {

    @Test
    void everyCandidateOfEveryJobIsCounted(@TempDir Path folder) {
        for (Kind kind : Kind.values()) {
            var measured = ThroughputMain.measure(rows -> TinyTransformer.open(folder, rows), kind, 2, 3);

            int cells = TinyTransformer.GRID.cells();
            if (kind != Kind.TEXT) assertThat(measured.tokens()).isEqualTo(2 * 3 * cells);
            else assertThat(measured.tokens()).isBetween(6, 6 * 25);
            assertThat(measured.streams()).isEqualTo(kind == Kind.EDIT ? 3 : 2);
            assertThat(measured.seconds()).isPositive();
            assertThat(measured.figures().line())
                    .startsWith("| " + kind.name().toLowerCase(java.util.Locale.ROOT) + " | ");
        }
    }
}
