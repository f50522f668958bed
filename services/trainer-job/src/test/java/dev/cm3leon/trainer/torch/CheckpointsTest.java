package dev.cm3leon.trainer.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
    @TempDir
    Path folder;

    private final Map<String, byte[]> mirrored = new TreeMap<>();
    private boolean away;

    /// They are no newer than what was just written, whatever their numbers.
    @Test
    void damagedOnesOfLaterStepsDoNotPushOutGoodOnes() throws IOException {
        for (long step : new long[] {10, 30, 40}) write(step);
        for (int step : new int[] {30, 40}) {
            String file = "%09d/state-0.safetensors".formatted(step);
            Files.writeString(folder.resolve(file), "damaged");
            mirrored.put("x/" + file, new byte[9]);
        }

        long from = checkpoints().latest().orElseThrow().step();
        for (long step : new long[] {20, 25}) write(step);

        assertThat(from).isEqualTo(10);
        assertThat(checkpoints().latest().orElseThrow().step()).isEqualTo(25);
        assertThat(local()).containsExactlyInAnyOrder("000000010", "000000020", "000000025");
        assertThat(names()).containsExactlyInAnyOrder("000000010", "000000020", "000000025");
    }

    /// While the store is away a run goes on, and its disk does not grow.
    @Test
    void whatCannotBePutIntoTheMirrorLeavesNoMoreThanIsKept() throws IOException {
        away = true;
        for (long step = 10; step <= 60; step += 10) {
            long at = step;
            assertThatThrownBy(() -> write(at)).isInstanceOf(UncheckedIOException.class);
        }

        assertThat(local()).containsExactlyInAnyOrder("000000040", "000000050", "000000060");
        away = false;
        write(70);
        assertThat(local()).containsExactlyInAnyOrder("000000050", "000000060", "000000070");
    }

    @Test
    void whatCannotBeWrittenLeavesNothing() throws IOException {
        var bad = new Checkpoints(
                folder,
                "x",
                new InMemory(),
                3,
                Map.of("fact", new Object() {
                    public String getIt() {
                        throw new IllegalStateException("no fact");
                    }
                }),
                text -> {});

        assertThatThrownBy(() -> bad.write(10, state(10), Map.of())).hasMessageContaining("no fact");

        assertThat(local()).isEmpty();
    }

    private List<String> local() throws IOException {
        try (var kept = Files.list(folder)) {
            return kept.map(one -> one.getFileName().toString()).toList();
        }
    }

    private Set<String> names() {
        return mirrored.keySet().stream().map(path -> path.split("/")[1]).collect(Collectors.toSet());
    }

    private void write(long step) {
        checkpoints().write(step, state(step), Map.of());
    }

    private static Map<String, Weights.Array> state(long step) {
        return Map.of("w", new Weights.Array(new long[] {1}, new float[] {step}));
    }

    private Checkpoints checkpoints() {
        return new Checkpoints(folder, "x", new InMemory(), 3, Map.of(), text -> {});
    }

    private final class InMemory implements Mirror {
        @Override
        public void put(String path, Path file) {
            if (away) throw new UncheckedIOException(new IOException("away"));
            try {
                mirrored.put(path, Files.readAllBytes(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean get(String path, Path file) {
            byte[] bytes = mirrored.get(path);
            if (bytes == null) return false;
            try {
                Files.createDirectories(file.getParent());
                Files.write(file, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return true;
        }

        @Override
        public List<String> list(String of) {
            return mirrored.keySet().stream()
                    .filter(path -> path.startsWith(of + "/"))
                    .toList();
        }

        @Override
        public void delete(String path) {
            mirrored.remove(path);
        }
    }
}
