package dev.cm3leon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.health.contributor.Status;

class LogReaderTest {

    @Test
    void aReaderWhoseThreadHasEndedIsNotHealthy() throws InterruptedException {
        var properties = new Binder(new MapConfigurationPropertySource(Map.of()))
                .bindOrCreate("cm3.gateway", GatewayProperties.class);
        var reader = new LogReader(new KafkaLog(Map.of()), List.of("a"), record -> {}); // no broker is named
        var health = new GatewayBindings().logHealthIndicator(properties, reader);
        assertThat(health.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);

        reader.start();
        for (int i = 0; i < 200 && !reader.isDead(); i++) Thread.sleep(50);

        assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
        assertThat(health.health().getDetails()).containsEntry("reason", "the log is not read any more");
        reader.close();
    }
}
