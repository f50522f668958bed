package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.events.ModelEvent.ModelRolledBack;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Sampling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PromotedModelsTest {

    @Test
    void aJobThatNamesNoModelIsDrawnByThePromotedOne() {
        PromotedModels promoted = new PromotedModels("demo@1", true, hear -> {});
        assertThat(promoted.pin(draw(null)).request().model()).isEqualTo("demo@1");

        promoted.hear(new ModelPromoted("demo@2", 1, Instant.EPOCH));
        promoted.hear(new ModelPromoted("demo@2", 1, Instant.EPOCH)); // delivered twice

        assertThat(promoted.pin(draw(null)).request().model()).isEqualTo("demo@2");
        assertThat(promoted.pin(draw("demo@1")).request().model()).isEqualTo("demo@1");
    }

    @Test
    void whatWasPromotedBeforeThisProcessBeganDrawsItsFirstJobToo() {
        PromotedModels promoted =
                new PromotedModels("demo@1", true, hear -> hear.accept(new ModelPromoted("demo@2", 1, Instant.EPOCH)));

        assertThat(promoted.pin(draw(null)).request().model()).isEqualTo("demo@2");
    }

    @Test
    void aJobWaitsUntilThatCanBeReadUnlessItNamesItsModel() {
        PromotedModels promoted = new PromotedModels("demo@1", true, hear -> {
            throw new UncheckedIOException(new IOException("the broker is away"));
        });

        assertThatThrownBy(() -> promoted.pin(draw(null))).isInstanceOf(UncheckedIOException.class);
        assertThat(promoted.pin(draw("demo@3")).request().model()).isEqualTo("demo@3");
    }

    @Test
    void withoutTheRegistryPromotionsDoNotCount() {
        PromotedModels promoted = new PromotedModels("demo@1", false, hear -> {});

        promoted.hear(new ModelPromoted("demo@2", 1, Instant.EPOCH));

        assertThat(promoted.pin(draw(null)).request().model()).isEqualTo("demo@1");
    }

    @Test
    void whatWasRolledBackIsStillAmongThoseThatTheBankMayBeMadeFor() {
        PromotedModels promoted = new PromotedModels("demo@1", true, hear -> {});
        promoted.hear(new ModelPromoted("demo@2", 1, Instant.EPOCH));
        promoted.hear(new ModelPromoted("canary@1", 0.5, Instant.EPOCH.plusSeconds(1)));
        promoted.hear(new ModelRolledBack("demo@3", Instant.EPOCH.plusSeconds(3))); // read from another topic, earlier
        promoted.hear(new ModelPromoted("demo@3", 1, Instant.EPOCH.plusSeconds(2)));

        assertThat(promoted.stable()).containsExactly("demo@2", "demo@3", "demo@1");
    }

    private static GenerationRequested draw(@Nullable String model) {
        return new GenerationRequested(
                new GenerationRequest(
                        "g",
                        "public",
                        model,
                        List.of(new Part.Text("red"), new Part.Hole(Modality.IMAGE)),
                        new Sampling(Decoding.TOP_P, 1, 0.9, 2, 0.5, 8, 32),
                        1,
                        1,
                        List.of(),
                        7,
                        null),
                Instant.EPOCH);
    }
}
