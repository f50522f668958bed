package dev.cm3leon.tokenizer;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.text.TextTokenizer;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.ModelProperties;
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
    ModelBundle model(ModelProperties properties) {
        return ModelBundle.open(properties.location());
    }

    @Bean
    TextTokenizer text(ModelBundle model) {
        return model.openTextTokenizer();
    }

    @Bean
    VqTokenizer vq(ModelBundle model) {
        return model.openVqTokenizer();
    }

    @Bean
    Function<EvidenceRetrieved, Message<byte[]>> prompt(
            ModelBundle model, TextTokenizer text, VqTokenizer vq, ObjectStore store, EventMessages messages) {
        var tokenizer = new PromptTokenizer(model.id(), model.promptLayout(), text, new StoredImages(store, vq), store);
        return evidence -> said(messages, PromptTokenizer.STEP, tokenizer.tokenize(evidence));
    }

    @Bean
    Function<CandidatesGenerated, Message<byte[]>> decode(
            ModelBundle model, TextTokenizer text, VqTokenizer vq, ObjectStore store, EventMessages messages) {
        var decoder = new CandidateDecoder(model.vocabulary(), text, new StoredImages(store, vq), store);
        return generated -> said(messages, CandidateDecoder.STEP, decoder.decode(generated));
    }

    @Bean
    Function<DocumentAdded, Message<byte[]>> document(
            ModelBundle model, TextTokenizer text, VqTokenizer vq, ObjectStore store, EventMessages messages) {
        var tokenizer =
                new DocumentTokenizer(model.id(), model.promptLayout(), text, new StoredImages(store, vq), store);
        return added -> {
            DocumentEvent event = tokenizer.tokenize(added);
            log.atInfo()
                    .addKeyValue("document", event.document())
                    .addKeyValue("step", DocumentTokenizer.STEP)
                    .log("{}", event.type());
            return messages.of(event);
        };
    }

    private static Message<byte[]> said(EventMessages messages, String step, GenerationEvent event) {
        log.atInfo()
                .addKeyValue("generation", event.generation())
                .addKeyValue("step", step)
                .log("{}", event.type());
        return messages.of(event);
    }
}
