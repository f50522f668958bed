package dev.cm3leon.generator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.PromptTokenized;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.SampledCandidates;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.Draining;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.ModelRegistry;
import dev.cm3leon.service.PastEvents;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.stream.binder.BinderFactory;
import org.springframework.cloud.stream.binder.ExtendedConsumerProperties;
import org.springframework.cloud.stream.binder.kafka.KafkaMessageChannelBinder;
import org.springframework.cloud.stream.binder.test.InputDestination;
import org.springframework.cloud.stream.binder.test.OutputDestination;
import org.springframework.cloud.stream.binder.test.TestChannelBinderConfiguration;
import org.springframework.cloud.stream.binding.InputBindingLifecycle;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.MessageBuilder;
import org.springframework.test.util.ReflectionTestUtils;
import tools.jackson.databind.json.JsonMapper;

/// The generator on the test binder, with a model of random weights.
class GeneratorBindingsTest {

    private static final JsonMapper JSON = new JsonMapper();

    private static ConfigurableApplicationContext context;

    @BeforeAll
    static void start(@TempDir Path folder) {
        TinyModel.write(folder, 1);
        context = new SpringApplicationBuilder(
                        GeneratorApplication.class, TestChannelBinderConfiguration.class, NoBroker.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=generator", "spring.main.allow-bean-definition-overriding=true")
                .run(
                        "--cm3.object-store.kind=memory",
                        "--cm3.model.location=" + folder.toUri(),
                        "--cm3.generator.rows=8",
                        "--cm3.generator.threads=1");
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    @Test
    void aPromptBecomesCandidatesInTheStore() {
        send("prompt-tokenized.v1", prompt("g1"));

        Message<byte[]> message = receive("candidates-generated.v1");
        var generated = (CandidatesGenerated) EventMessages.read(message.getPayload(), GenerationEvent.class);
        var sampled = JSON.readValue(store().get(generated.candidates().key()).orElseThrow(), SampledCandidates.class);
        assertThat(message.getHeaders())
                .containsEntry("ce_id", "candidates-generated.v1:g1")
                .containsEntry("ce_type", "candidates-generated.v1");
        assertThat(sampled.candidates()).hasSize(2).allSatisfy(one -> assertThat(one.ids())
                .hasSize(64));
    }

    @Test
    void aJobCancelledBeforeItComesIsNotDecoded() {
        send("generation-cancel-requested.v1", new GenerationCancelRequested("g2", Instant.EPOCH));

        send("prompt-tokenized.v1", prompt("g2"));

        assertThat(EventMessages.read(receive("generation-cancelled.v1").getPayload(), GenerationEvent.class))
                .isEqualTo(
                        new GenerationCancelled("g2", "generate", prompt("g2").model()));
    }

    /// It came before the process began; the binding that hears of cancels may hear of it later than the job comes.
    @Test
    void aJobCancelledBeforeTheProcessBeganIsNotDecoded() {
        send("prompt-tokenized.v1", prompt(NoBroker.CANCELLED));

        var cancelled = EventMessages.read(receive("generation-cancelled.v1").getPayload(), GenerationEvent.class);
        assertThat(cancelled.generation()).isEqualTo(NoBroker.CANCELLED);
    }

    @Test
    void aPromptThatLacksSomethingHoldsUpNoAcknowledgement() {
        var acknowledgment = mock(Acknowledgment.class);
        byte[] whole = new EventMessages("test", Instant::now).of(prompt("g3")).getPayload();
        String incomplete = new String(whole, UTF_8).replace("\"streams\"", "\"other\"");

        assertThatThrownBy(() -> generate(incomplete.getBytes(UTF_8), acknowledgment))
                .hasMessageContaining("streams is missing");
        generate(whole, acknowledgment);

        verify(acknowledgment, timeout(20_000)).acknowledge();
        receive("candidates-generated.v1");
    }

    @SuppressWarnings("unchecked")
    private static void generate(byte[] json, Acknowledgment acknowledgment) {
        ((Consumer<Message<byte[]>>) context.getBean("generate"))
                .accept(MessageBuilder.withPayload(json)
                        .setHeader(KafkaHeaders.ACKNOWLEDGMENT, acknowledgment)
                        .build());
    }

    @Test
    void jobsInFlightEndBeforeTheBindingsStop() {
        assertThat(context.getBean(Draining.class).isRunning()).isTrue();
        assertThat(context.getBeansOfType(SmartLifecycle.class).values())
                .filteredOn(InputBindingLifecycle.class::isInstance)
                .isNotEmpty()
                .allSatisfy(bindings -> assertThat(bindings.getPhase())
                        .isLessThan(context.getBean(Draining.class).getPhase()));
    }

    /// With more of a poll, what is acknowledged would be committed only when all of it had found room. A dead letter
    /// that is not sent in time would be acknowledged all the same.
    @Test
    void theConsumerOfJobsPollsOneAtATimeAndItsDeadLettersHaveTime() {
        try (var settings = new SpringApplicationBuilder(NoFunctions.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=generator")
                .run("--spring.cloud.function.definition=")) {
            Object binder = settings.getBean(BinderFactory.class).getBinder("kafka", MessageChannel.class);
            var jobs = ((KafkaMessageChannelBinder) binder).getExtendedConsumerProperties("generate-in-0");

            ConsumerFactory<?, ?> consumers = ReflectionTestUtils.invokeMethod(
                    binder,
                    "createKafkaConsumerFactory",
                    false,
                    "generator",
                    new ExtendedConsumerProperties<>(jobs),
                    "generate-in-0",
                    "prompt-tokenized.v1");

            assertThat(consumers).isNotNull();
            assertThat(consumers.getConfigurationProperties().get("max.poll.records"))
                    .hasToString("1");
            assertThat(jobs.getDlqProducerProperties().getConfiguration())
                    .containsEntry("delivery.timeout.ms", "2147483647")
                    .containsEntry("value.serializer", ByteArraySerializer.class.getName());
        }
    }

    @EnableAutoConfiguration
    static class NoFunctions {}

    static class NoBroker {
        static final String CANCELLED = "cancelled-before";

        @Bean
        PastEvents<GenerationCancelRequested> pastCancels() {
            PastEvents<GenerationCancelRequested> past = mock();
            doAnswer(read -> {
                        Consumer<GenerationCancelRequested> hear = read.getArgument(0);
                        hear.accept(new GenerationCancelRequested(CANCELLED, Instant.EPOCH));
                        return null;
                    })
                    .when(past)
                    .read(any());
            return past;
        }
    }

    private static PromptTokenized prompt(String generation) {
        ModelBundle model = context.getBean(ModelRegistry.class).beginning();
        var streams = model.promptLayout().textToImage(List.of(), new int[] {10, 11, 12});
        byte[] json = JSON.writeValueAsBytes(streams);
        String key = store().putContent("prompts", json, ".json", "application/json");
        return new PromptTokenized(
                TinyTransformer.request(generation, 2, 7, Decoding.BOTH),
                model.id(),
                new ObjectRef(key, "application/json", json.length),
                streams.conditional().length(),
                streams.newTokens());
    }

    private static ObjectStore store() {
        return context.getBean(ObjectStore.class);
    }

    private static void send(String topic, Event event) {
        context.getBean(InputDestination.class).send(new EventMessages("test", Instant::now).of(event), topic);
    }

    private static Message<byte[]> receive(String topic) {
        Message<byte[]> message = context.getBean(OutputDestination.class).receive(20_000, topic);
        assertThat(message).as("message on " + topic).isNotNull();
        return message;
    }
}
