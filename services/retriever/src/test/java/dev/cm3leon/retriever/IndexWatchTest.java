package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.IndexEvent;
import dev.cm3leon.events.IndexEvent.IndexReachability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IndexWatchTest {

    private final List<IndexEvent> told = new ArrayList<>();
    private boolean brokerIsAway;
    private boolean indexIsAway;
    private Instant now = Instant.EPOCH;
    private Runnable meanwhile = () -> {};
    private final IndexWatch watch = new IndexWatch(
            "one",
            () -> {
                meanwhile.run();
                if (indexIsAway) throw away("the index is away");
            },
            event -> {
                if (brokerIsAway) throw away("the broker is away");
                told.add(event);
            },
            () -> now);

    @Test
    void tellsHowItIsAtFirstAndWhenThatChanges() {
        watch.look();
        watch.look();
        indexIsAway = true;
        watch.look();
        watch.look();
        indexIsAway = false;
        watch.look();

        assertThat(told)
                .containsExactly(
                        new IndexReachability("one", null, Instant.EPOCH),
                        new IndexReachability("one", "the index is away", Instant.EPOCH),
                        new IndexReachability("one", null, Instant.EPOCH));
    }

    @Test
    void whatTheBrokerDidNotTakeIsToldAtTheNextLook() {
        brokerIsAway = true;
        watch.look();
        brokerIsAway = false;
        watch.look();

        assertThat(told).containsExactly(new IndexReachability("one", null, Instant.EPOCH));
    }

    @Test
    void tellsAgainEveryTwoMinutes() {
        watch.look();
        now = now.plusSeconds(119);
        watch.look();
        now = now.plusSeconds(1);
        watch.look();

        assertThat(told)
                .containsExactly(
                        new IndexReachability("one", null, Instant.EPOCH),
                        new IndexReachability("one", null, Instant.EPOCH.plusSeconds(120)));
    }

    @Test
    void aSearchThatIsCutShortWhenTheServiceStopsTellsNothing() {
        indexIsAway = true;
        meanwhile = watch::close;

        watch.look();

        assertThat(told).isEmpty();
    }

    @Test
    void watchingGoesOnAfterAnError() {
        meanwhile = () -> {
            throw new AssertionError("a broken library");
        };
        watch.look();
        meanwhile = () -> {};
        watch.look();

        assertThat(told).containsExactly(new IndexReachability("one", null, Instant.EPOCH));
    }

    private static UncheckedIOException away(String message) {
        return new UncheckedIOException(message, new IOException());
    }
}
