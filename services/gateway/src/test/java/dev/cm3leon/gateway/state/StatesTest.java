package dev.cm3leon.gateway.state;

import static dev.cm3leon.gateway.Examples.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class StatesTest {

    private final States<String> states = states();

    private static States<String> states() {
        return new States<>(ignored -> "", state -> state.endsWith("."), StatesTest::tenant, 2, 2);
    }

    /// Named in front of a colon.
    private static Optional<String> tenant(String state) {
        return state.contains(":") ? Optional.of(state.substring(0, state.indexOf(':'))) : Optional.empty();
    }

    @Test
    void forgetsWhatFinishedFirstAndNothingThatGoesOn() {
        states.update("on", START, ignored -> "going on");
        for (String id : new String[] {"a", "b", "c"}) states.update(id, START, ignored -> "done.");

        assertThat(states.find("a")).isEmpty();
        assertThat(states.hasForgotten("a")).isTrue();
        assertThat(states.hasForgotten("b")).isFalse();
        assertThat(states.hasForgotten("nobody")).isFalse();
        assertThat(states.find("b")).contains("done.");
        assertThat(states.find("c")).contains("done.");
        assertThat(states.find("on")).contains("going on");
        assertThat(states.unfinished()).containsExactly("going on");
    }

    /// Behind a long log ends are read long before what led to them.
    @Test
    void whatHappenedBeforeTheLastEndThatIsNotKnownAnyMoreMakesNoNewSubject() {
        for (int i = 0; i < 6; i++) states.update("job " + i, START.plusSeconds(10 * i), _ -> "done.");

        states.update("job 0", START.minusSeconds(5), _ -> "going on"); // its end is not known any more
        states.update("job 9", START.plusSeconds(15), _ -> "going on");

        assertThat(states.unfinished()).containsExactly("going on");
        assertThat(states.find("job 0")).isEmpty();
        assertThat(states.find("job 9")).isPresent();
    }

    /// As a gateway hears that reads its topics one after the other, or another side by side.
    @Test
    void whatIsKeptIsTheLatestInWhateverOrderItIsHeard() {
        record Heard(String id, int second) {}
        var log =
                List.of(new Heard("a", 1), new Heard("b", 2), new Heard("c", 3), new Heard("d", 4), new Heard("a", 5));

        for (int seed = 0; seed < 50; seed++) {
            List<Heard> shuffled = new ArrayList<>(log);
            Collections.shuffle(shuffled, new Random(seed));
            var states = states();
            shuffled.forEach(heard -> states.update(heard.id, START.plusSeconds(heard.second), _ -> "done."));

            assertThat(log.stream().map(Heard::id).distinct().filter(id -> states.find(id)
                            .isPresent()))
                    .as("heard as %s", shuffled)
                    .containsExactly("a", "d");
        }
    }

    @Test
    void keepsTheEndsOfAsManyAsItIsToldTo() {
        for (String id : new String[] {"a", "b", "c", "d", "e"}) states.update(id, START, ignored -> "done.");

        assertThat(states.hasForgotten("a")).isFalse();
        assertThat(states.hasForgotten("b")).isTrue();
        assertThat(states.hasForgotten("c")).isTrue();
    }

    @Test
    void doesNotForgetWhatWasTakenUpAgain() {
        states.update("again", START, ignored -> "done.");
        states.update("again", START, ignored -> "taken up again");
        for (String id : new String[] {"a", "b"}) states.update(id, START, ignored -> "done.");

        assertThat(states.find("again")).contains("taken up again");
        assertThat(states.unfinished()).containsExactly("taken up again");
    }

    @Test
    void whatCannotBeFoldedChangesNothing() {
        states.update("a", START, ignored -> "begun");
        for (String id : List.of("a", "b")) {
            assertThatThrownBy(() -> states.update(id, START, ignored -> null))
                    .isInstanceOf(NullPointerException.class);
        }

        assertThat(states.find("a")).contains("begun");
        assertThat(states.find("b")).isEmpty();
        assertThat(states.all()).containsExactly("begun");
    }

    /// Of what somebody asked for nothing is forgotten that goes on.
    @Test
    void ofWhatGoesOnAndIsNobodysTheLatestAreKeptUntilItIsSomebodys() {
        for (int i = 0; i < 4; i++) states.update("some " + i, START.plusSeconds(i), _ -> "somebody: goes on");
        for (int i = 0; i < 4; i++) states.update("stray " + i, START.plusSeconds(i), _ -> "goes on");

        assertThat(states.unfinished()).hasSize(6);
        assertThat(states.find("stray 1")).isEmpty();
        assertThat(states.find("stray 2")).isPresent();

        states.update("stray 0", START, state -> "somebody: asked" + state);
        states.update("stray 2", START, state -> "somebody: " + state);

        assertThat(states.find("stray 0")).contains("somebody: asked");
        assertThat(states.find("stray 2")).contains("somebody: goes on");
        states.update("stray 4", START.plusSeconds(4), _ -> "goes on");
        assertThat(states.find("stray 3")).isPresent();
    }

    @Test
    void anEventFromBeforeTheEndOfWhatWasForgottenMakesNoNewSubject() {
        for (String id : new String[] {"a", "b", "c"}) states.update(id, START.plusMillis(5), ignored -> "done.");

        states.update("a", START, ignored -> "begun");

        assertThat(states.find("a")).isEmpty();
        assertThat(states.unfinished()).isEmpty();
    }

    @Test
    void whoseItIsIsKnownOfWhatWasForgottenTooAndThoughItIsHeardOfAgain() {
        states.update("a", START, ignored -> "somebody: done.");
        assertThat(states.tenantOf("a")).contains("somebody");
        for (String id : new String[] {"b", "c"}) states.update(id, START, ignored -> "done.");
        assertThat(states.hasForgotten("a")).isTrue();
        assertThat(states.tenantOf("a")).contains("somebody");

        states.update("a", START.plusMillis(1), ignored -> "done.");

        assertThat(states.find("a")).contains("done.");
        assertThat(states.tenantOf("a")).contains("somebody");
        assertThat(states.tenantOf("b")).isEmpty();
        assertThat(states.tenantOf("nobody")).isEmpty();
    }

    @Test
    void whatWasForgottenCanBeTakenUpAgain() {
        for (String id : new String[] {"a", "b", "c"}) states.update(id, START.plusMillis(5), ignored -> "done.");

        states.update("a", START.plusMillis(6), ignored -> "taken up again");

        assertThat(states.unfinished()).containsExactly("taken up again");
    }

    @Test
    void aWaiterIsWokenByTheChangeItWaitsFor() throws Exception {
        states.update("a", START, ignored -> "begun");
        var waiter = CompletableFuture.supplyAsync(() -> {
            try {
                return states.await("a", state -> state.endsWith("."), Duration.ofSeconds(20));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });

        states.update("a", START, ignored -> "half way");
        states.update("a", START, ignored -> "done.");

        assertThat(waiter.get()).contains("done.");
    }

    @Test
    void aWaiterGetsTheStateAsItIsWhenTheTimeIsOver() throws Exception {
        states.update("a", START, ignored -> "begun");

        assertThat(states.await("a", state -> state.endsWith("."), Duration.ofMillis(20)))
                .contains("begun");
        assertThat(states.await("nobody", ignored -> true, Duration.ofMillis(20)))
                .isEmpty();
    }
}
