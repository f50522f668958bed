package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.Events;
import dev.cm3leon.service.ObjectStoreProperties;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.SslConfigs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The orchestrator hears requests and cancellations, and tells what its jobs say.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(OrchestratorProperties.class)
class OrchestratorBindings {
    private static final Logger log = LoggerFactory.getLogger(OrchestratorBindings.class);
    private static final Set<String> OF_EACH_CLIENT = Set.of("bootstrap.servers", "client.id");
    private static final Set<String> CERTIFICATES = Set.of( // passwords by their type, and public
            SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG, SslConfigs.SSL_KEYSTORE_CERTIFICATE_CHAIN_CONFIG);

    @Bean(destroyMethod = "close")
    JobLauncher launcher(
            OrchestratorProperties properties,
            KafkaProperties kafka,
            ObjectStoreProperties store,
            InstantSource clock) {
        return switch (properties.launcher()) {
            case PROCESS ->
                new ProcessJobLauncher(
                        properties.folder(),
                        properties.command(),
                        line -> EventMessages.read(line.getBytes(StandardCharsets.UTF_8), TrainingEvent.class));
            case KUBERNETES -> {
                var kubernetes = properties.kubernetes();
                yield new KubernetesJobLauncher(
                        kubernetes.client(),
                        kubernetes.namespace(),
                        manifests(properties, kafka, store),
                        kubernetes.lookEvery(),
                        clock);
            }
        };
    }

    /// Jobs reach broker and object store as we do. What is secret of it they get where we got it.
    static JobManifests manifests(
            OrchestratorProperties properties, KafkaProperties kafka, ObjectStoreProperties store) {
        Map<String, String> reach = new HashMap<>();
        reach.put("CM3_KAFKA", String.join(",", kafka.getBootstrapServers()));
        if (store.kind() == ObjectStoreProperties.Kind.MINIO) {
            reach.put("CM3_S3_ENDPOINT", store.endpoint().toString());
            reach.put("CM3_S3_BUCKET", store.bucket());
            reach.put("CM3_S3_REGION", store.region());
        }
        List<String> secrets = properties.kubernetes().kafkaSecretProperties();
        if (!secrets.isEmpty() && properties.kubernetes().kafkaSecret().isEmpty()) {
            throw new IllegalArgumentException(
                    "need cm3.orchestrator.kubernetes.kafka-secret: jobs get " + secrets + " from it");
        }
        Map<String, ConfigKey> known = ProducerConfig.configDef().configKeys();
        kafka.buildAdminProperties().forEach((property, value) -> {
            ConfigKey key = known.get(property);
            if (key == null || OF_EACH_CLIENT.contains(property) || secrets.contains(property)) return;
            if (key.type == ConfigDef.Type.PASSWORD && !CERTIFICATES.contains(property)) {
                throw new IllegalArgumentException("need " + property
                        + " among cm3.orchestrator.kubernetes.kafka-secret-properties: jobs get it from the secret");
            }
            reach.put(JobManifests.variable(property), value.toString());
        });
        return new JobManifests(properties.kubernetes(), reach, properties.attempts());
    }

    @Bean
    Orchestrator orchestrator(
            JobLauncher launcher, Events events, OrchestratorProperties properties, InstantSource clock) {
        return new Orchestrator(launcher, events::publish, properties.policy(), clock);
    }

    @Bean
    Consumer<TrainingEvent> orchestrate(Orchestrator orchestrator) {
        return orchestrator::hear;
    }

    /// Takes up the runs that were not over, before anything new is heard; then tries again what could not be started.
    @Bean
    SmartLifecycle resumption(Orchestrator orchestrator, OrchestratorProperties properties, KafkaProperties kafka) {
        return new SmartLifecycle() {
            private final ScheduledExecutorService retries = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("retry-jobs").factory());
            private volatile boolean running;

            @Override
            public void start() {
                if (properties.resume()) orchestrator.resume(TrainingHistory.read(kafka.buildConsumerProperties()));
                long every = properties.retry().toMillis();
                retries.scheduleWithFixedDelay(this::retry, every, every, TimeUnit.MILLISECONDS);
                running = true;
            }

            private void retry() {
                try {
                    orchestrator.retry();
                } catch (RuntimeException e) { // which would end the schedule
                    log.atWarn().setCause(e).log("cannot try again to start what waits");
                }
            }

            @Override
            public void stop() {
                retries.shutdownNow();
                running = false;
            }

            @Override
            public boolean isRunning() {
                return running;
            }

            @Override
            public int getPhase() {
                return 0; // output bindings are ready, input bindings are not yet
            }
        };
    }
}
