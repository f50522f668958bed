package dev.cm3leon.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaEventsTest {

    @Test
    void whatTheBrokerAsksForIsReadFromTheEnvironment() {
        var environment = JobEnvironment.of(Map.of(
                "CM3_KAFKA", "kafka:9093",
                "CM3_KAFKA_PROPERTIES_SECURITY_PROTOCOL", "SASL_SSL",
                "CM3_KAFKA_PROPERTIES_SASL_JAAS_CONFIG", "a secret"));

        assertThat(environment.kafkaProperties())
                .isEqualTo(Map.of("security.protocol", "SASL_SSL", "sasl.jaas.config", "a secret"));
    }

    @Test
    void whatTheClientIsToldReachesIt() {
        assertThatThrownBy(() ->
                        new KafkaEvents("127.0.0.1:9", Map.of("security.protocol", "NONSENSE"), InstantSource.system()))
                .hasStackTraceContaining("NONSENSE");
    }
}
