package dev.cm3leon.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.objectstore.MinioObjectStore;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class ObjectStorePropertiesTest {

    @Test
    void aMinioStoreNeedsItsKeys() {
        assertThatThrownBy(() -> bind(Map.of()).open())
                .hasMessage("cm3.object-store.access-key and .secret-key are needed when .kind is minio");
    }

    @Test
    void hasDefaultsForTheRest() {
        var properties = bind(Map.of("cm3.object-store.access-key", "a", "cm3.object-store.secret-key", "s3cret"));

        assertThat(properties.endpoint()).isEqualTo(URI.create("http://127.0.0.1:9000"));
        assertThat(properties.bucket()).isEqualTo("cm3");
        assertThat(properties.open()).isInstanceOf(MinioObjectStore.class);
    }

    @Test
    void aLogNeverShowsTheSecret() {
        var properties = bind(Map.of("cm3.object-store.access-key", "a", "cm3.object-store.secret-key", "s3cret"));

        assertThat(properties.toString()).doesNotContain("s3cret");
    }

    private static ObjectStoreProperties bind(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("cm3.object-store", ObjectStoreProperties.class);
    }
}
