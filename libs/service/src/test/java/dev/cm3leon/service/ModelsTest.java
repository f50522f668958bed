package dev.cm3leon.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ModelsTest {

    private final List<String> opened = Collections.synchronizedList(new ArrayList<>());
    private final List<String> closed = Collections.synchronizedList(new ArrayList<>());

    private record Opened(String id, List<String> closed) implements AutoCloseable {
        @Override
        public void close() {
            closed.add(id);
        }
    }

    private final Models<Opened> models = new Models<>(
            id -> {
                opened.add(id);
                return new Opened(id, closed);
            },
            2);

    @Test
    void theOneUsedLongestAgoIsClosedWhenThereAreTooMany() {
        models.use("a", Opened::id);
        models.use("b", Opened::id);
        models.use("a", Opened::id);
        models.use("c", Opened::id);

        assertThat(closed).containsExactly("b");
        assertThat(models.open()).containsExactlyInAnyOrder("a", "c");
        assertThat(opened).containsExactly("a", "b", "c");
    }

    @Test
    void whatSomebodyUsesStaysOpen() {
        try (var a = models.take("a")) {
            models.use("b", Opened::id);
            models.use("c", Opened::id);
            models.use("d", Opened::id);

            assertThat(closed).doesNotContain("a");
            assertThat(a.model().id()).isEqualTo("a");
        }
        assertThat(models.open()).hasSize(2).contains("a");
    }

    @Test
    void isOpenedOnceForAllWhoCome() throws InterruptedException {
        CountDownLatch mayOpen = new CountDownLatch(1);
        AtomicInteger times = new AtomicInteger();
        Models<Opened> slow = new Models<>(
                id -> {
                    times.incrementAndGet();
                    try {
                        mayOpen.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return new Opened(id, closed);
                },
                1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) threads.add(Thread.ofVirtual().start(() -> slow.use("a", Opened::id)));

        mayOpen.countDown();
        for (Thread thread : threads) thread.join();

        assertThat(times).hasValue(1);
    }

    @Test
    void whatCannotBeOpenedIsTriedAgain() {
        AtomicInteger times = new AtomicInteger();
        Models<Opened> failing = new Models<>(
                id -> {
                    if (times.incrementAndGet() == 1) throw new IllegalArgumentException("there is no model " + id);
                    return new Opened(id, closed);
                },
                1);

        assertThatThrownBy(() -> failing.take("a")).hasMessage("there is no model a");
        failing.prepare("a");

        assertThat(failing.open()).containsExactly("a");
    }

    @Test
    void closingClosesAll() {
        models.use("a", Opened::id);
        models.use("b", Opened::id);

        models.close();

        assertThat(closed).containsExactlyInAnyOrder("a", "b");
    }
}
