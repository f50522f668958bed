package dev.cm3leon.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.gateway.intake.PromotionProperties;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

class GatewayPropertiesTest {

    @Test
    void whatIsNotSetHasADefault() {
        GatewayProperties defaults = bind(Map.of());

        assertThat(defaults.tenant()).isEqualTo("public");
        assertThat(defaults.jobs()).isEqualTo(2000);
        assertThat(defaults.maxBody()).isEqualTo(DataSize.ofMegabytes(24));
        assertThat(defaults.searchWait()).isEqualTo(Duration.ofSeconds(5));
        assertThat(defaults.readLog()).isTrue();
    }

    @Test
    void noJobsToRememberIsRefused() {
        assertThatThrownBy(() -> bind(Map.of("cm3.gateway.jobs", "0")))
                .rootCause()
                .hasMessage("need cm3.gateway.jobs >= 1, got 0");
    }

    @Test
    void aMeasureOfTheGateHasABound() {
        var bound = new Binder(new MapConfigurationPropertySource(Map.of("cm3.models.gate.psnr.at-least", "18")))
                .bind("cm3.models", PromotionProperties.class)
                .get();

        assertThat(bound.shortcomings(Map.of("psnr", 17.5))).containsExactly("need psnr >= 18.0, got 17.5");
        assertThat(bound.shortcomings(Map.of("psnr", 18.0))).isEmpty();
        assertThatThrownBy(() -> new PromotionProperties.Bound(null, null))
                .hasMessageContaining("need at-least or at-most of a measure of cm3.models.gate");
    }

    @Test
    void aMeasureThatAVariableCannotNameIsRefused() {
        PromotionProperties.refuseUnread(
                List.of("CM3_MODELS_GATE_PSNR_ATLEAST", "CM3_MODELS_GATE_LOSS_AT_MOST", "HOME"));

        for (String unread : List.of("CM3_MODELS_GATE_NLL_IMAGE_CORPUS_AT_MOST", "CM3_MODELS_GATE_PSNR_LEAST")) {
            assertThatThrownBy(() -> PromotionProperties.refuseUnread(List.of("HOME", unread)))
                    .hasMessageStartingWith("the variable " + unread + " is no bound of a measure")
                    .hasMessageContaining("SPRING_APPLICATION_JSON");
        }
    }

    private static GatewayProperties bind(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("cm3.gateway", GatewayProperties.class);
    }
}
