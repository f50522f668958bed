package dev.cm3leon.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.documents.Prompt;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.Target;
import dev.cm3leon.events.Decoding;
import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent;
import dev.cm3leon.events.GenerationEvent.Candidate;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.CandidatesGenerated;
import dev.cm3leon.events.GenerationEvent.Evidence;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.PromptTokenized;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.GuidanceOn;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.SampledCandidates;
import dev.cm3leon.events.SampledCandidates.Sampled;
import dev.cm3leon.events.Sampling;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.EventMessages;
import dev.cm3leon.service.ModelRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.stream.binder.test.InputDestination;
import org.springframework.cloud.stream.binder.test.OutputDestination;
import org.springframework.cloud.stream.binder.test.TestChannelBinderConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.messaging.Message;
import tools.jackson.databind.json.JsonMapper;

/// The tokenizer on the test binder, with a model of random weights.
class TokenizerBindingsTest {

    private static final JsonMapper JSON = new JsonMapper();

    private static ConfigurableApplicationContext context;
    private static ModelBundle model;
    private static ObjectStore store;

    @BeforeAll
    static void start(@TempDir Path folder) {
        TinyModel.write(folder, 1);
        context = new SpringApplicationBuilder(TokenizerApplication.class, TestChannelBinderConfiguration.class)
                .web(WebApplicationType.NONE)
                .properties("spring.config.name=tokenizer")
                .run("--cm3.object-store.kind=memory", "--cm3.model.location=" + folder.toUri());
        model = context.getBean(ModelRegistry.class).beginning();
        store = context.getBean(ObjectStore.class);
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    @Test
    void aPromptBecomesTwoStreamsInTheStore() {
        Evidence evidence = new Evidence("d", 0.5, "Mira Okafor ", picture(1), List.of());

        send(
                "evidence-retrieved.v1",
                new EvidenceRetrieved(draw("g1", "a red jacket "), List.of(evidence), "1", List.of()));

        Message<byte[]> message = receive("prompt-tokenized.v1");
        var tokenized = (PromptTokenized) EventMessages.read(message.getPayload(), GenerationEvent.class);
        Prompt prompt = JSON.readValue(store.get(tokenized.streams().key()).orElseThrow(), Prompt.class);
        int eos = model.vocabulary().eos(), to = model.vocabulary().breakId();
        assertThat(message.getHeaders())
                .containsEntry("ce_id", "prompt-tokenized.v1:g1")
                .containsEntry("ce_type", "prompt-tokenized.v1");
        assertThat(tokenized.promptTokens()).isEqualTo(prompt.conditional().length());
        assertThat(tokenized.newTokens()).isEqualTo(64);
        assertThat(prompt.target().slots().getFirst().kind()).isEqualTo(Target.Kind.IMAGE);
        // E T1 B I1 B Tq B
        assertThat(prompt.conditional().ids()).startsWith(eos).endsWith(to);
        assertThat(IntStream.of(prompt.conditional().ids()).filter(id -> id == to))
                .hasSize(3);
        assertThat(IntStream.of(prompt.conditional().ids()).filter(model.vocabulary()::isImage))
                .hasSize(64);
        assertThat(prompt.unconditional().length())
                .isLessThan(prompt.conditional().length());
    }

    @Test
    void guidanceSaysWhatTheUnconditionalStreamIsWithout() {
        var vocabulary = model.vocabulary();
        Prompt onPrompt = guided(GuidanceOn.PROMPT), onDocuments = guided(GuidanceOn.DOCUMENTS);

        assertThat(onPrompt.conditional()).isEqualTo(onDocuments.conditional());
        assertThat(IntStream.of(onPrompt.unconditional().ids()).anyMatch(vocabulary::isImage))
                .as("documents are kept")
                .isTrue();
        assertThat(onDocuments.unconditional().ids())
                .containsExactly(vocabulary.eos(), vocabulary.sentinel(0), vocabulary.breakId());
    }

    @Test
    void guidanceOnDocumentsIsNoneWhereThereAreNoneAndWhatRanksCandidatesStays() {
        var sampling = new Sampling(
                Decoding.TOP_P, 1, 0.9, 2, 0.5, 8, 32, null, null, null, GuidanceOn.DOCUMENTS, null, null, null);
        List<Part> parts = List.of(new Part.Text("a red jacket"), new Part.Hole(Modality.IMAGE));
        var request = new GenerationRequest("g12", "me", null, parts, sampling, 1, 0, List.of(), 7, null);

        send("evidence-retrieved.v1", new EvidenceRetrieved(request, List.of(), "", List.of()));

        var tokenized = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);
        Prompt prompt = JSON.readValue(store.get(tokenized.streams().key()).orElseThrow(), Prompt.class);
        assertThat(tokenized.request()).isEqualTo(request.withSampling(sampling.withGuidanceScale(1)));
        assertThat(prompt.unconditional()).isNotEqualTo(prompt.conditional());
    }

    private Prompt guided(GuidanceOn on) {
        var sampling = new Sampling(Decoding.TOP_P, 1, 0.9, 2, 0.5, 8, 32, null, null, null, on, null, null, null);
        List<Part> parts = List.of(new Part.Text("a red jacket"), new Part.Hole(Modality.IMAGE));
        var request = new GenerationRequest("g11-" + on, "me", null, parts, sampling, 1, 1, List.of(), 7, null);
        Evidence evidence = new Evidence("d", 0.5, "Mira Okafor ", picture(1), List.of());

        send("evidence-retrieved.v1", new EvidenceRetrieved(request, List.of(evidence), "", List.of()));

        var tokenized = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);
        return JSON.readValue(store.get(tokenized.streams().key()).orElseThrow(), Prompt.class);
    }

    @Test
    void aRegionIsAskedForAsOneSpanOfItsImage() {
        List<Part> parts = List.of(
                new Part.Text("a red jacket"), new Part.Region(picture(1), new Part.Rectangle(0.5, 0.5, 0.25, 0.25)));

        send("evidence-retrieved.v1", new EvidenceRetrieved(request("g9", null, parts), List.of(), "", List.of()));

        var tokenized = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);
        Prompt prompt = JSON.readValue(store.get(tokenized.streams().key()).orElseThrow(), Prompt.class);
        Target.Slot slot = prompt.target().slots().getFirst();
        assertThat(slot.drawn()).isNotEmpty();
        assertThat(slot.cells()).contains(slot.drawn());
        assertThat(prompt.streams()).hasSize(2);
        assertThat(prompt.conditional().ids())
                .endsWith(model.vocabulary().eos(), model.vocabulary().sentinel(0));
    }

    @Test
    void anEditHasThreeStreams() {
        var sampling = new Sampling(Decoding.TOP_P, 1, 0.9, 7.5, 0.5, 8, 32, null, null, 1.5, null, null, null, null);
        List<Part> parts = List.of(
                new Part.Text("Edit first image following the instruction"),
                new Part.Image(picture(1)),
                new Part.Text("a red jacket"),
                new Part.Hole(Modality.IMAGE));
        var request = new GenerationRequest("g10", "me", null, parts, sampling, 1, 0, List.of(), 7, null);

        send("evidence-retrieved.v1", new EvidenceRetrieved(request, List.of(), "", List.of()));

        var tokenized = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);
        Prompt prompt = JSON.readValue(store.get(tokenized.streams().key()).orElseThrow(), Prompt.class);
        assertThat(prompt.streams()).hasSize(3);
        assertThat(prompt.conditional().ids())
                .startsWith(prompt.streams().get(2).ids());
    }

    @Test
    void theSamePromptIsTheSameObject() {
        send("evidence-retrieved.v1", new EvidenceRetrieved(draw("g2", "a red jacket"), List.of(), "", List.of()));
        send("evidence-retrieved.v1", new EvidenceRetrieved(draw("g3", "a red jacket"), List.of(), "", List.of()));

        var first = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);
        var second = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);

        assertThat(first.streams()).isEqualTo(second.streams());
    }

    @Test
    void documentsWithMoreTextThanThereIsRoomForAreCutAndNotTheJob() {
        List<Evidence> evidence = List.of(
                new Evidence("d", 0.5, "xyzzy ".repeat(60), picture(1), List.of()),
                new Evidence("e", 0.4, "xyzzy ".repeat(60), picture(2), List.of()));

        send("evidence-retrieved.v1", new EvidenceRetrieved(draw("g5", "a red jacket"), evidence, "1", List.of()));

        var tokenized = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);
        int pictures = 2 * (64 + 2), texts = 2 * PromptLayout.DOCUMENT_TEXT;
        int prompt = model.openTextTokenizer().encode("a red jacket").length;
        assertThat(tokenized.promptTokens()).isEqualTo(1 + pictures + texts + prompt + 1);
    }

    @Test
    void aPromptOverTheContextFailsWithBothLengths() {
        send(
                "evidence-retrieved.v1",
                new EvidenceRetrieved(draw("g4", "xyzzy ".repeat(200)), List.of(), "", List.of()));

        assertThat(failure().reason()).contains("64").contains("context is 512");
    }

    @Test
    void anImageThatCannotBeReadFailsTheJob() {
        store.put("images/bad", "no image".getBytes(StandardCharsets.UTF_8), "image/png");
        GenerationRequest request = request(
                "g5",
                null,
                List.of(
                        new Part.Text("Describe the given picture. "),
                        new Part.Hole(Modality.TEXT),
                        new Part.Image(new ObjectRef("images/bad", "image/png", 8))));

        send("evidence-retrieved.v1", new EvidenceRetrieved(request, List.of(), "", List.of()));

        assertThat(failure())
                .isEqualTo(new GenerationFailed("g5", "tokenize", "need a PNG or a JPEG, got neither", model.id()));
    }

    @Test
    void aModelThatIsNotThereFailsTheJob() {
        GenerationRequest request =
                request("g6", "other@2", List.of(new Part.Text("red"), new Part.Hole(Modality.IMAGE)));

        send("evidence-retrieved.v1", new EvidenceRetrieved(request, List.of(), "", List.of()));

        assertThat(failure().reason())
                .isEqualTo("there is no model other@2: nothing is stored under models/other/2/manifest.json");
    }

    @Test
    void candidatesThatCannotBeReadFailTheJob() {
        store.put("candidates/bad.json", "{".getBytes(StandardCharsets.UTF_8), "application/json");

        send(
                "candidates-generated.v1",
                new CandidatesGenerated(
                        draw("g13", "red"),
                        model.id(),
                        new ObjectRef("candidates/bad.json", "application/json", 1),
                        1));

        assertThat(failure().step()).isEqualTo("decode");
    }

    @Test
    void sampledIdsBecomeTextAndAStoredImage() {
        GenerationRequest request = request(
                "g7",
                null,
                List.of(new Part.Text("a person with"), new Part.Hole(Modality.TEXT), new Part.Image(picture(2))));
        send("evidence-retrieved.v1", new EvidenceRetrieved(request, List.of(), "", List.of()));
        var caption = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);
        List<Integer> text = new ArrayList<>();
        try (var tokenizer = model.openTextTokenizer()) {
            for (int id : tokenizer.encode(" spiky blue hair")) text.add(id);
        }
        text.add(model.vocabulary().eoss());

        Candidate written = decoded(caption, text);

        assertThat(written.text()).isEqualTo("spiky blue hair");
        assertThat(written.image()).isNull();

        send("evidence-retrieved.v1", new EvidenceRetrieved(draw("g8", "red"), List.of(), "", List.of()));
        var drawing = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);
        List<Integer> codes =
                IntStream.range(0, 64).map(model.vocabulary()::image).boxed().toList();

        Candidate drawn = decoded(drawing, codes);

        assertThat(drawn.text()).isNull();
        RgbImage image = Images.DEFAULT.read(store.get(drawn.image().key()).orElseThrow(), "image/png", 64);
        try (var vq = model.openVqTokenizer()) {
            assertThat(image).isEqualTo(vq.decode(IntStream.range(0, 64).toArray()));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            red jacket     | ' jacket and blue hair' | red
            red            | ' jacket'               | red
            red jacket and | ' jacket and'           | red
            a jacket, red  | ', red hair'            | a jacket
            pink           | ' pinkish jacket'       | pink
            """)
    void anAnswerDoesNotSayWhatFollowsIt(String answer, String after, String filled) {
        List<Part> parts = List.of(
                new Part.Text("a person with a"),
                new Part.Hole(Modality.TEXT),
                new Part.Text(after),
                new Part.Image(picture(2)));
        send("evidence-retrieved.v1", new EvidenceRetrieved(request("g15", null, parts), List.of(), "", List.of()));
        var gap = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);
        List<Integer> text = new ArrayList<>();
        try (var tokenizer = model.openTextTokenizer()) {
            for (int id : tokenizer.encode(" " + answer)) text.add(id);
        }
        text.add(model.vocabulary().eoss());

        assertThat(decoded(gap, text).text()).isEqualTo(filled);
    }

    @Test
    void aDocumentIsCheckedAndTokenized() {
        Document document = new Document("d1", "me", "Mira, a red jacket", picture(3), "CC0-1.0", null);

        send("document-added.v1", new DocumentAdded(document, Instant.EPOCH));

        var tokenized = (DocumentTokenized)
                EventMessages.read(receive("document-tokenized.v1").getPayload(), DocumentEvent.class);
        assertThat(tokenized.content()).isEqualTo(document);
        assertThat(tokenized.at()).isEqualTo(Instant.EPOCH);
        assertThat(tokenized.model()).isEqualTo(model.id());
        assertThat(store.exists(codesOf(document))).isTrue();
    }

    /// It stands in many prompts.
    @Test
    void aDocumentsImageIsEncodedOnce() {
        Document document = new Document("d5", "me", "Mira", picture(5), "CC0-1.0", null);
        send("document-added.v1", new DocumentAdded(document, Instant.EPOCH));
        receive("document-tokenized.v1");
        String codes = codesOf(document);
        byte[] kept = store.get(codes).orElseThrow();
        ObjectRef prompt = promptBehind(document);

        store.put(codes, "[7]".getBytes(UTF_8), "application/json"); // of no image of this model
        assertThat(promptBehind(document)).isEqualTo(prompt);
        assertThat(store.get(codes)).as("made anew").hasValue(kept);

        store.delete(image(document).key());
        assertThat(promptBehind(document)).as("made of the codes").isEqualTo(prompt);
    }

    private static ObjectRef promptBehind(Document document) {
        Evidence evidence = new Evidence(document.id(), 0.5, "Mira", image(document), List.of());
        send("evidence-retrieved.v1", new EvidenceRetrieved(draw("g16", "a hat"), List.of(evidence), "1", List.of()));
        var tokenized = (PromptTokenized)
                EventMessages.read(receive("prompt-tokenized.v1").getPayload(), GenerationEvent.class);
        return tokenized.streams();
    }

    private static String codesOf(Document document) {
        return StoredImages.codesKey(model.id(), image(document));
    }

    private static ObjectRef image(Document document) {
        return Objects.requireNonNull(document.image());
    }

    @Test
    void aDocumentThatDoesNotFitIsRejectedWithTheReason() {
        send(
                "document-added.v1",
                new DocumentAdded(new Document("d2", "me", "xyzzy ".repeat(200), null, null, null), Instant.EPOCH));
        send("document-added.v1", new DocumentAdded(new Document("d3", "me", " ", null, null, null), Instant.EPOCH));
        send(
                "document-added.v1",
                new DocumentAdded(
                        new Document("d4", "me", "x", new ObjectRef("gone", "image/png", 1), null, null),
                        Instant.EPOCH));

        assertThat(rejection().reason()).startsWith("need at most 312 tokens of text");
        assertThat(rejection())
                .isEqualTo(new DocumentRejected("d3", "tokenize", "it has neither text nor image", Instant.EPOCH));
        assertThat(rejection())
                .isEqualTo(new DocumentRejected("d4", "tokenize", "there is no image gone", Instant.EPOCH));
    }

    private Candidate decoded(PromptTokenized prompt, List<Integer> ids) {
        var sampled = new SampledCandidates(prompt.streams(), 1, List.of(new Sampled(0, Decoding.TOP_P, ids, -1, -2)));
        byte[] json = JSON.writeValueAsBytes(sampled);
        String key = "candidates/" + prompt.generation() + ".json";
        store.put(key, json, "application/json");
        send(
                "candidates-generated.v1",
                new CandidatesGenerated(
                        prompt.request(), prompt.model(), new ObjectRef(key, "application/json", json.length), 1));
        var event = (CandidatesDecoded)
                EventMessages.read(receive("candidates-decoded.v1").getPayload(), GenerationEvent.class);
        return event.candidates().getFirst();
    }

    private GenerationFailed failure() {
        return (GenerationFailed)
                EventMessages.read(receive("generation-failed.v1").getPayload(), GenerationEvent.class);
    }

    private DocumentRejected rejection() {
        return (DocumentRejected)
                EventMessages.read(receive("document-rejected.v1").getPayload(), DocumentEvent.class);
    }

    private static ObjectRef picture(long seed) {
        byte[] rgb = new byte[3 * 64 * 64];
        new Random(seed).nextBytes(rgb);
        byte[] png = Images.png(new RgbImage(64, 64, rgb));
        return new ObjectRef(store.putContent("images", png, ".png", "image/png"), "image/png", png.length);
    }

    private static GenerationRequest draw(String generation, String text) {
        return request(generation, null, List.of(new Part.Text(text), new Part.Hole(Modality.IMAGE)));
    }

    private static GenerationRequest request(String generation, @Nullable String model, List<Part> parts) {
        return new GenerationRequest(
                generation,
                "me",
                model,
                parts,
                new Sampling(Decoding.TOP_P, 1, 0.9, 2, 0.5, 8, 32),
                1,
                1,
                List.of(),
                7,
                null);
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
