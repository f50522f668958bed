package dev.cm3leon.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.gateway.intake.PromotionProperties;
import dev.cm3leon.orchestrator.OrchestratorProperties;
import dev.cm3leon.service.ModelProperties;
import dev.cm3leon.service.ObjectStoreProperties;
import dev.cm3leon.service.VectorIndexProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.support.SpringApplicationJsonEnvironmentPostProcessor;
import org.springframework.core.env.AbstractEnvironment;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.PropertySourcesPropertyResolver;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ClassPathResource;

/// What a service makes of the variables that a chart or a compose file gives it: bound as the service itself
/// binds them.
final class ServiceSettings {
    private static final Set<String> JVM = Set.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "SPRING_APPLICATION_JSON");

    private final ConfigurableEnvironment all = new AbstractEnvironment() {};
    private final MutablePropertySources sources = all.getPropertySources();
    private final Binder binder;

    /// @param environment the variables of its container
    ServiceSettings(String service, Map<String, String> environment) {
        sources.addLast(new SystemEnvironmentPropertySource("systemEnvironment", new LinkedHashMap<>(environment)));
        for (String file : List.of(service + ".yml", "cm3-service.yml")) {
            try {
                for (PropertySource<?> source : new YamlPropertySourceLoader().load(file, new ClassPathResource(file)))
                    sources.addLast(source);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        new SpringApplicationJsonEnvironmentPostProcessor().postProcessEnvironment(all, new SpringApplication());
        var placeholders = new PropertySourcesPropertyResolver(sources);
        binder = new Binder(
                ConfigurationPropertySources.from(sources),
                value -> value instanceof String text ? placeholders.resolvePlaceholders(text) : value);
    }

    String get(String property) {
        return new PropertySourcesPropertyResolver(sources).getProperty(property, "");
    }

    ObjectStoreProperties objectStore() {
        return binder.bindOrCreate("cm3.object-store", ObjectStoreProperties.class);
    }

    VectorIndexProperties vectorIndex() {
        return binder.bindOrCreate("cm3.vector-index", VectorIndexProperties.class);
    }

    /// Each step of stopping may take so long.
    Duration stopping() {
        return binder.bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
                .get();
    }

    OrchestratorProperties orchestrator() {
        return binder.bindOrCreate("cm3.orchestrator", OrchestratorProperties.class);
    }

    PromotionProperties promotion() {
        return binder.bind("cm3.models", PromotionProperties.class).get();
    }

    /// What every client of the broker is told.
    Map<String, String> kafkaProperties() {
        return binder.bind("spring.kafka.properties", Bindable.mapOf(String.class, String.class))
                .orElse(Map.of());
    }

    /// A variable that changes nothing is a misspelt one.
    ///
    /// @param environment each with a value that is not the default's
    static void everyVariableIsRead(String service, Map<String, String> environment) {
        var bare = new ServiceSettings(service, Map.of("CM3_OBJECTSTORE_KIND", "minio")).everything();
        for (var variable : new TreeMap<>(environment).entrySet()) {
            if (JVM.contains(variable.getKey())) continue;
            String other = different(variable.getKey(), variable.getValue());
            var changed = new ServiceSettings(service, Map.of(variable.getKey(), other)).everything();
            assertThat(changed)
                    .as("%s: what the service makes of %s=%s", service, variable.getKey(), other)
                    .isNotEqualTo(bare);
        }
    }

    private static String different(String variable, String value) {
        if (variable.endsWith("_KIND")) return "memory";
        if (variable.endsWith("_LAUNCHER")) return "kubernetes";
        if (variable.endsWith("_KEEP")) return "77m";
        if (variable.endsWith("_JOBS")) return "bpe,vq";
        if (variable.endsWith("_TIMEOUTPERSHUTDOWNPHASE")) return "77s";
        if (value.matches("\\d+")) return "77";
        return value.startsWith("http") ? "http://elsewhere:1" : "else-where";
    }

    private List<Object> everything() {
        var model = binder.bindOrCreate("cm3.model", ModelProperties.class);
        var store = objectStore();
        var index = vectorIndex();
        var orchestrator = orchestrator();
        return List.of(
                List.of(
                        store.kind(),
                        store.endpoint(),
                        store.accessKey(),
                        store.secretKey(),
                        store.bucket(),
                        store.region()),
                List.of(
                        index.kind(),
                        index.folder(),
                        index.milvusUri(),
                        index.milvusToken(),
                        index.milvusIndexType(),
                        index.milvusCollection()),
                model,
                orchestrator,
                stopping(),
                get("spring.kafka.bootstrap-servers"),
                kafkaProperties(),
                get("spring.cloud.stream.kafka.default.producer.topic.properties.min.insync.replicas"),
                get("spring.cloud.stream.kafka.binder.min-partition-count"),
                get("spring.cloud.stream.kafka.binder.replication-factor"),
                get("server.port"),
                get("server.address"));
    }

    /// Topic and consumer group of every queue that a service reads, as `topic group`.
    List<String> queues() {
        var queues = new java.util.ArrayList<String>();
        for (PropertySource<?> source : sources) {
            if (!(source.getSource() instanceof Map<?, ?> map)) continue;
            for (Object key : map.keySet()) {
                String name = key.toString();
                if (!name.startsWith("spring.cloud.stream.bindings.") || !name.endsWith(".group")) continue;
                String binding =
                        name.substring("spring.cloud.stream.bindings.".length(), name.length() - ".group".length());
                for (String topic : get("spring.cloud.stream.bindings." + binding + ".destination")
                        .split(",")) {
                    queues.add(topic + " " + get(name) + "." + binding);
                }
            }
        }
        return queues;
    }

    static Path root() {
        return Path.of("").toAbsolutePath().getParent();
    }
}
