package dev.cm3leon.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.GenerationEvent.Candidate;
import dev.cm3leon.events.GenerationEvent.CandidatesDecoded;
import dev.cm3leon.events.GenerationEvent.Evidence;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationCancelled;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Every type has a golden file, `golden/TYPE.json`, which is what others on the topic have agreed to.
class EventsTest {

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    @SuppressWarnings("unused")
    private static final List<Event> EVENTS = Samples.EVENTS;

    @ParameterizedTest
    @FieldSource("EVENTS")
    void theGoldenFileIsReadAsTheEvent(Event event) throws IOException {
        assertThat(JSON.readValue(golden(event.type()), family(event))).isEqualTo(event);
    }

    @ParameterizedTest
    @FieldSource("EVENTS")
    void theEventIsWrittenAsTheGoldenFile(Event event) throws IOException {
        assertThat(JSON.readTree(JSON.writeValueAsBytes(event))).isEqualTo(JSON.readTree(golden(event.type())));
    }

    @ParameterizedTest
    @FieldSource("EVENTS")
    void theEventIsReadAsItsOwnRecordToo(Event event) {
        assertThat(JSON.readValue(JSON.writeValueAsBytes(event), event.getClass()))
                .isEqualTo(event);
    }

    /// Optional fields came later: who does not set them writes what was written before.
    @Test
    void anEditOfARegionIsReadAndWrittenAsItsGoldenFile() throws IOException {
        var sampling = new Sampling(Decoding.TOP_P, 0.9, 0.95, 7.5, 0.25, 5, 48, 0.5, 40, 1.5, null, 0.1, null, 0.7);
        var request = new GenerationRequest(
                "g-2",
                "public",
                null,
                List.of(
                        new Part.Text("a hat"),
                        new Part.Region(Samples.IMAGE, new Part.Rectangle(0.25, 0, 0.5, 0.375))),
                sampling,
                1,
                0,
                List.of(),
                7,
                null);
        var event = new GenerationEvent.GenerationRequested(request, Samples.AT);
        String golden = golden("generation-requested.v1.region");

        assertThat(JSON.readValue(golden, GenerationEvent.class)).isEqualTo(event);
        assertThat(JSON.readTree(JSON.writeValueAsBytes(event))).isEqualTo(JSON.readTree(golden));
        assertThat(JSON.writeValueAsString(Samples.SAMPLING)).doesNotContain("topK", "textTemperature");
        assertThatThrownBy(() -> new Part.Rectangle(0.5, 0, 0.6, 1)).hasMessageContaining("x 0.5");
    }

    /// Who wrote it left something out: it is no event, and none of the services begins with it.
    @ParameterizedTest
    @CsvSource({
        "generation-requested.v1, /request, generation",
        "generation-requested.v1, /request, tenant",
        "generation-requested.v1, /request, parts",
        "generation-requested.v1, /request, sampling",
        "generation-requested.v1, /request, seed",
        "generation-requested.v1, /request, givenDocuments",
        "generation-requested.v1, /request/sampling, decoding",
        "generation-requested.v1, /request/sampling, topP",
        "generation-requested.v1, /request/parts/0, text",
        "generation-requested.v1, /request/parts/1, image",
        "generation-requested.v1, /request/parts/1/image, key",
        "generation-requested.v1, /request/parts/2, modality",
        "generation-requested.v1, '', request",
        "generation-requested.v1, '', at",
        "generation-cancel-requested.v1, '', generation",
        "evidence-retrieved.v1, '', request",
        "evidence-retrieved.v1, '', evidence",
        "evidence-retrieved.v1, '', unknownWords",
        "prompt-tokenized.v1, '', request",
        "prompt-tokenized.v1, '', model",
        "prompt-tokenized.v1, '', streams",
        "prompt-tokenized.v1, /streams, key",
        "generation-progress.v1, '', generation",
        "generation-progress.v1, '', codes",
        "candidates-generated.v1, '', request",
        "candidates-generated.v1, '', model",
        "candidates-generated.v1, '', candidates",
        "candidates-decoded.v1, '', request",
        "candidates-decoded.v1, '', model",
        "candidates-decoded.v1, '', candidates",
        "generation-completed.v1, '', generation",
        "generation-completed.v1, '', candidates",
        "generation-completed.v1, '', model",
        "generation-failed.v1, '', generation",
        "generation-cancelled.v1, '', generation",
        "document-added.v1, '', content",
        "document-added.v1, '', at",
        "document-added.v1, /content, id",
        "document-added.v1, /content, tenant",
        "document-added.v1, /content/image, mediaType",
        "document-tokenized.v1, '', content",
        "document-tokenized.v1, '', at",
        "document-removed.v1, '', document",
        "document-removed.v1, '', at",
        "training-requested.v1, '', run",
        "training-requested.v1, '', tenant",
        "training-requested.v1, '', configuration",
        "training-requested.v1, '', at",
        "training-suspension-requested.v1, '', run",
        "training-suspension-requested.v1, '', suspend",
        "training-suspension-requested.v1, '', at",
        "training-cancel-requested.v1, '', run",
        "training-cancel-requested.v1, '', at",
        "search-requested.v1, '', search",
        "search-requested.v1, '', tenants",
        "search-requested.v1, '', text",
        "search-requested.v1, '', at",
        "search-requested.v1, /filter, licences",
        "index-rebuild-requested.v1, '', rebuild",
        "index-rebuild-requested.v1, '', at",
        "index-status-requested.v1, '', question",
        "index-status-requested.v1, '', at",
        "index-reachability.v1, '', at",
        "model-published.v1, '', at",
        "model-promoted.v1, '', at",
        "model-rolled-back.v1, '', at"
    })
    void whatLacksSomethingIsNotRead(String type, String parent, String field) throws IOException {
        JsonNode event = JSON.readTree(golden(type));

        assertThat(((ObjectNode) event.at(parent)).remove(field)).isNotNull();

        assertThatThrownBy(() -> JSON.readValue(event.toString(), Event.class))
                .isInstanceOf(JacksonException.class)
                .hasMessageContaining(field);
    }

    @Test
    void aSearchWrittenBeforeThereWereFiltersIsReadAsOneOverEveryDocument() {
        String before =
                "{\"type\":\"search-requested.v1\",\"search\":\"s\",\"tenants\":[],\"text\":\"hat\",\"documents\":5,"
                        + "\"at\":\"2026-11-24T20:00:00Z\"}";

        assertThat(((SearchEvent.SearchRequested) JSON.readValue(before, Event.class)).filter())
                .isNull();
    }

    @Test
    void everyTypeHasASample() {
        var records = Arrays.stream(Event.class.getPermittedSubclasses())
                .flatMap(family -> Arrays.stream(family.getPermittedSubclasses()));

        assertThat(records)
                .containsExactlyInAnyOrderElementsOf(
                        Samples.EVENTS.stream().<Class<?>>map(Object::getClass).toList());
    }

    @Test
    void typesAreNamesOfTopicsWithAVersion() {
        assertThat(Samples.EVENTS)
                .extracting(Event::type)
                .doesNotHaveDuplicates()
                .allMatch(type -> type.matches("[a-z]+(-[a-z]+)+\\.v[1-9]"));
    }

    @Test
    void progressThatNamesNoModelIsStillRead() {
        String old = "{\"type\":\"generation-progress.v1\",\"generation\":\"g\",\"position\":1,\"total\":2,"
                + "\"tokensPerSecond\":3,\"codes\":[]}";

        assertThat(JSON.readValue(old, GenerationEvent.class))
                .isEqualTo(new GenerationProgress("g", 1, 2, 3, List.of(), null));
    }

    @Test
    void endsThatNameNoModelAreStillRead() {
        assertThat(JSON.readValue(
                        "{\"type\":\"generation-failed.v1\",\"generation\":\"g\",\"step\":\"s\",\"reason\":\"r\"}",
                        GenerationEvent.class))
                .isEqualTo(new GenerationFailed("g", "s", "r", null));
        assertThat(JSON.readValue(
                        "{\"type\":\"generation-cancelled.v1\",\"generation\":\"g\",\"step\":\"s\"}",
                        GenerationEvent.class))
                .isEqualTo(new GenerationCancelled("g", "s", null));
    }

    @Test
    void repeatedOccurrencesOfOneTypeCanBeTold() {
        assertThat(new GenerationProgress("g", 12, 64, 1, List.of(), null).occurrence())
                .isEqualTo("12");
        assertThat(new GenerationFailed("g", "s", "r", null).occurrence()).isEmpty();
    }

    @Test
    void whatHappenedToTwoVersionsOfADocumentCanBeTold() {
        Instant later = Samples.AT.plusNanos(1_000);

        assertThat(Stream.of(Samples.AT, later).flatMap(EventsTest::ofOneVersion))
                .extracting(Event::eventId)
                .hasSize(10)
                .doesNotHaveDuplicates()
                .contains("document-removed.v1:mira:2026-11-24T20:00:00.123456Z");
    }

    private static Stream<DocumentEvent> ofOneVersion(Instant at) {
        return Stream.of(
                new DocumentAdded(Samples.DOCUMENT, at),
                new DocumentTokenized(Samples.DOCUMENT, "demo@1", at),
                new DocumentIndexed("mira", "memory", at),
                new DocumentRejected("mira", "index", "no image", at),
                new DocumentRemoved("mira", at));
    }

    @Test
    void endsOfDocumentsThatNameNoTimeAreStillRead() {
        Event indexed = JSON.readValue(
                "{\"type\":\"document-indexed.v1\",\"document\":\"d\",\"indexVersion\":\"memory\"}", Event.class);
        Event rejected = JSON.readValue(
                "{\"type\":\"document-rejected.v1\",\"document\":\"d\",\"step\":\"s\",\"reason\":\"r\"}", Event.class);

        assertThat(indexed).isEqualTo(new DocumentIndexed("d", "memory", null));
        assertThat(indexed.eventId()).isEqualTo("document-indexed.v1:d");
        assertThat(rejected).isEqualTo(new DocumentRejected("d", "s", "r", null));
        assertThat(rejected.eventId()).isEqualTo("document-rejected.v1:d");
    }

    @Test
    void listsCannotBeChangedAfterwards() {
        assertThatThrownBy(() -> Samples.REQUEST.parts().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    /// A request of 8,000 characters of three bytes each, with eight documents of 1,000: 16 candidates with
    /// texts still fit.
    @Test
    void theLargestEventsStayBelowSixtyFourKilobytes() {
        String key = "images/ab/" + "c".repeat(62) + ".png";
        var image = new ObjectRef(key, "image/png", Long.MAX_VALUE);
        var sampling = Samples.SAMPLING;
        var request = new GenerationRequest(
                "g".repeat(64),
                "t".repeat(64),
                "m".repeat(64),
                Stream.concat(
                                Stream.of(new Part.Text("…".repeat(8_000)), new Part.Hole(Modality.IMAGE)),
                                Collections.nCopies(8, new Part.Image(image)).stream())
                        .map(Part.class::cast)
                        .toList(),
                sampling,
                16,
                8,
                Collections.nCopies(8, "d".repeat(128)),
                Long.MAX_VALUE,
                Samples.AT);
        var evidence = new Evidence("d".repeat(128), 0.123456789, "…".repeat(1_000), image, List.of("word", "words"));
        var candidate =
                new Candidate(15, Decoding.TOP_P, "…".repeat(300), image, -1.2345678901234567, -1.2345678901234567);

        assertThat(JSON.writeValueAsBytes(
                        new EvidenceRetrieved(request, Collections.nCopies(8, evidence), "lucene:1@x", List.of())))
                .hasSizeLessThan(65_536);
        assertThat(JSON.writeValueAsBytes(new CandidatesDecoded(request, "demo@1", Collections.nCopies(16, candidate))))
                .hasSizeLessThan(65_536);
        assertThat(JSON.writeValueAsBytes(
                        new GenerationProgress("g", 1024, 1024, 1, Collections.nCopies(1024, 8191), "m".repeat(64))))
                .hasSizeLessThan(65_536);
    }

    private static String golden(String type) throws IOException {
        try (var file = EventsTest.class.getResourceAsStream("/golden/" + type + ".json")) {
            assertThat(file).as("golden/" + type + ".json").isNotNull();
            return new String(file.readAllBytes(), UTF_8);
        }
    }

    private static Class<?> family(Event event) {
        return event.getClass().getInterfaces()[0];
    }
}
