package dev.cm3leon.generator;

import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.PromptTokenized;
import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.AcksInOrder;
import dev.cm3leon.service.Draining;
import dev.cm3leon.service.Events;
import dev.cm3leon.service.ModelProperties;
import dev.cm3leon.service.ModelRegistry;
import dev.cm3leon.service.Models;
import dev.cm3leon.service.PastEvents;
import dev.cm3leon.service.Preparing;
import dev.cm3leon.service.Spans;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.Message;

/// What the generator reads and writes.
@Configuration(proxyBeanMethods = false)
class GeneratorBindings {

    /// Each model has a pool of its own, so a job is done by the model it began with, whatever is promoted meanwhile.
    @Bean
    Models<DecodePool> pools(
            ModelRegistry registry, ModelProperties models, GeneratorProperties properties, MeterRegistry meters) {
        return Models.of(
                registry,
                models,
                model -> new DecodePool(
                        model.openTransformer(properties.rows(), properties.threads()),
                        new DecodeMetrics(meters, model.id(), properties.rows())));
    }

    @Bean
    Generator generator(
            Models<DecodePool> pools,
            ObjectStore store,
            Events events,
            InstantSource clock,
            GeneratorProperties properties) {
        return new Generator(pools, store, events::publish, clock, properties.inFlight());
    }

    @Bean
    Draining draining(Generator generator) {
        return new Draining(generator::drain);
    }

    /// Loads a model beside the others before its first job comes.
    @Bean
    Consumer<ModelEvent> promotions(Models<DecodePool> pools, ModelRegistry registry, ModelProperties properties) {
        return new Preparing(registry, properties, pools);
    }

    /// Takes bytes, since what cannot be read must wait for the jobs before it.
    @Bean
    Consumer<Message<byte[]>> generate(
            Generator generator, PastEvents<GenerationCancelRequested> pastCancels, Spans spans) {
        var acks = new AcksInOrder();
        return message -> {
            PromptTokenized prompt = acks.read(message, PromptTokenized.class, generator::awaitIdle);
            pastCancels.read(generator::cancel); // what comes again after a restart does not end in another way
            var trace = spans.here(); // the listener returns long before the job is done
            generator.accept(
                    prompt,
                    acks.delivered(message)::done,
                    work -> trace.run(Generator.STEP, prompt.generation(), work));
        };
    }

    @Bean
    PastEvents<GenerationCancelRequested> pastCancels(KafkaProperties kafka) {
        return new PastEvents<>(
                kafka.buildAdminProperties(),
                List.of(Event.typeOf(GenerationCancelRequested.class)),
                GenerationCancelRequested.class);
    }

    @Bean
    Consumer<GenerationCancelRequested> cancel(Generator generator) {
        return generator::cancel;
    }
}
