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
        assertThat(bind(Map.of())).isEqualTo(new GeneratorProperties(32, 2, 64));
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
