package dev.cm3leon.generator;

import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.PromptTokenized;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.transformer.Transformer;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.AcksInOrder;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.Events;
import dev.cm3leon.service.ModelProperties;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.Message;

/// What the generator reads and writes.
@Configuration(proxyBeanMethods = false)
class GeneratorBindings {

    @Bean
    ModelBundle model(ModelProperties properties) {
        return ModelBundle.open(properties.location());
    }

    @Bean
    Transformer transformer(ModelBundle model, GeneratorProperties properties) {
        return model.openTransformer(properties.rows(), properties.threads());
    }

    @Bean
    DecodePool decodePool(Transformer transformer) {
        return new DecodePool(transformer);
    }

    @Bean
    Generator generator(
            DecodePool pool,
            ModelBundle model,
            ObjectStore store,
            Events events,
            InstantSource clock,
            GeneratorProperties properties) {
        return new Generator(pool, model.id(), store, events::publish, clock, properties.inFlight());
    }

    /// Takes bytes, since what cannot be read must wait for the jobs before it: its acknowledgement would be theirs
    /// too.
    @Bean
    Consumer<Message<byte[]>> generate(Generator generator) {
        var acks = new AcksInOrder();
        return message -> {
            PromptTokenized prompt;
            try {
                prompt = EventMessages.read(message.getPayload(), PromptTokenized.class);
            } catch (IllegalArgumentException unreadable) {
                generator.awaitIdle();
                throw unreadable;
            }
            generator.accept(prompt, acks.delivered(message)::done);
        };
    }

    @Bean
    Consumer<GenerationCancelRequested> cancel(Generator generator) {
        return generator::cancel;
    }
}
