package dev.cm3leon.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

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
    default void damagedContentIsRefusedByName() {
        String key = ContentKey.of("images", "good".getBytes(UTF_8), ".png");
        store().put(key, "bad".getBytes(UTF_8), "image/png");

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

    @Test
    default void aPresignedLinkReadsTheObject() throws Exception {
        store().put("linked.txt", "linked".getBytes(UTF_8), "text/plain");

        var link = store().presign("linked.txt", Duration.ofMinutes(1));

        assertThat(read(link)).isEqualTo("linked".getBytes(UTF_8));
    }

    byte[] read(java.net.URI link) throws Exception;
}
