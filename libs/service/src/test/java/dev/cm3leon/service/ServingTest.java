package dev.cm3leon.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.events.ModelEvent.ModelRolledBack;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ServingTest {

    @Test
    void thePromotedModelDrawsEveryJob() {
        Serving serving = Serving.of("demo@1", List.of(promoted("demo@2", 1, 1)));

        assertThat(serving).isEqualTo(new Serving("demo@2", null, 0, List.of("demo@1")));
        assertThat(serving.modelOf("a job")).isEqualTo("demo@2");
    }

    @Test
    void aCanaryDrawsItsShareAndTheSameJobsOnEveryInstance() {
        Serving serving = Serving.of("demo@1", List.of(promoted("demo@2", 0.2, 1)));

        List<String> drawn = IntStream.range(0, 10_000)
                .mapToObj(i -> serving.modelOf("job " + i))
                .toList();

        assertThat(Collections.frequency(drawn, "demo@2")).isBetween(1_850, 2_150);
        assertThat(IntStream.range(0, 10_000).mapToObj(i -> Serving.of("demo@1", List.of(promoted("demo@2", 0.2, 1)))
                        .modelOf("job " + i)))
                .containsExactlyElementsOf(drawn);
    }

    @Test
    void jobsOfACanaryStayWithItWhenItsShareGrows() {
        Serving small = Serving.of("demo@1", List.of(promoted("demo@2", 0.2, 1)));
        Serving large = Serving.of("demo@1", List.of(promoted("demo@2", 0.2, 1), promoted("demo@2", 0.6, 2)));

        assertThat(IntStream.range(0, 1000).mapToObj(i -> "job " + i).filter(job -> small.modelOf(job)
                        .equals("demo@2")))
                .isNotEmpty()
                .allMatch(job -> large.modelOf(job).equals("demo@2"));
    }

    @Test
    void aRollbackReturnsToTheOneBefore() {
        var events = new ArrayList<ModelEvent>(List.of(promoted("demo@2", 1, 1), promoted("demo@3", 1, 2)));
        assertThat(Serving.of("demo@1", events).stable()).isEqualTo("demo@3");

        events.add(rolledBack("demo@3", 3));
        assertThat(Serving.of("demo@1", events).stable()).isEqualTo("demo@2");

        events.add(rolledBack("demo@2", 4));
        events.add(rolledBack("demo@1", 5)); // nothing is before it
        assertThat(Serving.of("demo@1", events)).isEqualTo(new Serving("demo@1", null, 0, List.of()));
    }

    @Test
    void aCanaryIsRolledBackAlone() {
        var events = List.of(promoted("demo@2", 0.5, 1), rolledBack("demo@2", 2));

        assertThat(Serving.of("demo@1", events)).isEqualTo(new Serving("demo@1", null, 0, List.of()));
    }

    @Test
    void theOrderInWhichEventsAreReadMakesNoDifference() {
        var events = new ArrayList<ModelEvent>(List.of(
                promoted("demo@2", 0.2, 1),
                promoted("demo@2", 1, 2),
                promoted("demo@3", 0.5, 3),
                rolledBack("demo@3", 4),
                promoted("demo@3", 1, 5),
                rolledBack("demo@3", 6)));
        Serving expected = Serving.of("demo@1", events);

        for (int seed = 0; seed < 100; seed++) {
            Collections.shuffle(events, new Random(seed));
            assertThat(Serving.of("demo@1", events)).isEqualTo(expected);
        }
        assertThat(expected.stable()).isEqualTo("demo@2");
    }

    private static ModelPromoted promoted(String model, double share, long second) {
        return new ModelPromoted(model, share, Instant.ofEpochSecond(second));
    }

    private static ModelRolledBack rolledBack(String model, long second) {
        return new ModelRolledBack(model, Instant.ofEpochSecond(second));
    }
}
