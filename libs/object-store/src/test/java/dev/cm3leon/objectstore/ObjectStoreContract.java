package dev.cm3leon.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What holds for every [ObjectStore].
interface ObjectStoreContract {

    ObjectStore store();

    @Test
    default void givesBackWhatWasPut() {
        store().put("some/key with spaces & ümlaut.txt", "hello".getBytes(UTF_8), "text/plain");

        assertThat(store().get("some/key with spaces & ümlaut.txt")).hasValue("hello".getBytes(UTF_8));
        assertThat(store().exists("some/key with spaces & ümlaut.txt")).isTrue();
    }

    @Test
    default void anEmptyObjectIsAnObject() {
        store().put("empty", new byte[0], "application/octet-stream");

        assertThat(store().get("empty")).hasValue(new byte[0]);
    }

    @Test
    default void theLastPutWins() {
        store().put("replaced", "first".getBytes(UTF_8), "text/plain");
        store().put("replaced", "second".getBytes(UTF_8), "text/plain");

        assertThat(store().get("replaced")).hasValue("second".getBytes(UTF_8));
    }

    @Test
    default void whatWasNeverPutIsNotThere() {
        assertThat(store().get("nowhere")).isEmpty();
        assertThat(store().exists("nowhere")).isFalse();
    }

    @Test
    default void whatWasDeletedIsGoneAndDeletingTwiceIsHarmless() {
        store().put("deleted", new byte[] {1}, "application/octet-stream");

        store().delete("deleted");
        store().delete("deleted");

        assertThat(store().exists("deleted")).isFalse();
        assertThat(store().get("deleted")).isEmpty();
    }

    @Test
    default void contentIsFoundUnderItsDigest() {
        byte[] bytes = "content".getBytes(UTF_8);

        String key = store().putContent("images", bytes, ".png", "image/png");
        String again = store().putContent("images", bytes, ".png", "image/png");

        assertThat(key)
                .isEqualTo("images/ed/7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73.png")
                .isEqualTo(again);
        assertThat(store().get(key)).hasValue(bytes);
    }

    @Test
    default void theSameContentMayBePutByManyAtOnce() throws Exception {
        byte[] bytes = "raced".getBytes(UTF_8);
        Callable<String> put = () -> store().putContent("raced", bytes, "", "text/plain");

        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var done :
                    threads.invokeAll(Stream.generate(() -> put).limit(32).toList())) {
                assertThat(store().get(done.get())).hasValue(bytes);
            }
        }
    }

    @Test
    default void aFileOfSeveralPartsComesBackWhole(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("weights.safetensors");
        byte[] block = new byte[1 << 20];
        new Random(3).nextBytes(block);
        try (var out = Files.newOutputStream(file)) {
            for (int i = 0; i < 37; i++) out.write(block, 0, block.length - i);
        }

        store().put("runs/r1/weights.safetensors", file, "application/octet-stream");

        Path copy = folder.resolve("copy");
        assertThat(store().get("runs/r1/weights.safetensors", copy)).isTrue();
        assertThat(Files.mismatch(file, copy)).isEqualTo(-1);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(file, copy);
        }
    }

    @Test
    default void anEmptyFileIsAnObject(@TempDir Path folder) throws Exception {
        store().put("empty-file", Files.createFile(folder.resolve("empty")), "application/octet-stream");

        assertThat(store().get("empty-file")).hasValue(new byte[0]);
        assertThat(store().get("empty-file", folder.resolve("copy"))).isTrue();
        assertThat(folder.resolve("copy")).isEmptyFile();
    }

    @Test
    default void aFileOfAnObjectThatIsNotThereIsNotMade(@TempDir Path folder) {
        assertThat(store().get("nowhere", folder.resolve("copy"))).isFalse();
        assertThat(folder).isEmptyDirectory();
    }

    /// Trying again would not help.
    @Test
    default void aFileThatCannotBeWrittenIsNamedAndNotTheStoresFault(@TempDir Path folder) {
        store().put("unwritten", new byte[] {1}, "application/octet-stream");
        Path file = folder.resolve("missing").resolve("copy");

        assertThatThrownBy(() -> store().get("unwritten", file))
                .isInstanceOf(LocalFileException.class)
                .hasMessageStartingWith("could not write object unwritten to " + file + ": ");
    }

    @Test
    default void aFileThatIsNotThereIsNamed(@TempDir Path folder) {
        assertThatThrownBy(() -> store().put("a", folder.resolve("missing"), "text/plain"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("missing");
    }

    @Test
    default void listsWhatBeginsWithAPrefixByKey() {
        for (String key : List.of("list/b/2", "list/a", "list/b/1", "listing", "list/ü \"%+&")) {
            store().put(key, key.getBytes(UTF_8), "text/plain");
        }

        assertThat(store().keys("list/")).containsExactly("list/a", "list/b/1", "list/b/2", "list/ü \"%+&");
        assertThat(store().keys("list/nothing")).isEmpty();
    }

    @Test
    default void listsMoreThanFitsOnAPage() throws Exception {
        try (var threads = Executors.newFixedThreadPool(8)) {
            threads.invokeAll(IntStream.range(0, 1100)
                    .<Callable<String>>mapToObj(i -> () -> {
                        String key = "many/%04d".formatted(i);
                        store().put(key, new byte[] {1}, "application/octet-stream");
                        return key;
                    })
                    .toList());
        }

        assertThat(store().keys("many/")).hasSize(1100).isSorted();
    }

    @Test
    default void replacesOnlyWhatIsAsExpected() {
        byte[] one = "one".getBytes(UTF_8);
        byte[] two = "two".getBytes(UTF_8);

        assertThat(store().replace("pointer", two, one, "text/plain")).isFalse();
        assertThat(store().exists("pointer")).isFalse();
        assertThat(store().replace("pointer", null, one, "text/plain")).isTrue();
        assertThat(store().replace("pointer", null, two, "text/plain")).isFalse();
        assertThat(store().replace("pointer", two, two, "text/plain")).isFalse();
        assertThat(store().get("pointer")).hasValue(one);
        assertThat(store().replace("pointer", one, two, "text/plain")).isTrue();
        assertThat(store().get("pointer")).hasValue(two);
    }

    /// Every writer adds its own line to what it read; a line that is lost was overwritten.
    @Test
    default void writersThatMoveOnePointerLoseNothing() throws Exception {
        store().put("moved", new byte[0], "text/plain");

        try (var threads = Executors.newFixedThreadPool(writers())) {
            var done = threads.invokeAll(IntStream.range(0, 24)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        for (int tries = 0; tries < 200; tries++) {
                            byte[] now = store().get("moved").orElseThrow();
                            byte[] next = (new String(now, UTF_8) + i + "\n").getBytes(UTF_8);
                            if (store().replace("moved", now, next, "text/plain")) return true;
                        }
                        return false;
                    })
                    .toList());
            for (var one : done) assertThat(one.get()).isTrue();
        }

        assertThat(new String(store().get("moved").orElseThrow(), UTF_8).lines())
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 24).mapToObj(Integer::toString).toList());
    }

    /// How many move one pointer at once.
    default int writers() {
        return 6;
    }

    @Test
    default void damagedContentIsRefusedByName(@TempDir Path folder) {
        String key = ContentKey.of("images", "good".getBytes(UTF_8), ".png");
        store().put(key, "bad".getBytes(UTF_8), "image/png");

        assertThatThrownBy(() -> store().get(key, folder.resolve("copy")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(key)
                .hasMessageContaining("damaged");
        assertThat(folder).isEmptyDirectory();

        assertThatThrownBy(() -> store().get(key))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(key)
                .hasMessageContaining("damaged");
    }

    @Test
    default void aLargeObjectComesBackWhole() {
        byte[] bytes = new byte[9_000_000];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (i * 31 + i / 1000);

        String key = store().putContent("large", bytes, "", "application/octet-stream");

        assertThat(store().get(key)).hasValue(bytes);
    }
}
