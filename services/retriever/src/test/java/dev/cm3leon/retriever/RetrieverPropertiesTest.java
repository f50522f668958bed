package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class RetrieverPropertiesTest {

    @Test
    void thePapersThresholdIsTheDefault() {
        assertThat(bind(Map.of())).isEqualTo(new RetrieverProperties(0.9, 32));
    }

    @Test
    void aSimilarityThatNoCosineHasIsRefused() {
        assertThatThrownBy(() -> bind(Map.of("cm3.retriever.max-similarity", "1.5")))
                .hasRootCauseMessage("need cm3.retriever.max-similarity in (-1, 1], got 1.5");
    }

    private static RetrieverProperties bind(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("cm3.retriever", RetrieverProperties.class);
    }
}
