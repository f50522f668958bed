package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.objectstore.ObjectStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TombstonesTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final Instant LATER = NOON.plusSeconds(1);
    private static final Instant LAST = NOON.plusSeconds(2);

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final Tombstones others = new Tombstones(store);
    private Runnable meanwhile = () -> {};
    private final Tombstones tombstones = new Tombstones(whereOthersWriteToo());

    @Test
    void twoRemovalsAtOnceKeepTheLaterOne() {
        meanwhile = () -> others.bury("a", LAST);

        tombstones.bury("a", NOON);

        assertThat(tombstones.admits("a", LATER)).isFalse();
    }

    @Test
    void aRemovalWhileAnEarlierAdditionIsNotedStays() {
        others.bury("a", NOON);
        meanwhile = () -> others.bury("a", LAST);

        assertThat(tombstones.admits("a", LATER)).isFalse();

        assertThat(tombstones.buries("a", LATER)).isTrue();
    }

    @Test
    void anAdditionWhileAnEarlierRemovalIsNotedStays() {
        others.bury("a", NOON);
        meanwhile = () -> others.admits("a", LAST);

        assertThat(tombstones.bury("a", LATER)).isFalse();

        assertThat(tombstones.buries("a", LAST)).isFalse();
    }

    /// What others do happens right before the first writing.
    private ObjectStore whereOthersWriteToo() {
        return (ObjectStore) Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("get")) {
                        Runnable now = meanwhile;
                        meanwhile = () -> {};
                        now.run();
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
