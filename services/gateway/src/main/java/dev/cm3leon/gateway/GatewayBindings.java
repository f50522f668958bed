package dev.cm3leon.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.events.Event;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.Events;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.messaging.Message;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/// The gateway hears everything that happens, from the beginning, and tells what people ask for.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(GatewayProperties.class)
class GatewayBindings {

    private static final Logger log = LoggerFactory.getLogger(GatewayBindings.class);

    @Bean
    PlatformState platformState(GatewayProperties properties) {
        return new PlatformState(properties.jobs(), properties.documents());
    }

    @Bean
    CaughtUp caughtUp() {
        return new CaughtUp();
    }

    /// Every topic, every partition, from the first record on: state is nothing else.
    @Bean
    Consumer<Message<byte[]>> remember(PlatformState state, CaughtUp caughtUp, InstantSource clock) {
        return message -> {
            try {
                Event event = EventMessages.read(message.getPayload(), Event.class);
                state.hear(new Recorded<>(
                        header(message, "id", EventMessages.idOf(event)),
                        header(message, "source", "unknown"),
                        time(message, clock),
                        event));
            } catch (IllegalArgumentException e) { // whoever has to act on it dead-letters it; there is nothing to show
                log.atWarn()
                        .addKeyValue("topic", message.getHeaders().get(KafkaHeaders.RECEIVED_TOPIC))
                        .addKeyValue("reason", e.getMessage())
                        .log("an event that cannot be read");
            }
            if (message.getHeaders().get(KafkaHeaders.RECEIVED_TOPIC) instanceof String topic
                    && message.getHeaders().get(KafkaHeaders.RECEIVED_PARTITION) instanceof Integer partition
                    && message.getHeaders().get(KafkaHeaders.OFFSET) instanceof Long offset) {
                caughtUp.read(new TopicPartition(topic, partition), offset);
            }
        };
    }

    @Bean
    Publisher publisher(Events events, PlatformState state, InstantSource clock) {
        return new Publisher(events::publish, state, clock);
    }

    @Bean
    Bodies bodies(GatewayProperties properties) {
        return new Bodies((int) properties.maxBody().toBytes());
    }

    @Bean
    KafkaLog kafkaLog(KafkaProperties kafka) {
        return new KafkaLog(kafka.buildAdminProperties());
    }

    @Bean
    DeadLetters deadLetters(KafkaLog kafka) {
        return new DeadLetters(kafka);
    }

    /// Asks the broker how far the log reaches, again until it answers.
    @Bean
    ApplicationRunner findTheEnd(
            GatewayProperties properties,
            CaughtUp caughtUp,
            KafkaLog kafka,
            @Value("${spring.cloud.stream.bindings.remember-in-0.destination}") String topics) {
        return _ -> {
            if (!properties.waitForLog()) {
                caughtUp.reach(Map.of());
                return;
            }
            Thread.ofVirtual().name("find-the-end").start(() -> {
                while (true) {
                    try {
                        caughtUp.reach(kafka.ends(Arrays.asList(topics.split(","))));
                        return;
                    } catch (KafkaException e) {
                        log.atWarn().addKeyValue("reason", e.getMessage()).log("the broker cannot be reached yet");
                    }
                    try {
                        Thread.sleep(1000);
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            });
        };
    }

    @Bean
    HealthIndicator logHealthIndicator(CaughtUp caughtUp) {
        return () -> caughtUp.isReached()
                ? Health.up().build()
                : Health.outOfService().withDetail("reason", "the log is still being read").build();
    }

    @Bean
    WebMvcConfigurer answerOnlyFromWholeState(CaughtUp caughtUp) {
        HandlerInterceptor door = new HandlerInterceptor() {
            @Override
            public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
                if (caughtUp.isReached()) return true;
                throw Refusal.unavailable("the gateway is still reading the log");
            }
        };
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(door)
                        .addPathPatterns("/v1/**")
                        .excludePathPatterns("/v1/objects/**", "/v1/models/**", "/v1/dead-letters/**");
            }
        };
    }

    private static Instant time(Message<?> message, InstantSource clock) {
        String told = header(message, "time", "");
        if (!told.isEmpty()) return Instant.parse(told);
        return message.getHeaders().get(KafkaHeaders.RECEIVED_TIMESTAMP) instanceof Long millis
                ? Instant.ofEpochMilli(millis)
                : clock.instant();
    }

    /// A CloudEvents attribute; jobs put straight on a topic may come without.
    private static String header(Message<?> message, String attribute, String otherwise) {
        for (String prefix : List.of("ce_", "ce-", "cloudEvents:")) {
            @Nullable Object value = message.getHeaders().get(prefix + attribute);
            if (value instanceof byte[] bytes) return new String(bytes, UTF_8);
            if (value != null) return value.toString();
        }
        return otherwise;
    }
}
