package dev.cm3leon.gateway.state;

import static dev.cm3leon.gateway.Examples.IMAGE;
import static dev.cm3leon.gateway.Examples.START;
import static dev.cm3leon.gateway.Examples.recorded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.gateway.DocumentView;
import dev.cm3leon.gateway.state.DocumentState.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DocumentStateTest {

    private static final Document CAT = new Document("d", "public", "a cat", IMAGE, null, null);

    @Test
    void aDocumentIsAddedTokenizedAndIndexed() {
        assertThat(fold(added(0)).status()).isEqualTo(Status.ADDED);
        assertThat(fold(added(0), tokenized(0, 1)).status()).isEqualTo(Status.TOKENIZED);
        assertThat(fold(added(0), tokenized(0, 1), indexed(0, 2)).status()).isEqualTo(Status.INDEXED);
    }

    @Test
    void whatIsRemovedStaysRemovedWhenItsIndexingIsHeardLate() {
        assertThat(fold(added(0), removed(3), tokenized(0, 4), indexed(0, 5)).status())
                .isEqualTo(Status.REMOVED);
    }

    @Test
    void whatIsAddedAgainAfterItWasRemovedIsThereAgain() {
        var state = fold(added(0), tokenized(0, 1), indexed(0, 2), removed(3), added(4));

        assertThat(state.status()).isEqualTo(Status.ADDED);
        assertThat(DocumentState.apply(state, indexed(4, 6)).status()).isEqualTo(Status.INDEXED);
    }

    @Test
    void whatIsToldLateOfAnEarlierVersionSaysNothingOfTheNewerOne() {
        var state = fold(added(0), added(4), tokenized(0, 5), indexed(0, 6));
        assertThat(state.status()).isEqualTo(Status.ADDED);

        var in = fold(added(0), added(4), tokenized(4, 5), indexed(4, 6), rejected(0, 7), indexed(0, 8));
        assertThat(in.status()).isEqualTo(Status.INDEXED);
        assertThat(DocumentState.apply(in, rejected(4, 9)).status()).isEqualTo(Status.REJECTED);
    }

    @Test
    void whatDoesNotTellItsVersionIsOfTheOneBeforeIt() {
        Recorded<DocumentEvent> indexed = recorded(new DocumentIndexed("d", "memory", null), START.plusSeconds(2));

        assertThat(fold(added(0), indexed).status()).isEqualTo(Status.INDEXED);
        assertThat(fold(added(0), indexed, added(4)).status()).isEqualTo(Status.ADDED);
        // worked on again, by who tells it
        assertThat(fold(added(0), indexed, rejected(0, 3)).status()).isEqualTo(Status.REJECTED);
        assertThat(fold(rejected(0, 3), indexed, added(0)).status()).isEqualTo(Status.REJECTED);
    }

    @Test
    void aRejectionIsShownWithItsReason() {
        var state = fold(
                added(0), recorded(new DocumentRejected("d", "tokenize", "no picture", START), START.plusSeconds(1)));

        assertThat(DocumentView.of(state).status()).isEqualTo(Status.REJECTED);
        assertThat(DocumentView.of(state).reason()).isEqualTo("tokenize: no picture");
    }

    @Test
    void theContentOfADocumentIsHeldOnce() {
        var same = new Document(CAT.id(), CAT.tenant(), CAT.text(), CAT.image(), null, null);
        Recorded<DocumentEvent> tokenized = recorded(new DocumentTokenized(same, "tiny@1", START), START);

        for (var state : List.of(fold(added(0), tokenized), fold(tokenized, added(0)))) {
            assertThat(state.event(DocumentTokenized.class).orElseThrow().content())
                    .isSameAs(CAT);
        }
        assertThat(fold(tokenized).content()).contains(CAT);
    }

    @Test
    void theOrderInWhichEventsComeMakesNoDifference() {
        var events =
                List.of(added(0), tokenized(0, 1), indexed(0, 2), removed(3), added(4), tokenized(4, 5), indexed(4, 6));
        var expected = fold(events.toArray(Recorded[]::new));

        for (int seed = 0; seed < 100; seed++) {
            List<Recorded<DocumentEvent>> shuffled = new ArrayList<>(events);
            Collections.shuffle(shuffled, new Random(seed));

            assertThat(fold(shuffled.toArray(Recorded[]::new))).isEqualTo(expected);
        }
    }

    private static Recorded<DocumentEvent> added(int second) {
        return recorded(new DocumentAdded(CAT, START.plusSeconds(second)), START.plusSeconds(second));
    }

    private static Recorded<DocumentEvent> tokenized(int addedAt, int second) {
        return recorded(new DocumentTokenized(CAT, "tiny@1", START.plusSeconds(addedAt)), START.plusSeconds(second));
    }

    private static Recorded<DocumentEvent> indexed(int addedAt, int second) {
        return recorded(new DocumentIndexed("d", "memory", START.plusSeconds(addedAt)), START.plusSeconds(second));
    }

    private static Recorded<DocumentEvent> rejected(int addedAt, int second) {
        var event = new DocumentRejected("d", "index", "no room", START.plusSeconds(addedAt));
        return recorded(event, START.plusSeconds(second));
    }

    private static Recorded<DocumentEvent> removed(int second) {
        return recorded(new DocumentRemoved("d", START.plusSeconds(second)), START.plusSeconds(second));
    }

    @SafeVarargs
    private static DocumentState fold(Recorded<DocumentEvent>... events) {
        var state = DocumentState.unknown("d");
        for (var event : events) state = DocumentState.apply(state, event);
        return state;
    }
}
