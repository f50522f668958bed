package dev.cm3leon.orchestrator;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.Events;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The orchestrator hears requests and cancellations, and tells what its jobs say.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(OrchestratorProperties.class)
class OrchestratorBindings {

    @Bean(destroyMethod = "close")
    JobLauncher launcher(OrchestratorProperties properties) {
        return new ProcessJobLauncher(
                properties.folder(),
                properties.command(),
                line -> EventMessages.read(line.getBytes(StandardCharsets.UTF_8), TrainingEvent.class));
    }

    @Bean
    Orchestrator orchestrator(
            JobLauncher launcher, Events events, OrchestratorProperties properties, InstantSource clock) {
        return new Orchestrator(launcher, events::publish, properties.attempts(), clock);
    }

    @Bean
    Consumer<TrainingEvent> orchestrate(Orchestrator orchestrator) {
        return orchestrator::hear;
    }

    /// Takes up the runs that were not over, before anything new is heard.
    @Bean
    SmartLifecycle resumption(Orchestrator orchestrator, OrchestratorProperties properties, KafkaProperties kafka) {
        return new SmartLifecycle() {
            private volatile boolean running;

            @Override
            public void start() {
                if (properties.resume()) orchestrator.resume(TrainingHistory.read(kafka.buildConsumerProperties()));
                running = true;
            }

            @Override
            public void stop() {
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
