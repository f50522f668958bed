package dev.cm3leon.gateway.state;

import static dev.cm3leon.gateway.Examples.START;
import static dev.cm3leon.gateway.Examples.job;
import static dev.cm3leon.gateway.Examples.recorded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import dev.cm3leon.gateway.Examples;
import dev.cm3leon.gateway.GenerationView;
import dev.cm3leon.gateway.TimelineView;
import dev.cm3leon.gateway.state.GenerationState.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GenerationStateTest {

    @Test
    void eachEventTakesTheJobOneStepFurther() {
        List<Status> statuses = new ArrayList<>();

        var state = GenerationState.unknown("g");
        for (var event : job("g")) {
            state = GenerationState.apply(state, event);
            statuses.add(state.status());
        }

        assertThat(statuses)
                .containsExactly(
                        Status.RETRIEVING,
                        Status.TOKENIZING,
                        Status.GENERATING,
                        Status.GENERATING,
                        Status.DECODING,
                        Status.RANKING,
                        Status.COMPLETED);
    }

    @Test
    void theOrderInWhichEventsComeMakesNoDifference() {
        var expected = fold(job("g"));

        for (int seed = 0; seed < 200; seed++) {
            List<Recorded<GenerationEvent>> shuffled = new ArrayList<>(job("g"));
            Collections.shuffle(shuffled, new Random(seed));

            assertThat(fold(shuffled)).isEqualTo(expected);
        }
    }

    @Test
    void aSecondDeliveryChangesNothing() {
        List<Recorded<GenerationEvent>> twice = new ArrayList<>(job("g"));
        twice.addAll(job("g"));

        assertThat(fold(twice)).isEqualTo(fold(job("g")));
    }

    @Test
    void ofTwoTellingsOfTheSameEventTheEarlierCountsWhicheverComesFirst() {
        var first = job("g").getFirst();
        var later = recorded(first.event(), first.at().plusMillis(3));

        assertThat(fold(List.of(later, first)))
                .isEqualTo(fold(List.of(first, later)))
                .isEqualTo(fold(List.of(first)));
    }

    @Test
    void aFinishedJobIsNotBroughtBackByALateEvent() {
        List<Recorded<GenerationEvent>> failed = List.of(
                job("g").getFirst(), recorded(new GenerationFailed("g", "tokenize", "no", null), START.plusMillis(5)));

        var state = GenerationState.apply(fold(failed), job("g").get(1));

        assertThat(state.status()).isEqualTo(Status.FAILED);
    }

    @Test
    void aCancelRequestIsSeenBeforeTheJobStops() {
        var asked = fold(
                List.of(job("g").getFirst(), recorded(new GenerationCancelRequested("g", START), START.plusMillis(5))));

        assertThat(asked.status()).isEqualTo(Status.RETRIEVING);
        assertThat(asked.cancelRequested()).isTrue();

        var stopped = GenerationState.apply(
                asked, recorded(new GenerationCancelled("g", "generate", null), START.plusMillis(9)));

        assertThat(stopped.status()).isEqualTo(Status.CANCELLED);
    }

    @Test
    void partialCodesAreKeptOnlyWhileTheyAreOfUse() {
        var running = fold(job("g").subList(0, 4));
        var done = fold(job("g"));

        assertThat(running.latest(GenerationProgress.class))
                .hasValueSatisfying(p -> assertThat(p.codes()).containsExactly(5, 6));
        assertThat(done.latest(GenerationProgress.class))
                .hasValueSatisfying(p -> assertThat(p.codes()).isEmpty());
    }

    @Test
    void theTimelineSaysWhoDidWhatAndHowLongItTook() {
        var timeline = TimelineView.of(fold(job("g")));

        assertThat(timeline.steps()).hasSize(7).allSatisfy(step -> assertThat(step.service())
                .isEqualTo("a-service"));
        assertThat(timeline.steps().get(3).sincePrevious()).isEqualTo(10);
        assertThat(timeline.steps().getLast().sinceStart()).isEqualTo(60);
        assertThat(timeline.steps().get(1).inputs()).containsEntry("text", "a cat in a red hat");
        assertThat(timeline.steps().get(1).outputs()).containsKeys("documents", "index_version", "unknown_words");
    }

    @Test
    void theViewShowsTheBestCandidateFirstAndNamesUnknownWords() {
        var view = GenerationView.of(fold(job("g")), () -> 0);

        assertThat(view.candidates())
                .extracting(GenerationView.CandidateView::index)
                .containsExactly(1, 0);
        assertThat(view.evidence())
                .singleElement()
                .satisfies(e -> assertThat(e.image().url()).isEqualTo("/v1/objects/" + Examples.KEY));
        assertThat(view.warnings()).singleElement().asString().contains("hat");
        assertThat(view.seed()).isEqualTo(7);
        assertThat(view.prompt()).isEqualTo("a cat in a red hat");
    }

    private static GenerationState fold(List<Recorded<GenerationEvent>> events) {
        var state = GenerationState.unknown("g");
        for (var event : events) state = GenerationState.apply(state, event);
        return state;
    }
}
