package dev.cm3leon.retriever;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Evidence;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.IndexEvent.IndexRebuildRequested;
import dev.cm3leon.events.IndexEvent.IndexRebuilt;
import dev.cm3leon.events.IndexEvent.IndexStatus;
import dev.cm3leon.events.IndexEvent.IndexStatusRequested;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ModelEvent.ModelPromoted;
import dev.cm3leon.events.ModelEvent.ModelRolledBack;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.events.SearchEvent;
import dev.cm3leon.events.SearchEvent.Found;
import dev.cm3leon.events.SearchEvent.SearchCompleted;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelManifest;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.objectstore.ContentKey;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.EventMessages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.stream.binder.test.InputDestination;
import org.springframework.cloud.stream.binder.test.OutputDestination;
import org.springframework.cloud.stream.binder.test.TestChannelBinderConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.messaging.Message;

/// The retriever on the test binder, with a model of random weights.
class RetrieverBindingsTest {

    private static final List<DocumentTokenized> logged = new CopyOnWriteArrayList<>();
    private static ConfigurableApplicationContext context;

    static class Fakes {
        @Bean
        @Primary
        DocumentLog log() {
            return new ListedDocuments(logged);
        }

        /// Which model draws is told by the tests, without a broker.
        @Bean
        @Primary
        PromotedModels told() {
            return new PromotedModels("tiny@0.0.1", true, hear -> {});
        }
    }

    @BeforeAll
    static void start(@TempDir Path folder) {
        TinyModel.write(folder, 1);
        context = new SpringApplicationBuilder(
                        RetrieverApplication.class, TestChannelBinderConfiguration.class, Fakes.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=retriever")
                .run(
                        "--cm3.object-store.kind=memory",
                        "--cm3.vector-index.kind=memory",
                        "--cm3.model.cache=" + folder.resolve("models"),
                        "--cm3.model.location=" + folder.toUri());
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    @Test
    void aDocumentIsIndexedFoundAndRemoved() {
        send("document-tokenized.v1", tokenized("d1", "Mira Okafor"));
        assertThat(EventMessages.read(receive("document-indexed.v1").getPayload(), DocumentIndexed.class))
                .satisfies(indexed -> {
                    assertThat(indexed.document()).isEqualTo("d1");
                    assertThat(indexed.indexVersion()).startsWith("memory:v4_");
                });

        send("generation-requested.v1", draw("g1", "Mira Okafor with a red jacket"));
        Message<byte[]> message = receive("evidence-retrieved.v1");
        var retrieved = (EvidenceRetrieved) EventMessages.read(message.getPayload(), GenerationEvent.class);
        assertThat(message.getHeaders()).containsEntry("ce_id", "evidence-retrieved.v1:g1");
        assertThat(retrieved.evidence()).extracting(Evidence::document).containsExactly("d1");
        assertThat(retrieved.evidence().getFirst().score()).isBetween(-1.0, 1.0);

        SearchCompleted found = search("mira with hair");
        assertThat(found.found()).extracting(Found::document).containsExactly("d1");
        assertThat(found.found().getFirst().matchedTerms()).containsExactly("mira");
        assertThat(found.size()).isEqualTo(1);

        remove("d1");
        send("generation-requested.v1", draw("g2", "Mira Okafor with a red jacket"));
        retrieved = (EvidenceRetrieved)
                EventMessages.read(receive("evidence-retrieved.v1").getPayload(), GenerationEvent.class);
        assertThat(retrieved.evidence()).isEmpty();
        assertThat(retrieved.unknownWords()).containsExactly("mira", "okafor");
    }

    @Test
    void anAnswerThatIsTooLargeForAnEventHasTheBeginningsOfItsTexts() {
        for (String id : List.of("long1", "long2")) {
            send("document-tokenized.v1", tokenized(id, "xyzzy ".repeat(6000)));
            receive("document-indexed.v1");
        }

        assertThat(search("xyzzy").found()).hasSize(2).allSatisfy(found -> assertThat(found.text())
                .startsWith("xyzzy xyzzy")
                .endsWith("… (the first 16384 of 36000 characters)"));
        for (String id : List.of("long1", "long2")) remove(id);
    }

    /// The document with the name is not the nearest, and is the first only where the name is rare.
    @Test
    void whichWordsOfASearchAreRareSaysTheModelThatWasPromoted(@TempDir Path folder) throws IOException {
        for (var text :
                Map.of("named", "zorblax blue green hair smile", "alike", "red").entrySet()) {
            send("document-tokenized.v1", tokenized(text.getKey(), text.getValue()));
            receive("document-indexed.v1");
        }
        assertThat(search("red red zorblax").found().getFirst().document()).isEqualTo("named");
        TinyModel.write(folder, 2, 3); // with the CLIP of the first
        know(folder, "zorblax\nred\n");
        ModelManifest manifest = ModelManifest.of(folder, null, Map.of());
        manifest.publish(folder, context.getBean(ObjectStore.class)::put);
        PromotedModels promoted = context.getBean(PromotedModels.class);

        promoted.hear(new ModelPromoted(manifest.id(), 1, Instant.EPOCH));
        try {
            assertThat(search("red red zorblax").found().getFirst().document()).isEqualTo("alike");
        } finally {
            promoted.hear(new ModelRolledBack(manifest.id(), Instant.EPOCH.plusSeconds(1)));
            for (String id : List.of("named", "alike")) remove(id);
        }
    }

    @Test
    void aPictureThatIsDamagedEndsTheJob() {
        String key = "images/00/" + "0".repeat(62) + ".png";
        context.getBean(ObjectStore.class).put(key, new byte[1], "image/png");
        List<Part> parts = List.of(new Part.Hole(Modality.TEXT), new Part.Image(new ObjectRef(key, "image/png", 1)));

        send("generation-requested.v1", requested("g3", parts));

        assertThat(failure().reason()).startsWith("object " + key + " is damaged");
    }

    @Test
    void theIndexIsRebuiltFromTheLogAndToldOf() {
        logged.add(tokenized("from the log", "Sana Gold"));

        send("index-rebuild-requested.v1", new IndexRebuildRequested("b1", null, null, true, Instant.EPOCH));
        var rebuilt = EventMessages.read(receive("index-rebuilt.v1").getPayload(), IndexRebuilt.class);
        assertThat(rebuilt.rebuild()).isEqualTo("b1");
        assertThat(rebuilt.documents()).isEqualTo(1);

        send("index-status-requested.v1", new IndexStatusRequested("q1", Instant.EPOCH));
        assertThat(EventMessages.read(receive("index-status.v1").getPayload(), IndexStatus.class))
                .isEqualTo(new IndexStatus("q1", rebuilt.indexVersion(), 1, 1, null));

        remove("from the log");
        logged.clear();
    }

    private static DocumentTokenized tokenized(String id, String text) {
        byte[] rgb = new byte[3 * 64 * 64];
        new Random(1).nextBytes(rgb);
        byte[] png = Images.png(new RgbImage(64, 64, rgb));
        String key = context.getBean(ObjectStore.class).putContent("images", png, ".png", "image/png");
        return new DocumentTokenized(
                new Document(id, "public", text, new ObjectRef(key, "image/png", png.length), "CC0-1.0", null),
                "tiny@0.0.1",
                Instant.EPOCH);
    }

    private static GenerationRequested draw(String generation, String text) {
        return requested(generation, List.of(new Part.Text(text), new Part.Hole(Modality.IMAGE)));
    }

    private static GenerationRequested requested(String generation, List<Part> parts) {
        var sampling = new Sampling(Decoding.TOP_P, 1, 0.9, 2, 0.5, 8, 32);
        return new GenerationRequested(
                new GenerationRequest(generation, "me", null, parts, sampling, 1, 1, List.of(), 7, null),
                Instant.EPOCH);
    }

    private static GenerationFailed failure() {
        return (GenerationFailed)
                EventMessages.read(receive("generation-failed.v1").getPayload(), GenerationEvent.class);
    }

    /// Lets a model have seen other words.
    private static void know(Path folder, String words) throws IOException {
        Path file = folder.resolve("words.txt");
        Path names = folder.resolve("model.json");
        byte[] now = words.getBytes(StandardCharsets.UTF_8);
        Files.writeString(
                names,
                Files.readString(names).replace(ContentKey.sha256(Files.readAllBytes(file)), ContentKey.sha256(now)));
        Files.write(file, now);
    }

    private static SearchCompleted search(String text) {
        send("search-requested.v1", new SearchRequested("s", List.of("public"), text, 5, Instant.EPOCH));
        return (SearchCompleted)
                EventMessages.read(receive("search-completed.v1").getPayload(), SearchEvent.class);
    }

    private static void remove(String document) {
        send("document-removed.v1", new DocumentRemoved(document, Instant.EPOCH.plusSeconds(1)));
    }

    private static void send(String topic, Event event) {
        context.getBean(InputDestination.class).send(new EventMessages("test", Instant::now).of(event), topic);
    }

    private static Message<byte[]> receive(String topic) {
        Message<byte[]> message = context.getBean(OutputDestination.class).receive(5000, topic);
        assertThat(message).as("message on " + topic).isNotNull();
        return message;
    }
}
