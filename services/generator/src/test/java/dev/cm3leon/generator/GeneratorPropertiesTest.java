package dev.cm3leon.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class GeneratorPropertiesTest {

    @Test
    void sixteenCandidatesAreDecodedAtOnceByDefault() {
        assertThat(bind(Map.of())).isEqualTo(new GeneratorProperties(32, 2, 24));
    }

    /// What is taken and waits is decoded twice where another instance joins.
    @Test
    void noMoreIsTakenThanTheRowsWillSoonHold() {
        assertThat(bind(Map.of("cm3.generator.rows", "8")).inFlight()).isEqualTo(6);
        assertThat(bind(Map.of("cm3.generator.rows", "2")).inFlight()).isEqualTo(1);
        assertThat(bind(Map.of("cm3.generator.in-flight", "64")).inFlight()).isEqualTo(64);
    }

    @Test
    void tooFewRowsForOneCandidateAreRefused() {
        assertThatThrownBy(() -> bind(Map.of("cm3.generator.rows", "1")))
                .hasRootCauseMessage("need cm3.generator.rows >= 2, got 1");
    }

    private static GeneratorProperties bind(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("cm3.generator", GeneratorProperties.class);
    }
}
