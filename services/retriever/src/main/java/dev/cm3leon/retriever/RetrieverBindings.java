package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.IndexEvent.IndexRebuildRequested;
import dev.cm3leon.events.IndexEvent.IndexStatus;
import dev.cm3leon.events.IndexEvent.IndexStatusRequested;
import dev.cm3leon.events.ModelEvent;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.events.ModelEvent.ModelRolledBack;
import dev.cm3leon.events.SearchEvent.SearchFailed;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.AcksInOrder;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.Events;
import dev.cm3leon.service.ModelProperties;
import dev.cm3leon.service.ModelRegistry;
import dev.cm3leon.service.Models;
import dev.cm3leon.service.PastEvents;
import dev.cm3leon.service.Spans;
import dev.cm3leon.service.Steps;
import dev.cm3leon.service.VectorIndexProperties;
import dev.cm3leon.vectorindex.Bank;
import dev.cm3leon.vectorindex.VectorIndex.Filter;
import dev.cm3leon.vectorindex.VectorIndex.VectorField;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.messaging.Message;

/// What the retriever reads and writes.
@Configuration(proxyBeanMethods = false)
class RetrieverBindings {

    private static final Logger log = LoggerFactory.getLogger(RetrieverBindings.class);

    @Bean
    ModelBundle model(ModelRegistry registry) {
        return registry.beginning();
    }

    @Bean
    Models<ModelSearch> searches(ModelRegistry registry, ModelProperties properties, Clips clips) {
        return new Models<>(
                id -> new ModelSearch(clips, new RareWords(registry.open(id).words())), properties.open());
    }

    @Bean
    PromotedModels promoted(ModelBundle model, ModelProperties properties, KafkaProperties kafka) {
        var earlier = new PastEvents<>(
                kafka.buildAdminProperties(),
                List.of(Event.typeOf(ModelPromoted.class), Event.typeOf(ModelRolledBack.class)),
                ModelEvent.class);
        return new PromotedModels(model.id(), properties.followsPromotions(), earlier::read);
    }

    @Bean
    Consumer<ModelEvent> promotions(PromotedModels promoted) {
        return promoted::hear;
    }

    /// As the CLIP of the model to begin with sees it.
    @Bean
    Bank bank(VectorIndexProperties properties, ModelBundle model, ObjectStore store) {
        return properties.open(model.clip(), model.clipEmbedding(), store);
    }

    @Bean
    Clips clips(
            ModelBundle model,
            Bank bank,
            ModelRegistry registry,
            PromotedModels promoted,
            ObjectStore store,
            DocumentLog log) {
        return new Clips(model.id(), promoted::stable, (id, opened) -> {
            ModelBundle bundle = registry.open(id);
            return opened.stream()
                    .filter(clip -> clip.digest().equals(bundle.clip()))
                    .findFirst()
                    .orElseGet(() -> Clip.of(bundle, bank.with(bundle.clip(), bundle.clipEmbedding()), store, log));
        });
    }

    @Bean
    DocumentLog documentLog(KafkaProperties kafka) {
        return new KafkaDocumentLog(kafka.buildAdminProperties());
    }

    @Bean
    Rebuilds rebuilds(Clips clips, DocumentLog log, ObjectStore store, Events events, InstantSource clock) {
        var rebuild = new Rebuild(clips, log, new Tombstones(store));
        return new Rebuilds(rebuild, () -> clips.wanted().bank(), log, events::publish, clock);
    }

    /// Asks the index for documents of a tenant who has none. Its name outlives a restart, so what the new
    /// process tells takes the place of what the old one told.
    @Bean
    IndexWatch indexWatch(Clips clips, Events events, InstantSource clock, Environment environment) {
        return new IndexWatch(
                environment.getProperty("HOSTNAME", "") + ":" + environment.getProperty("server.port", ""),
                () -> {
                    Clip clip = clips.searched();
                    float[] any = new float[clip.dimension()];
                    any[0] = 1;
                    clip.bank().search(VectorField.DOCUMENT, any, 1, Filter.of(Set.of("nobody")));
                },
                events::publish,
                clock);
    }

    @Bean
    ApplicationRunner lookAfterTheIndex(Rebuilds rebuilds, IndexWatch watch) {
        return arguments -> {
            rebuilds.watch();
            watch.watch();
        };
    }

    @Bean
    Function<GenerationRequested, Message<byte[]>> retrieve(
            Models<ModelSearch> searches,
            PromotedModels promoted,
            RetrieverProperties properties,
            Steps steps,
            MeterRegistry meters) {
        Timer timer = Timer.builder("cm3.retrieval")
                .description("from a request to its documents")
                .publishPercentileHistogram()
                .register(meters);
        return requested -> {
            GenerationRequested pinned = promoted.pin(requested);
            String id = Objects.requireNonNull(pinned.request().model());
            return steps.of(
                    pinned.request(),
                    Retriever.STEP,
                    id,
                    () -> said(
                            "generation",
                            Retriever.STEP,
                            searches.use(id, search -> timer.record(() -> search.retrieve(pinned, properties)))));
        };
    }

    @Bean
    Function<SearchRequested, Message<byte[]>> search(
            Models<ModelSearch> searches, PromotedModels promoted, Steps steps) {
        return requested -> steps.of(
                () -> said(
                        "search",
                        "search",
                        searches.use(promoted.stable().getFirst(), search -> search.answer(requested))),
                reason -> new SearchFailed(requested.search(), reason));
    }

    @Bean
    IndexingQueue indexingQueue(Clips clips, Events events, DocumentTraces traces) {
        return new IndexingQueue(
                () -> clips.searched().adding(),
                event -> traces.goOn(event.document(), () -> events.publish(said("document", Indexer.STEP, event))));
    }

    @Bean
    DocumentTraces documentTraces(Spans spans) {
        return new DocumentTraces(spans);
    }

    @Bean
    MultiGauge indexSize(Clips clips, MeterRegistry meters) {
        MultiGauge size = MultiGauge.builder("cm3.index.size")
                .description("documents in the index")
                .register(meters);
        size.register(
                List.of(Row.of(Tags.empty(), clips, now -> now.searched().bank().size())), true);
        return size;
    }

    /// Takes bytes, since what cannot be read must wait for the documents before it.
    @Bean
    Consumer<Message<byte[]>> index(IndexingQueue queue, DocumentTraces traces) {
        var acks = new AcksInOrder();
        return message -> {
            DocumentTokenized tokenized = acks.read(message, DocumentTokenized.class, queue::awaitIdle);
            String document = tokenized.document();
            traces.delivered(document);
            var ack = acks.delivered(message);
            queue.add(tokenized, () -> {
                traces.done(document);
                ack.done();
            });
        };
    }

    /// Waits for no rebuild, which takes longer than a consumer may: what cannot be read comes again until it is done.
    @Bean
    Consumer<Message<byte[]>> rebuild(Rebuilds rebuilds) {
        var acks = new AcksInOrder();
        return message -> {
            IndexRebuildRequested requested = acks.read(message, IndexRebuildRequested.class, () -> {});
            said("rebuild", "rebuild", requested);
            rebuilds.add(requested, acks.delivered(message)::done);
        };
    }

    @Bean
    Function<IndexStatusRequested, Message<byte[]>> status(Clips clips, DocumentLog log, EventMessages messages) {
        return asked -> {
            Bank bank = clips.searched().bank();
            return messages.of(new IndexStatus(
                    asked.question(),
                    bank.version(),
                    bank.size(),
                    log.count(DocumentLog.Place.BEGINNING),
                    clips.wanted().bank().outdated().orElse(null)));
        };
    }

    @Bean
    Consumer<DocumentRemoved> remove(Clips clips) {
        return removed -> {
            clips.removing().remove(removed);
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
