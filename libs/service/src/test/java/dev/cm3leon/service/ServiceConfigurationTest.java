package dev.cm3leon.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.objectstore.MemoryObjectStore;
import dev.cm3leon.objectstore.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.stream.binder.test.InputDestination;
import org.springframework.cloud.stream.binder.test.OutputDestination;
import org.springframework.cloud.stream.binder.test.TestChannelBinder;
import org.springframework.cloud.stream.binder.test.TestChannelBinderConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.KafkaProducerException;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHandlingException;
import org.springframework.messaging.support.MessageBuilder;

/// A service of two functions, on the test binder: bytes in on one topic, event and headers out on another.
class ServiceConfigurationTest {

    private ConfigurableApplicationContext context;

    @BeforeEach
    void start() {
        context = new SpringApplicationBuilder(SmallService.class)
                .web(WebApplicationType.NONE)
                .run(
                        "--spring.config.import=classpath:cm3-service.yml",
                        "--spring.application.name=small",
                        "--cm3.object-store.kind=memory",
                        "--spring.cloud.function.definition=cancel;answer",
                        "--spring.cloud.stream.bindings.cancel-in-0.destination=generation-cancel-requested.v1",
                        "--spring.cloud.stream.bindings.cancel-in-0.group=small",
                        "--spring.cloud.stream.bindings.answer-in-0.destination=generation-failed.v1",
                        "--spring.cloud.stream.bindings.answer-in-0.group=small-answer");
    }

    @AfterEach
    void stop() {
        context.close();
    }

    /// A broker that is killed while a result is on its way does not send the event to the dead letters.
    @Test
    void whatTheBrokerDidNotTakeIsTriedAgain() {
        var record = new ProducerRecord<Object, Object>("prompt-tokenized.v1", "{}");
        var gone = new KafkaProducerException(record, "Failed to send", new TimeoutException("30000 ms has passed"));
        var login = new KafkaProducerException(record, "Failed to send", new SaslAuthenticationException("password"));
        var rights = new KafkaProducerException(record, "Failed to send", new TopicAuthorizationException("no write"));
        var large = new KafkaProducerException(record, "Failed to send", new RecordTooLargeException("2 MB"));
        Message<String> event = MessageBuilder.withPayload("{}").build();

        for (KafkaProducerException later : List.of(gone, login, rights))
            assertThat(ServiceConfiguration.mayHelp(new MessageHandlingException(event, later)))
                    .as(String.valueOf(later.getCause()))
                    .isTrue();
        assertThat(ServiceConfiguration.mayHelp(new MessageHandlingException(event, large)))
                .isFalse();
        assertThat(ServiceConfiguration.mayHelp(new IllegalArgumentException("no JSON")))
                .isFalse();
    }

    /// Else the consumer ends, and its service looks well.
    @Test
    void aPollThatIsRefusedForItsLoginIsTriedAgain() {
        var container = new KafkaMessageListenerContainer<>(
                new DefaultKafkaConsumerFactory<>(Map.of()), new ContainerProperties("generation-failed.v1"));

        new ServiceConfiguration()
                .waitForWhatMayHelp(Duration.ofSeconds(3))
                .configure(container, "generation-failed.v1", "small");

        assertThat(container.getContainerProperties().getAuthExceptionRetryInterval())
                .hasSeconds(3);
    }

    @Test
    void aConsumerPublishesToTheTopicOfTheEventsType() {
        send("generation-cancel-requested.v1", new GenerationCancelRequested("g-1", Instant.EPOCH));

        var message = receive("generation-cancelled.v1");
        assertThat(EventMessages.read(message.getPayload(), GenerationEvent.class))
                .isEqualTo(new GenerationCancelled("g-1", "small", null));
        assertThat(message.getHeaders())
                .containsEntry("ce_id", "generation-cancelled.v1:g-1")
                .containsEntry("ce_type", "generation-cancelled.v1");
        assertThat(message.getHeaders().get("kafka_messageKey")).isEqualTo("g-1".getBytes(UTF_8));
    }

    @Test
    void theOutputOfAFunctionGoesThereToo() {
        send("generation-failed.v1", new GenerationFailed("g-2", "generate", "no", null));

        var message = receive("generation-cancelled.v1");
        assertThat(EventMessages.read(message.getPayload(), GenerationEvent.class))
                .isEqualTo(new GenerationCancelled("g-2", "answer", null));
        assertThat(message.getHeaders()).containsEntry("ce_id", "generation-cancelled.v1:g-2");
    }

    @Test
    void whatIsNoEventOfTheFamilyFailsSayingWhy() {
        var poison = MessageBuilder.withPayload("{\"type\":\"party.v1\"}".getBytes(UTF_8))
                .build();

        context.getBean(InputDestination.class).send(poison, "generation-cancel-requested.v1");

        var failure = (Throwable)
                context.getBean(TestChannelBinder.class).getLastError().getPayload();
        assertThat(failure).hasStackTraceContaining("not a GenerationEvent").hasStackTraceContaining("party.v1");
    }

    @Test
    void theStoreIsChosenByAProperty() {
        assertThat(context.getBean(ObjectStore.class)).isInstanceOf(MemoryObjectStore.class);
    }

    private void send(String topic, Event event) {
        var message = new EventMessages("test", Instant::now).of(event);
        context.getBean(InputDestination.class).send(message, topic);
    }

    private Message<byte[]> receive(String topic) {
        var message = context.getBean(OutputDestination.class)
                .receive(Duration.ofSeconds(5).toMillis(), topic);
        assertThat(message).as("message on " + topic).isNotNull();
        return message;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({ServiceConfiguration.class, TestChannelBinderConfiguration.class})
    static class SmallService {

        @Bean
        Consumer<GenerationEvent> cancel(Events events) {
            return event -> events.publish(new GenerationCancelled(event.generation(), "small", null));
        }

        @Bean
        Function<GenerationFailed, Message<byte[]>> answer(EventMessages messages) {
            return failed -> messages.of(new GenerationCancelled(failed.generation(), "answer", failed.model()));
        }
    }
}
