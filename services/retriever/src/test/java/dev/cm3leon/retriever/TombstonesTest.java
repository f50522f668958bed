package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.objectstore.ObjectStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        others.ended(others.bury("a", NOON));
        meanwhile = () -> others.bury("a", LAST);

        assertThat(tombstones.admits("a", LATER)).isFalse();

        assertThat(tombstones.buries("a", LATER)).isTrue();
    }

    @Test
    void anAdditionWhileAnEarlierRemovalIsNotedStays() {
        others.ended(others.bury("a", NOON));
        meanwhile = () -> others.admits("a", LAST);

        assertThat(tombstones.bury("a", LATER)).isNull();

        assertThat(tombstones.buries("a", LAST)).isFalse();
    }

    @Test
    void nothingGoesInWhileSomebodyTakesOutWhatWasThereBefore() {
        var deletion = others.bury("a", NOON);

        assertThatThrownBy(() -> tombstones.admits("a", LATER)).isInstanceOf(Tombstones.BeingDeleted.class);
        assertThatThrownBy(() -> tombstones.deletion("a")).isInstanceOf(Tombstones.BeingDeleted.class);
        assertThat(tombstones.admits("a", NOON))
                .as("an older one does not wait")
                .isFalse();

        others.ended(deletion);
        assertThat(tombstones.admits("a", LATER)).isTrue();
        assertThat(tombstones.deletion("a")).as("it was added since").isNull();
    }

    @Test
    void aDeletionThatOthersTookOverIsNotEndedByWhoBeganIt() {
        var first = others.bury("a", NOON);
        var second = tombstones.bury("a", LATER);

        others.ended(first);
        assertThatThrownBy(() -> tombstones.admits("a", LAST)).isInstanceOf(Tombstones.BeingDeleted.class);

        tombstones.ended(second);
        assertThat(tombstones.admits("a", LAST)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " 2026-01-01T12:00:01Z"}) // of a version that noted none; of an instance that was killed
    void aDeletionThatIsLongOverHoldsNothingUp(String deleting) {
        others.bury("a", NOON);
        String key = store.keys("documents/removed/").getFirst();
        store.put(key, (NOON + " " + NOON + deleting).getBytes(StandardCharsets.US_ASCII), "text/plain");

        assertThat(tombstones.admits("a", LATER)).isTrue();
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
