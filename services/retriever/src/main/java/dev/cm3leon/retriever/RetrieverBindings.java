package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.AcksInOrder;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.Events;
import dev.cm3leon.service.ModelProperties;
import dev.cm3leon.service.VectorIndexProperties;
import dev.cm3leon.vectorindex.VectorIndex;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.Message;

/// What the retriever reads and writes.
@Configuration(proxyBeanMethods = false)
class RetrieverBindings {

    private static final Logger log = LoggerFactory.getLogger(RetrieverBindings.class);

    @Bean
    ModelBundle model(ModelProperties properties) {
        return ModelBundle.open(properties.location());
    }

    @Bean
    ClipEncoder clip(ModelBundle model) {
        return model.openClipEncoder();
    }

    @Bean
    VectorIndex vectorIndex(VectorIndexProperties properties) {
        return properties.open();
    }

    @Bean
    HybridSearch hybridSearch(VectorIndex index, ClipEncoder clip, ModelBundle model) {
        return new HybridSearch(index, clip::encode, new RareWords(model.words()));
    }

    @Bean
    Indexer indexer(VectorIndex index, ClipEncoder clip, ObjectStore store) {
        return new Indexer(index, new ClipDocuments(clip, store, Images.DEFAULT), new Tombstones(store));
    }

    @Bean
    Function<GenerationRequested, Message<byte[]>> retrieve(
            HybridSearch search, RetrieverProperties properties, EventMessages messages) {
        var retriever = new Retriever(search, properties);
        return requested -> messages.of(said("generation", Retriever.STEP, retriever.retrieve(requested)));
    }

    @Bean
    Function<SearchRequested, Message<byte[]>> search(HybridSearch search, EventMessages messages) {
        var searches = new Searches(search);
        return requested -> messages.of(said("search", "search", searches.answer(requested)));
    }

    @Bean
    IndexingQueue indexingQueue(Indexer indexer, Events events) {
        return new IndexingQueue(indexer, event -> events.publish(said("document", Indexer.STEP, event)));
    }

    /// Takes bytes, since what cannot be read must wait for the documents before it: its acknowledgement would be
    /// theirs too.
    @Bean
    Consumer<Message<byte[]>> index(IndexingQueue queue) {
        var acks = new AcksInOrder();
        return message -> {
            DocumentTokenized tokenized;
            try {
                tokenized = EventMessages.read(message.getPayload(), DocumentTokenized.class);
            } catch (IllegalArgumentException unreadable) {
                queue.awaitIdle();
                throw unreadable;
            }
            queue.add(tokenized, acks.delivered(message)::done);
        };
    }

    @Bean
    Consumer<DocumentRemoved> remove(Indexer indexer) {
        return removed -> {
            indexer.remove(removed);
            said("document", "remove", removed);
        };
    }

    private static Event said(String subject, String step, Event event) {
        log.atInfo()
                .addKeyValue(subject, event.subject())
                .addKeyValue("step", step)
                .log("{}", event.type());
        return event;
    }
}
