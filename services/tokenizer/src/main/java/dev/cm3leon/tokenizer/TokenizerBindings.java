package dev.cm3leon.tokenizer;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.ModelProperties;
import dev.cm3leon.service.ModelRegistry;
import dev.cm3leon.service.Models;
import dev.cm3leon.service.Preparing;
import dev.cm3leon.service.Steps;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.Message;

/// What the tokenizer reads and writes.
@Configuration(proxyBeanMethods = false)
class TokenizerBindings {

    private static final Logger log = LoggerFactory.getLogger(TokenizerBindings.class);

    @Bean
    Models<TokenizerModel> models(ModelRegistry registry, ModelProperties properties, ObjectStore store) {
        return Models.of(registry, properties, model -> TokenizerModel.open(model, store));
    }

    /// Lays a prompt out for the model that the request names.
    @Bean
    Function<EvidenceRetrieved, Message<byte[]>> prompt(
            Models<TokenizerModel> models, ModelRegistry registry, ObjectStore store, Steps steps) {
        return evidence -> {
            String id = Objects.requireNonNullElse(
                    evidence.request().model(), registry.beginning().id());
            return steps.of(
                    evidence.request(),
                    PromptTokenizer.STEP,
                    id,
                    () -> said(PromptTokenizer.STEP, models.use(id, model -> new PromptTokenizer(model, store)
                            .tokenize(evidence))));
        };
    }

    /// Turns ids back with the model that sampled them.
    @Bean
    Function<CandidatesGenerated, Message<byte[]>> decode(
            Models<TokenizerModel> models, ObjectStore store, Steps steps) {
        return generated -> steps.of(
                generated.request(),
                CandidateDetokenizer.STEP,
                generated.model(),
                () -> said(CandidateDetokenizer.STEP, models.use(generated.model(), model -> new CandidateDetokenizer(
                                model, store)
                        .decode(generated))));
    }

    /// Opens a model beside the others before its first job comes.
    @Bean
    Consumer<ModelEvent> promotions(Models<TokenizerModel> models, ModelRegistry registry, ModelProperties properties) {
        return new Preparing(registry, properties, models);
    }

    @Bean
    Function<DocumentAdded, Message<byte[]>> document(
            Models<TokenizerModel> models, ModelRegistry registry, ObjectStore store, EventMessages messages) {
        String beginning = registry.beginning().id();
        return added -> {
            DocumentEvent event = models.use(beginning, model -> new DocumentTokenizer(model).tokenize(added));
            log.atInfo()
                    .addKeyValue("document", event.document())
                    .addKeyValue("step", DocumentTokenizer.STEP)
                    .log("{}", event.type());
            return messages.of(event);
        };
    }

    private static GenerationEvent said(String step, GenerationEvent event) {
        log.atInfo()
                .addKeyValue("generation", event.generation())
                .addKeyValue("step", step)
                .log("{}", event.type());
        return event;
    }
}
