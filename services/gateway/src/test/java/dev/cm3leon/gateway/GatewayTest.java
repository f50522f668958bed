package dev.cm3leon.gateway;

import static dev.cm3leon.gateway.Examples.START;
import static dev.cm3leon.gateway.Examples.job;
import static dev.cm3leon.gateway.Examples.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentIndexed;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentRemoved;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.DocumentFilter;
import dev.cm3leon.events.Event;
import dev.cm3leon.events.GenerationEvent.EvidenceRetrieved;
import dev.cm3leon.events.GenerationEvent.GenerationCancelRequested;
import dev.cm3leon.events.GenerationEvent.GenerationCompleted;
import dev.cm3leon.events.GenerationEvent.GenerationFailed;
import dev.cm3leon.events.GenerationEvent.GenerationProgress;
import dev.cm3leon.events.GenerationEvent.GenerationRequested;
import dev.cm3leon.events.GenerationEvent.RankedCandidate;
import dev.cm3leon.events.GenerationRequest;
import dev.cm3leon.events.IndexEvent.IndexReachability;
import dev.cm3leon.events.Modality;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.events.Part;
import dev.cm3leon.events.SearchEvent.Found;
import dev.cm3leon.events.SearchEvent.SearchCompleted;
import dev.cm3leon.events.SearchEvent.SearchFailed;
import dev.cm3leon.events.SearchEvent.SearchRequested;
import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingCancelRequested;
import dev.cm3leon.events.TrainingEvent.TrainingCancelled;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingStarted;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionChanged;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionRequested;
import dev.cm3leon.events.TrainingEvent.TrainingWaiting;
import dev.cm3leon.gateway.log.Projection;
import dev.cm3leon.gateway.state.Recorded;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.TinyModel;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.service.EventMessages;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.cloud.stream.binder.test.OutputDestination;
import org.springframework.cloud.stream.binder.test.TestChannelBinderConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.messaging.Message;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The whole gateway over real HTTP, on memory adapters and a tiny model; what other services would tell is told by the
/// test.
@SpringBootTest(
        classes = GatewayApplication.class,
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.config.name=gateway",
            "cm3.object-store.kind=memory",
            "cm3.gateway.read-log=false",
            "cm3.gateway.images-wait=10s",
            "cm3.gateway.search-wait=5s",
            "cm3.gateway.max-body=200KB",
            "cm3.gateway.documents=20",
            "cm3.gateway.jobs=100",
            "cm3.gateway.max-model-file=100KB",
            "spring.servlet.multipart.max-request-size=50KB"
        })
@Import(TestChannelBinderConfiguration.class)
@DirtiesContext
class GatewayTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    @TempDir
    private static Path folder;

    @Autowired
    private OutputDestination output;

    @Autowired
    private ObjectStore store;

    @Autowired
    private Projection projection;

    @LocalServerPort
    private int port;

    private final HttpClient http = HttpClient.newHttpClient();
    private final EventMessages others = new EventMessages("another-service", Instant::now);
    private final String id = UUID.randomUUID().toString();

    @DynamicPropertySource
    static void tinyModel(DynamicPropertyRegistry registry) {
        TinyModel.write(folder.resolve("tiny"), 1);
        registry.add("cm3.model.location", () -> folder.resolve("tiny").toUri().toString());
        registry.add("cm3.model.cache", () -> folder.resolve("cache").toString());
    }

    @BeforeEach
    void forgetWhatWasPublished() {
        output.clear();
    }

    @Test
    void anAcceptedRequestIsOnItsTopicAndFoundAtOnce() throws Exception {
        var accepted = post("/v1/generations", "{\"prompt\": \"a person with blue hair\", \"seed\": 7}");

        assertThat(accepted.statusCode()).isEqualTo(202);
        String made = json(accepted).path("id").asString();
        assertThat(accepted.headers().firstValue("Location")).contains("/v1/generations/" + made);
        assertThat(json(get("/v1/generations/" + made)).path("seed").asLong()).isEqualTo(7);
        Message<byte[]> message = output.receive(20_000, "generation-requested.v1");
        assertThat(EventMessages.read(message.getPayload(), Event.class))
                .isInstanceOfSatisfying(GenerationRequested.class, e -> {
                    assertThat(e.generation()).isEqualTo(made);
                    assertThat(e.request().model()).startsWith("tiny@");
                });
        assertThat(attribute(message, "id")).isEqualTo("generation-requested.v1:" + made);
        assertThat(attribute(message, "source")).isEqualTo("gateway");
    }

    @Test
    void theSameIdempotencyKeyIsTheSameJobAndAskedForOnce() throws Exception {
        String body = "{\"prompt\": \"a person\"}";
        var first = post("/v1/generations", body, "Idempotency-Key", id);
        var second = post("/v1/generations", body, "Idempotency-Key", id);
        var other = post("/v1/generations", "{\"prompt\": \"a jacket\"}", "Idempotency-Key", id);

        assertThat(json(second).path("id")).isEqualTo(json(first).path("id"));
        assertThat(output.receive(20_000, "generation-requested.v1")).isNotNull();
        assertThat(output.receive(50, "generation-requested.v1")).isNull();
        assertThat(other.statusCode()).isEqualTo(409);
    }

    @Test
    void aRetryIsTheSameJobThoughADocumentOfItIsGoneAndAnotherModelIsAnotherJob() throws Exception {
        tell(new DocumentAdded(document(id, "a", Examples.IMAGE), START));
        tell(new DocumentIndexed(id, "memory", START));
        String body = "{\"prompt\": \"a person\", \"retrieval\": {\"given\": [\"%s\"]}}".formatted(id);
        var first = post("/v1/generations", body, "Idempotency-Key", id);
        tell(new DocumentRemoved(id, START.plusSeconds(1)));
        var second = post("/v1/generations", body, "Idempotency-Key", id);
        var named = post("/v1/generations", body.replace("{\"p", "{\"model\": \"tiny\", \"p"), "Idempotency-Key", id);
        var other = post("/v1/generations", body.replace("{\"p", "{\"model\": \"big\", \"p"), "Idempotency-Key", id);

        assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
        assertThat(second.statusCode()).as(second.body()).isEqualTo(202);
        assertThat(json(second).path("id")).isEqualTo(json(first).path("id"));
        assertThat(named.statusCode()).as(named.body()).isEqualTo(202);
        assertThat(other.statusCode()).isEqualTo(409);
    }

    @Test
    void ofManyWhoUseOneKeyAtOnceOneIsHeard() throws Exception {
        List<CompletableFuture<Integer>> answers = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return post(
                                                "/v1/generations",
                                                "{\"prompt\": \"%d\"}".formatted(i),
                                                "Idempotency-Key",
                                                id)
                                        .statusCode();
                            } catch (IOException | InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        Thread::startVirtualThread))
                .toList();

        assertThat(answers.stream().map(CompletableFuture::join).sorted())
                .containsExactly(202, 409, 409, 409, 409, 409, 409, 409);
        assertThat(output.receive(20_000, "generation-requested.v1")).isNotNull();
        assertThat(output.receive(50, "generation-requested.v1")).isNull();
    }

    @Test
    void aKeyThatIsBlankOrOfAJobThatIsForgottenIsRefused() throws Exception {
        String body = "{\"prompt\": \"a person\"}";
        String first = json(post("/v1/generations", body, "Idempotency-Key", id))
                .path("id")
                .asString();
        tell(Examples.completed(first));
        for (int i = 0; i < 100; i++) tell(Examples.completed(id + i));
        output.clear();

        var again = post("/v1/generations", body, "Idempotency-Key", id);

        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.body()).contains("is not remembered any more");
        assertThat(output.receive(50, "generation-requested.v1")).isNull();
        for (String path : List.of("/v1/generations", "/v1/training-runs")) {
            var blank =
                    post(path, path.contains("runs") ? "{\"configuration\": \"demo\"}" : body, "Idempotency-Key", "");
            assertThat(blank.statusCode()).isEqualTo(400);
            assertThat(json(blank).path("field").asString()).isEqualTo("Idempotency-Key");
        }
    }

    @Test
    void theSameIdempotencyKeyIsTheSameTrainingRun() throws Exception {
        String body = "{\"configuration\": \"demo\"}";
        var first = post("/v1/training-runs", body, "Idempotency-Key", id);
        var second = post("/v1/training-runs", body, "Idempotency-Key", id);
        var other = post("/v1/training-runs", "{\"configuration\": \"avatars\"}", "Idempotency-Key", id);

        assertThat(json(second).path("id")).isEqualTo(json(first).path("id"));
        assertThat(output.receive(20_000, "training-requested.v1")).isNotNull();
        assertThat(output.receive(50, "training-requested.v1")).isNull();
        assertThat(other.statusCode()).isEqualTo(409);
    }

    @Test
    void aPageOfAnotherIsKeptOut() throws Exception {
        var other = post("/v1/generations", "{\"prompt\": \"a person\"}", "Origin", "https://evil.example");
        var own = post("/v1/generations", "{\"prompt\": \"a person\"}", "Origin", "http://127.0.0.1:" + port);

        assertThat(other.statusCode()).isEqualTo(403);
        assertThat(other.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(json(other).path("detail").asString()).contains("https://evil.example");
        assertThat(own.statusCode()).isEqualTo(202);
    }

    @Test
    void documentsOfOtherTenantsAreUnknownAndAreNotReplaced() throws Exception {
        tell(new DocumentAdded(
                new DocumentEvent.Document(id, "another", "a", new ObjectRef(Examples.KEY, "image/png", 1), null, null),
                Instant.now()));

        assertThat(get("/v1/documents/" + id).statusCode()).isEqualTo(404);
        assertThat(json(get("/v1/documents?limit=200")).path("documents").findValuesAsString("id"))
                .doesNotContain(id);
        assertThat(delete("/v1/documents/" + id).statusCode()).isEqualTo(404);
        assertThat(post("/v1/generations", "{\"prompt\": \"a\", \"retrieval\": {\"given\": [\"%s\"]}}".formatted(id))
                        .statusCode())
                .isEqualTo(404);
        var taken = post(
                "/v1/documents",
                "{\"id\": \"%s\", \"text\": \"b\", \"image\": {\"b64\": \"%s\"}}".formatted(id, base64(png(1))));
        assertThat(taken.statusCode()).isEqualTo(409);
        assertThat(json(taken).path("detail").asString()).contains(id);
        assertThat(output.receive(50, "document-added.v1")).isNull();
    }

    @Test
    void jobsAndRunsOfOtherTenantsAreUnknown() throws Exception {
        String run = UUID.randomUUID().toString();
        tell(new GenerationRequested(request(id, "another"), START));
        tell(new TrainingRequested(run, "another", "demo", START));

        for (String path : List.of("/v1/generations/" + id, "/v1/training-runs/" + run)) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(404);
            assertThat(get(path + "/events").statusCode()).as(path).isEqualTo(404);
            assertThat(delete(path).statusCode()).as(path).isEqualTo(404);
        }
        assertThat(get("/v1/generations/" + id + "/timeline").statusCode()).isEqualTo(404);
        for (String change : List.of("/suspend", "/resume")) {
            assertThat(post("/v1/training-runs/" + run + change, "").statusCode())
                    .as(change)
                    .isEqualTo(404);
        }
        assertThat(get("/v1/generations?limit=200").body()).doesNotContain(id);
        assertThat(get("/v1/training-runs?limit=200").body()).doesNotContain(run);
        store.put("runs/" + run + "/sweep.json", "{}".getBytes(UTF_8), "application/json");
        assertThat(get("/v1/objects/runs/" + run + "/sweep.json").statusCode()).isEqualTo(404);
        assertThat(output.receive(50, "generation-cancel-requested.v1")).isNull();
        assertThat(output.receive(50, "training-cancel-requested.v1")).isNull();
    }

    @Test
    void aFileOfAModelIsRefusedBeforeItIsReadOrKept() throws Exception {
        String file = "/v1/models/big/1/files/";
        byte[] large = new byte[200_000];
        var unread = put(file + "weights", BodyPublishers.ofByteArray(large));
        var cutOff = put(file + "weights", BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(large)));
        var curl = new String[] {"Content-Type", "application/x-www-form-urlencoded"}; // what it says of --data-binary
        var form = put(file + "model.json", BodyPublishers.ofString("a=b&c"), curl);
        var largeForm = put(
                file + "model.json", BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(large)), curl);
        var wrong = put(file + "..%2Fweights", BodyPublishers.ofByteArray(large));
        var kept = put(file + "weights", BodyPublishers.ofByteArray(new byte[100]));

        assertThat(unread.statusCode()).isEqualTo(413);
        assertThat(cutOff.statusCode()).isEqualTo(413);
        assertThat(cutOff.body()).contains("102400 bytes");
        assertThat(form.statusCode()).as(form.body()).isEqualTo(204);
        assertThat(store.get("models/big/1/model.json")).contains("a=b&c".getBytes(UTF_8));
        assertThat(largeForm.statusCode()).isEqualTo(413);
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(kept.statusCode()).as(kept.body()).isEqualTo(204);
        assertThat(store.get("models/big/1/weights")).contains(new byte[100]);
        assertThat(folder.resolve("cache")).isEmptyDirectory();
        assertThat(post("/v1/models/big/1", " ".repeat(300_000)).statusCode()).isEqualTo(413);
    }

    @Test
    void aStepTellsOfTheWordsThatWereSearchedWith() throws Exception {
        var asked = new GenerationRequest(
                id,
                "public",
                "tiny@0.0.1",
                List.of(new Part.Text("a cat"), new Part.Hole(Modality.IMAGE), new Part.Text("in a hat")),
                request(id).sampling(),
                1,
                1,
                List.of(),
                7,
                null);
        tell(new EvidenceRetrieved(asked, List.of(), "memory", List.of()));

        assertThat(json(get("/v1/generations/" + id + "/timeline"))
                        .path("steps")
                        .path(0)
                        .path("inputs")
                        .path("text")
                        .asString())
                .isEqualTo("a cat in a hat");
    }

    @Test
    void aJobPutStraightOnTheTopicAppearsLikeAnyOther() throws Exception {
        byte[] bare = JSON.writeValueAsBytes(new GenerationRequested(request(id), START));
        projection.accept(new ConsumerRecord<>("generation-requested.v1", 0, 0, null, bare));

        assertThat(json(get("/v1/generations/" + id)).path("status").asString()).isEqualTo("retrieving");
        assertThat(json(get("/v1/generations?limit=200")).path("generations").findValuesAsString("id"))
                .contains(id);
    }

    @Test
    void aFinishedJobShowsItsResultAndEveryStep() throws Exception {
        tellTheWholeJob();

        var state = json(get("/v1/generations/" + id));
        assertThat(state.path("status").asString()).isEqualTo("completed");
        assertThat(state.path("candidates").path(0).path("image").path("url").asString())
                .isEqualTo("/v1/objects/" + Examples.KEY);
        assertThat(state.path("evidence").path(0).path("matched_terms").path(0).asString())
                .isEqualTo("cat");
        var steps = json(get("/v1/generations/" + id + "/timeline")).path("steps");
        assertThat(steps.findValuesAsString("service")).hasSize(7).containsOnly("another-service");
        assertThat(steps.path(6).path("milliseconds_since_previous").isNumber()).isTrue();
    }

    @Test
    void anEventNobodyCanReadIsPassedOver() throws Exception {
        for (String body : List.of(
                "{\"type\": \"no-such.v9\"}",
                "nonsense",
                "",
                "null",
                "{\"type\": \"generation-requested.v1\"}",
                JSON.writeValueAsString(new GenerationRequested(request("half"), START))
                        .replaceAll("\"sampling\":\\{[^}]*},", ""),
                "{\"type\": \"generation-cancel-requested.v1\"}",
                "{\"type\": \"training-requested.v1\"}",
                "{\"type\": \"document-added.v1\", \"content\": {\"id\": \"half\", \"tenant\": \"public\"}}",
                "{\"type\": \"document-tokenized.v1\", \"content\": {\"id\": \"half\", \"tenant\": \"public\"}}",
                "{\"type\": \"document-removed.v1\", \"document\": \"half\"}")) {
            projection.accept(new ConsumerRecord<>("generation-requested.v1", 0, 0, null, body.getBytes(UTF_8)));
        }
        tell(new GenerationRequested(request(id), START));

        assertThat(get("/v1/generations/" + id).statusCode()).isEqualTo(200);
        assertThat(get("/v1/generations").statusCode()).isEqualTo(200);
        assertThat(get("/v1/training-runs").statusCode()).isEqualTo(200);
        var documents = get("/v1/documents?limit=200");
        assertThat(documents.statusCode()).isEqualTo(200);
        assertThat(json(documents).path("documents").findValuesAsString("id")).doesNotContain("half");
    }

    @Test
    void aStreamTellsThePastThenEndsAndGoesOnWhereItWasBroken() throws Exception {
        tellTheWholeJob();

        var whole = get("/v1/generations/" + id + "/events");
        List<String> ids = field(whole.body(), "id:");
        var rest = get("/v1/generations/" + id + "/events", "Last-Event-ID", ids.get(3));
        var nothing = get("/v1/generations/" + id + "/events", "Last-Event-ID", ids.getLast());

        assertThat(whole.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        assertThat(ids)
                .containsExactlyElementsOf(job(id).stream().map(Recorded::id).toList());
        assertThat(field(rest.body(), "id:")).containsExactlyElementsOf(ids.subList(4, 7));
        assertThat(nothing.statusCode())
                .as("else a browser asks again for ever")
                .isEqualTo(204);
        assertThat(field(whole.body(), "event:"))
                .startsWith("generation-requested.v1")
                .endsWith("generation-completed.v1");
        JsonNode last = JSON.readTree(field(whole.body(), "data:").getLast());
        assertThat(last.path("generation").path("status").asString()).isEqualTo("completed");
    }

    @Test
    void progressIsToldWhileItHappensWithThePictureSoFar() throws Exception {
        tell(new GenerationRequested(request(id), START));
        var stream = http.send(
                HttpRequest.newBuilder(uri("/v1/generations/" + id + "/events")).build(), BodyHandlers.ofLines());
        Iterator<String> told =
                stream.body().filter(line -> line.startsWith("data:")).iterator();
        told.next(); // the reader is there

        tell(new GenerationProgress(id, 8, 64, 50, List.of(1, 2, 3, 4, 5, 6, 7, 8), "tiny@0.0.1"));
        JsonNode progress = JSON.readTree(told.next().substring("data:".length()));
        tell(Examples.completed(id));

        JsonNode end = JSON.readTree(told.next().substring("data:".length()));
        assertThat(end.path("generation").path("status").asString()).isEqualTo("completed");
        assertThat(told.hasNext()).isFalse();
        assertThat(progress.path("progress").path("position").asInt()).isEqualTo(8);
        assertThat(progress.path("progress").path("eta_seconds").asDouble()).isEqualTo(56 * 2 / 50.0);
        String url = progress.path("picture").asString();
        byte[] png = Base64.getDecoder().decode(url.substring("data:image/png;base64,".length()));
        RgbImage picture = Images.DEFAULT.read(png, "image/png", 64);
        assertThat(picture.rgb()[3 * 63 * 64] & 0xff)
                .as("a cell that is not drawn yet")
                .isEqualTo(0xb4);
        assertThat(Arrays.copyOf(picture.rgb(), 3 * 64 * 8))
                .as("the cells of the first row")
                .isNotEqualTo(grey(3 * 64 * 8));
    }

    @Test
    void aJobThatNamesNoModelShowsThatWhichDrawsItAndThePictureSoFar() throws Exception {
        tell(new GenerationRequested(
                new GenerationRequest(
                        id, "public", null, request(id).parts(), request(id).sampling(), 1, 0, List.of(), 7, null),
                START));
        assertThat(json(get("/v1/generations/" + id)).has("model")).isFalse();
        tell(new GenerationProgress(id, 8, 64, 50, List.of(1, 2, 3, 4, 5, 6, 7, 8), "tiny@0.0.1"));

        assertThat(json(get("/v1/generations/" + id)).path("model").asString()).isEqualTo("tiny@0.0.1");
        var stream = http.send(
                HttpRequest.newBuilder(uri("/v1/generations/" + id + "/events")).build(), BodyHandlers.ofLines());
        assertThat(stream.body()
                        .filter(line -> line.startsWith("data:"))
                        .skip(1)
                        .findFirst()
                        .orElseThrow())
                .contains("\"picture\":\"data:image/png;base64,");
        tell(new GenerationFailed(id, "generate", "no room", null));
        assertThat(json(get("/v1/generations/" + id)).path("model").asString()).isEqualTo("tiny@0.0.1");
    }

    @Test
    void aJobIsCancelledOnceAndNotAfterItsEnd() throws Exception {
        tell(new GenerationRequested(request(id), START));

        var first = delete("/v1/generations/" + id);

        assertThat(first.statusCode()).isEqualTo(202);
        assertThat(json(first).path("cancel_requested").asBoolean()).isTrue();
        assertThat(EventMessages.read(
                        output.receive(20_000, "generation-cancel-requested.v1").getPayload(), Event.class))
                .isInstanceOf(GenerationCancelRequested.class);

        tell(Examples.completed(id));
        var over = delete("/v1/generations/" + id);
        assertThat(over.statusCode()).isEqualTo(409);
        assertThat(json(over).path("detail").asString()).isEqualTo("generation " + id + " is already completed");
    }

    @Test
    void aFailureIsShownWithStepAndReason() throws Exception {
        tell(new GenerationRequested(request(id), START));
        tell(new GenerationFailed(id, "tokenize", "the image is gone", "tiny@0.0.1"));

        var state = json(get("/v1/generations/" + id));
        assertThat(state.path("status").asString()).isEqualTo("failed");
        assertThat(state.path("failure").path("reason").asString()).isEqualTo("the image is gone");
        assertThat(json(get("/v1/models/tiny@0.0.1"))
                        .path("jobs")
                        .path("failed")
                        .asInt())
                .isPositive();
    }

    @Test
    void whatIsUnknownIsAProblemThatNamesTheId() throws Exception {
        for (String path : List.of(
                "/v1/generations/nobody",
                "/v1/generations/nobody/timeline",
                "/v1/generations/nobody/events",
                "/v1/documents/nobody",
                "/v1/training-runs/nobody",
                "/v1/models/nobody",
                "/v1/objects/images/nobody")) {
            var answer = get(path);

            assertThat(answer.statusCode()).as(path).isEqualTo(404);
            assertThat(answer.headers().firstValue("Content-Type")).as(path).contains("application/problem+json");
            assertThat(json(answer).path("detail").asString()).as(path).contains("nobody");
        }
    }

    @Test
    void aWrongFieldIsAProblemThatNamesIt() throws Exception {
        var answer = post("/v1/generations", "{\"prompt\": \"a\", \"sampling\": {\"heat\": 1}}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(json(answer).path("field").asString()).isEqualTo("sampling.heat");
        assertThat(json(answer).path("detail").asString()).contains("temperature");
    }

    @Test
    void aGivenDocumentThatIsNotThereIsNotFound() throws Exception {
        String body = "{\"prompt\": \"a\", \"retrieval\": {\"given\": [\"%s\"]}}".formatted(id);

        assertThat(post("/v1/generations", body).statusCode()).isEqualTo(404);

        tell(new DocumentIndexed(id, "memory", START));
        assertThat(post("/v1/generations", body).statusCode()).isEqualTo(202);
        tell(new DocumentRemoved(id, Instant.now()));
        assertThat(post("/v1/generations", body).statusCode()).isEqualTo(404);
    }

    @Test
    void aGivenDocumentThatCannotBeUsedIsRefusedWithTheReason() throws Exception {
        String body = "{\"prompt\": \"a\", \"retrieval\": {\"given\": [\"%s\"]}}";
        tell(new DocumentAdded(document(id, "a", Examples.IMAGE), START));

        var added = post("/v1/generations", body.formatted(id));
        tell(new DocumentRejected(id, "tokenize", "no picture", START));
        var rejected = post("/v1/generations", body.formatted(id));

        assertThat(added.statusCode()).isEqualTo(409);
        assertThat(added.body()).contains("document " + id + " is to be indexed first, it is added");
        assertThat(rejected.statusCode()).isEqualTo(409);
        assertThat(rejected.body()).contains("document " + id + " was rejected: tokenize: no picture");
        for (var half : List.of(document(id + "-1", "a", null), document(id + "-2", null, Examples.IMAGE))) {
            tell(new DocumentAdded(half, START));
            tell(new DocumentIndexed(half.id(), "memory", START));
            var refused = post("/v1/generations", body.formatted(half.id()));
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(json(refused).path("field").asString()).isEqualTo("retrieval.given");
            assertThat(refused.body()).contains(half.id() + " has no " + (half.text() == null ? "text" : "image"));
        }
        assertThat(output.receive(50, "generation-requested.v1")).isNull();
    }

    @Test
    void aBodyOverTheLimitIsRefusedWhole() throws Exception {
        var answer = post("/v1/generations", "{\"prompt\": \"" + "a".repeat(300_000) + "\"}");

        assertThat(answer.statusCode()).isEqualTo(413);
    }

    @Test
    void anImageOfTooManyPixelsIsRefusedBeforeItIsDecoded() throws Exception {
        byte[] bomb = pngHeader(50_000, 50_000);
        var answer = post("/v1/documents", "{\"text\": \"a\", \"image\": {\"b64\": \"%s\"}}".formatted(base64(bomb)));

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(json(answer).path("detail").asString()).contains("50000 x 50000");
        assertThat(json(answer).path("field").asString()).isEqualTo("image.b64");
    }

    @Test
    void openAisFormGivesTheBestImagesOnceTheyAreThere() throws Exception {
        byte[] png = png(40);
        ObjectRef image = new ObjectRef(store.putContent("images", png, ".png", "image/png"), "image/png", png.length);
        for (String format : List.of("b64_json", "url")) {
            var answer = posting(
                    "/v1/images/generations",
                    "{\"prompt\": \"a person\", \"n\": 1, \"size\": \"64x64\", \"response_format\": \"%s\"}"
                            .formatted(format));
            String made = EventMessages.read(
                            output.receive(20_000, "generation-requested.v1").getPayload(), Event.class)
                    .subject();
            tell(new GenerationCompleted(
                    made,
                    "tiny@0.0.1",
                    1,
                    List.of(
                            new RankedCandidate(1, 1, dev.cm3leon.events.Decoding.TOP_P, null, image, 1, null, 1),
                            new RankedCandidate(2, 0, dev.cm3leon.events.Decoding.TOP_P, null, image, 0, null, 0))));

            JsonNode data = json(answer.get()).path("data");
            assertThat(data.size()).isEqualTo(1);
            byte[] bytes = format.equals("url")
                    ? http.send(
                                    HttpRequest.newBuilder(URI.create(
                                                    data.path(0).path("url").asString()))
                                            .build(),
                                    BodyHandlers.ofByteArray())
                            .body()
                    : Base64.getDecoder().decode(data.path(0).path("b64_json").asString());
            assertThat(bytes).isEqualTo(png);
        }
    }

    /// As a proxy sends it on that keeps the name it was asked by to itself, and one that passes it on.
    @Test
    void behindAProxyOpenAisUrlsAreThoseOfTheProxy() throws Exception {
        ObjectRef image = new ObjectRef(Examples.KEY, "image/png", 1);
        for (String[] headers : new String[][] {
            {"X-Forwarded-Proto", "https", "X-Forwarded-Host", "cm3.example", "Origin", "https://cm3.example"},
            {"X-Forwarded-Proto", "https", "X-Forwarded-Host", "cm3.example", "X-Forwarded-For", "203.0.113.7"}
        }) {
            var answer = posting("/v1/images/generations", "{\"prompt\": \"a person\"}", headers);
            String made = EventMessages.read(
                            output.receive(20_000, "generation-requested.v1").getPayload(), Event.class)
                    .subject();
            tell(new GenerationCompleted(
                    made,
                    "tiny@0.0.1",
                    1,
                    List.of(new RankedCandidate(1, 0, dev.cm3leon.events.Decoding.TOP_P, null, image, 1, null, 1))));

            assertThat(json(answer.get()).path("data").path(0).path("url").asString())
                    .isEqualTo("https://cm3.example/v1/objects/" + Examples.KEY);
        }
        var other = post(
                "/v1/images/generations",
                "{\"prompt\": \"a person\"}",
                "X-Forwarded-Proto",
                "https",
                "X-Forwarded-Host",
                "cm3.example",
                "Origin",
                "https://evil.example");
        assertThat(other.statusCode()).isEqualTo(403);
    }

    @Test
    void openAisErrorsHaveOpenAisForm() throws Exception {
        Map<String, String> wrong = Map.of(
                "{\"prompt\": \"a\", \"n\": 0}", "n",
                "{\"prompt\": \"a\", \"size\": \"1024x1024\"}", "size",
                "{\"prompt\": \"a\", \"response_format\": \"gif\"}", "response_format",
                "{\"prompt\": \"a\", \"colour\": \"red\"}", "colour",
                "{}", "prompt");
        for (var body : wrong.entrySet()) {
            var answer = post("/v1/images/generations", body.getKey());

            assertThat(answer.statusCode()).isEqualTo(400);
            JsonNode error = json(answer).path("error");
            assertThat(error.path("param").asString()).isEqualTo(body.getValue());
            assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
            assertThat(error.path("message").asString()).contains(body.getValue());
        }
        var unknown = post("/v1/images/generations", "{\"prompt\": \"a\", \"model\": \"dall-e-3\"}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(json(unknown).path("error").path("code").asString()).isEqualTo("model_not_found");
    }

    @Test
    void openAisFormSaysSoWhenNothingComesInTimeAndStopsTheJob() throws Exception {
        var answer = post("/v1/images/generations", "{\"prompt\": \"a\"}");

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(json(answer).path("error").path("type").asString()).isEqualTo("server_error");
        assertThat(output.receive(20_000, "generation-cancel-requested.v1")).isNotNull();
    }

    @Test
    void aDocumentIsAddedShownAndRemoved() throws Exception {
        var added = post(
                "/v1/documents",
                "{\"id\": \"%s\", \"text\": \"Zorblax\", \"image\": {\"b64\": \"%s\"}}".formatted(id, base64(png(1))));

        assertThat(added.statusCode()).isEqualTo(202);
        var event = (DocumentAdded)
                EventMessages.read(output.receive(20_000, "document-added.v1").getPayload(), DocumentEvent.class);
        assertThat(store.get(event.content().image().key())).isPresent();
        assertThat(event.content().tenant()).isEqualTo("public");

        tell(new DocumentTokenized(event.content(), "tiny@1", event.at()));
        tell(new DocumentIndexed(id, "memory", event.at()));
        var shown = json(get("/v1/documents/" + id));
        assertThat(shown.path("status").asString()).isEqualTo("indexed");
        assertThat(shown.path("text").asString()).isEqualTo("Zorblax");

        assertThat(delete("/v1/documents/" + id).statusCode()).isEqualTo(202);
        assertThat(EventMessages.read(
                        output.receive(20_000, "document-removed.v1").getPayload(), Event.class))
                .isInstanceOf(DocumentRemoved.class);
        assertThat(json(get("/v1/documents/" + id)).path("status").asString()).isEqualTo("removed");
    }

    @Test
    void aDocumentThatTheGatewayHasForgottenCanStillBeGivenAndRemoved() throws Exception {
        for (int i = 0; i < 70; i++) {
            String one = i == 0 ? id : id + "-" + i;
            tell(new DocumentAdded(document(one, "a", Examples.IMAGE), START));
            tell(new DocumentIndexed(one, "memory", START));
        }
        assertThat(get("/v1/documents/" + id).statusCode()).isEqualTo(404);
        String body = "{\"prompt\": \"a\", \"retrieval\": {\"given\": [\"%s\"]}}".formatted(id);
        assertThat(post("/v1/generations", body).statusCode()).isEqualTo(202);

        assertThat(delete("/v1/documents/" + id).statusCode()).isEqualTo(202);

        assertThat(output.receive(20_000, "document-removed.v1")).isNotNull();
        assertThat(json(get("/v1/documents/" + id)).path("status").asString()).isEqualTo("removed");
        assertThat(delete("/v1/documents/nobody").statusCode()).isEqualTo(404);
    }

    @Test
    void aDocumentOfAnotherTenantThatIsForgottenIsNeitherRemovedNorReplaced() throws Exception {
        for (int i = 0; i < 70; i++) {
            String one = i == 0 ? id : id + "-" + i;
            tell(new DocumentAdded(
                    new DocumentEvent.Document(
                            one, "another", "a", new ObjectRef(Examples.KEY, "image/png", 1), null, null),
                    START));
            tell(new DocumentIndexed(one, "memory", START));
        }
        assertThat(delete("/v1/documents/" + id).statusCode()).isEqualTo(404);
        assertThat(post("/v1/generations", "{\"prompt\": \"a\", \"retrieval\": {\"given\": [\"%s\"]}}".formatted(id))
                        .statusCode())
                .isEqualTo(404);
        String body = "{\"id\": \"%s\", \"text\": \"b\", \"image\": {\"b64\": \"%s\"}}".formatted(id, base64(png(1)));
        assertThat(post("/v1/documents", body).statusCode()).isEqualTo(409);
        tell(new DocumentIndexed(id, "rebuilt", START)); // and is heard of again
        assertThat(get("/v1/documents/" + id).statusCode()).isEqualTo(404);
        assertThat(post("/v1/documents", body).statusCode()).isEqualTo(409);

        assertThat(output.receive(50, "document-removed.v1")).isNull();
        assertThat(output.receive(50, "document-added.v1")).isNull();
    }

    @Test
    void whatIsTooLargeForAFormOrAnEventIsRefusedWithTheLimit() throws Exception {
        var form = post(
                "/v1/documents",
                "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n" + "a".repeat(60_000)
                        + "\r\n--b--\r\n",
                "Content-Type",
                "multipart/form-data; boundary=b");
        assertThat(form.statusCode()).as(form.body()).isEqualTo(413);
        assertThat(json(form).path("field").asString()).isEqualTo("image");
        assertThat(json(form).path("detail").asString()).contains("51200 bytes");

        String many = Stream.generate(() -> "\"" + "\\u0001".repeat(127) + "a\"")
                .limit(64)
                .collect(Collectors.joining(", "));
        var event = post(
                "/v1/generations",
                "{\"prompt\": \"a\", \"retrieval\": {\"licences\": [%1$s], \"exclude\": [%1$s]}}".formatted(many));
        assertThat(event.statusCode()).as(event.body()).isEqualTo(413);
        assertThat(json(event).path("detail").asString()).contains("more than 65536");

        var text = post(
                "/v1/documents",
                "{\"text\": \"%s\", \"image\": {\"b64\": \"%s\"}}".formatted("xyzzy ".repeat(200), base64(png(1))));
        assertThat(text.statusCode()).as(text.body()).isEqualTo(400);
        assertThat(json(text).path("field").asString()).isEqualTo("text");
        assertThat(json(text).path("detail").asString()).contains("at most 312 tokens");

        var run = post("/v1/training-runs", "{\"configuration\": \"%s\"}".formatted("é".repeat(16_001)));
        assertThat(run.statusCode()).isEqualTo(400);
        assertThat(json(run).path("detail").asString()).contains("32000 bytes, got 32002");

        var offset = post("/v1/dead-letters/a/0/b/replay", "");
        assertThat(offset.statusCode()).isEqualTo(400);
        assertThat(json(offset).path("detail").asString()).isEqualTo("offset is to be a whole number, got \"b\"");
    }

    @Test
    void aDocumentCanComeAsAForm() throws Exception {
        var added = postForm("text");

        assertThat(added.statusCode()).as(added.body()).isEqualTo(202);
        assertThat(json(added).path("id").asString()).startsWith("doc-");
        for (String wrong : List.of("caption", "caption\"; filename=\"a.txt")) {
            var refused = postForm(wrong);
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
            assertThat(json(refused).path("field").asString()).isEqualTo("caption");
            assertThat(json(refused).path("detail").asString())
                    .isEqualTo("caption is not a field here; allowed: id, image, licence, source, text");
        }
    }

    /// @param name of the field beside the image
    private HttpResponse<String> postForm(String name) throws IOException, InterruptedException {
        String boundary = "b0undary";
        var body = BodyPublishers.concat(
                BodyPublishers.ofString("--" + boundary
                        + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\nZorblax\r\n--" + boundary
                        + "\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n"
                        + "Content-Type: image/png\r\n\r\n"),
                BodyPublishers.ofByteArray(png(2)),
                BodyPublishers.ofString("\r\n--" + boundary + "--\r\n"));
        return http.send(
                HttpRequest.newBuilder(uri("/v1/documents"))
                        .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                        .POST(body)
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void searchAsksAndGivesTheAnswer() throws Exception {
        var answer = CompletableFuture.supplyAsync(() -> {
            try {
                return get("/v1/search?text=Zorblax&k=2&modality=text&modality=image");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        var asked = (SearchRequested)
                EventMessages.read(output.receive(20_000, "search-requested.v1").getPayload(), Event.class);
        tell(new SearchCompleted(
                asked.search(),
                List.of(new Found("doc-1", 0.9, "Zorblax", Examples.IMAGE, List.of("zorblax"))),
                "memory",
                1));

        assertThat(asked.documents()).isEqualTo(2);
        assertThat(Objects.requireNonNull(asked.filter()).modalities()).containsExactly(Modality.TEXT, Modality.IMAGE);
        JsonNode found = json(answer.get());
        assertThat(found.path("documents").path(0).path("document").asString()).isEqualTo("doc-1");
        assertThat(found.path("documents").path(0).path("image").path("url").asString())
                .contains(Examples.KEY);
    }

    @Test
    void aSearchByAnImageAsksForWhatIsInTheStoreThen() throws Exception {
        String image = Base64.getEncoder().encodeToString(png(3));
        var answer = posting(
                "/v1/search",
                "{\"image\": {\"b64\": \"%s\"}, \"text\": \"a hat\", \"k\": 3, \"licences\": [\"CC0-1.0\"]}"
                        .formatted(image));
        var asked = (SearchRequested)
                EventMessages.read(output.receive(20_000, "search-requested.v1").getPayload(), Event.class);
        tell(new SearchCompleted(asked.search(), List.of(), "memory", 0));

        assertThat(asked.text()).isEqualTo("a hat");
        assertThat(asked.documents()).isEqualTo(3);
        assertThat(asked.filter()).isEqualTo(new DocumentFilter(List.of(), List.of("CC0-1.0"), List.of()));
        String url = json(answer.get()).path("image").path("url").asString();
        assertThat(url).contains(Objects.requireNonNull(asked.image()).key());
        assertThat(get(url).statusCode()).isEqualTo(200);
        for (var wrong : Map.of(
                        "{}", "text",
                        "{\"image\": {\"b64\": \"AAAA\"}}", "image.b64",
                        "{\"text\": \"a\", \"k\": 51}", "k",
                        "{\"text\": \"a\", \"modalities\": [null]}", "modalities",
                        "{\"text\": \"a\", \"licences\": [\" \"]}", "licences")
                .entrySet()) {
            var refused = post("/v1/search", wrong.getKey());
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(json(refused).path("field").asString()).isEqualTo(wrong.getValue());
        }
    }

    @Test
    void aSearchThatFailsOrIsNotAnsweredCanBeTriedAgain() throws Exception {
        var failing = CompletableFuture.supplyAsync(() -> {
            try {
                return get("/v1/search?text=Zorblax");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        var asked =
                EventMessages.read(output.receive(20_000, "search-requested.v1").getPayload(), Event.class);
        tell(new SearchFailed(asked.subject(), "the index is down"));

        assertThat(failing.get().statusCode()).isEqualTo(503);
        assertThat(failing.get().body()).contains("the index is down");
        var late = get("/v1/search?text=Zorblax");
        assertThat(late.statusCode()).isEqualTo(503);
        assertThat(late.headers().firstValue("Retry-After")).isPresent();
        assertThat(get("/v1/search?text=a&k=0").statusCode()).isEqualTo(400);
        for (var wrong : Map.of(
                        "/v1/search", "text is missing",
                        "/v1/search?text=a&licences=MIT",
                                "licences is not a field here; allowed: exclude, k, licence, modality, text",
                        "/v1/search?text=a&k=few", "k is to be a whole number, got \"few\"",
                        "/v1/search?text=a&modality=smell", "modality is to be one of text, image, got \"smell\"",
                        "/v1/search?text=a&modality=text&modality=smell",
                                "modality is to be one of text, image, got \"smell\"",
                        "/v1/documents?limit=few", "limit is to be a whole number, got \"few\"",
                        "/v1/documents?limit=201", "limit is to be from 1 to 200, got 201",
                        "/v1/dead-letters?limit=0", "limit is to be from 1 to 200, got 0")
                .entrySet()) {
            var refused = get(wrong.getKey());
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(json(refused).path("detail").asString()).isEqualTo(wrong.getValue());
            assertThat(wrong.getValue()).startsWith(json(refused).path("field").asString() + " ");
        }
        var rebuild = post("/v1/index/rebuilds?even_if_smaller=perhaps", "");
        assertThat(json(rebuild).path("detail").asString())
                .isEqualTo("even_if_smaller is to be true or false, got \"perhaps\"");
    }

    @Test
    void jobsAreRefusedWhileTheIndexIsAway() throws Exception {
        String body = "{\"prompt\": \"a person\"}";
        tell(new IndexReachability("one", "the index is away", Instant.EPOCH.plusSeconds(1)));

        var refused = post("/v1/generations", body);
        tell(new IndexReachability("one", null, Instant.EPOCH.plusSeconds(2)));
        var accepted = post("/v1/generations", body);

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(refused.body()).contains("the index is away");
        assertThat(accepted.statusCode()).isEqualTo(202);
    }

    @Test
    void aTrainingRunIsAskedForWatchedAndCancelled() throws Exception {
        var accepted = post("/v1/training-runs", "{\"configuration\": {\"steps\": 10}}");
        String run = json(accepted).path("id").asString();

        assertThat(accepted.statusCode()).isEqualTo(202);
        var asked = (TrainingRequested) EventMessages.read(
                output.receive(20_000, "training-requested.v1").getPayload(), TrainingEvent.class);
        assertThat(asked.configuration()).isEqualTo("{\"steps\":10}");

        tell(new TrainingStarted(run, 1, "process", Instant.now(), null));
        tell(new TrainingProgress(run, "pretrain", 5, 10, 2.5, 100, 3, Map.of("loss_image", 2.0)));
        var state = json(get("/v1/training-runs/" + run));
        assertThat(state.path("status").asString()).isEqualTo("running");
        assertThat(state.path("curve").path(0).path("loss").asDouble()).isEqualTo(2.5);

        assertThat(post("/v1/training-runs/" + run + "/suspend", "").statusCode())
                .isEqualTo(202);
        var suspend = (TrainingSuspensionRequested) EventMessages.read(
                output.receive(20_000, "training-suspension-requested.v1").getPayload(), Event.class);
        assertThat(suspend.suspend()).isTrue();
        tell(new TrainingSuspensionChanged(run, true, suspend.at()));
        assertThat(json(get("/v1/training-runs/" + run)).path("status").asString())
                .isEqualTo("suspended");
        assertThat(post("/v1/training-runs/" + run + "/resume", "").statusCode())
                .isEqualTo(202);
        tell(new TrainingSuspensionChanged(run, false, suspend.at().plusSeconds(1)));
        tell(new TrainingWaiting(run, 1, "exceeded quota: training", suspend.at()));
        state = json(get("/v1/training-runs/" + run));
        assertThat(state.path("status").asString()).isEqualTo("running");
        assertThat(state.path("reason").asString()).isEqualTo("waits: exceeded quota: training");

        assertThat(delete("/v1/training-runs/" + run).statusCode()).isEqualTo(202);
        assertThat(EventMessages.read(
                        output.receive(20_000, "training-cancel-requested.v1").getPayload(), Event.class))
                .isInstanceOf(TrainingCancelRequested.class);
        tell(new TrainingCancelled(run));
        var stream = get("/v1/training-runs/" + run + "/events");
        assertThat(field(stream.body(), "event:"))
                .contains("training-progress.v1")
                .endsWith("training-cancelled.v1");
        var over = post("/v1/training-runs/" + run + "/resume", "");
        assertThat(over.statusCode()).isEqualTo(409);
        assertThat(json(over).path("detail").asString()).isEqualTo("training run " + run + " is already cancelled");
        assertThat(post("/v1/training-runs", "{\"configuration\": 5}").statusCode())
                .isEqualTo(400);
        for (String impossible : List.of(
                "{\"configuration\": \"demo\", \"job\": {\"workers\": 0}}",
                "{\"configuration\": {\"job\": {\"workers\": 0}}}")) {
            var refused = post("/v1/training-runs", impossible);
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("job.workers is to be a whole number from 1 to 1024, got 0");
        }
    }

    @Test
    void onlyImagesOfTheStoreAreServedAndForEverAndWhatSearchesFound() throws Exception {
        String key = store.putContent("images", png(3), ".png", "image/png");
        store.put("streams/secret", new byte[] {1}, "application/octet-stream");

        var image = get("/v1/objects/" + key);

        assertThat(image.statusCode()).isEqualTo(200);
        assertThat(image.headers().firstValue("Content-Type")).contains("image/png");
        assertThat(image.headers().firstValue("Cache-Control").orElseThrow()).contains("immutable");
        assertThat(get("/v1/objects/streams/secret").statusCode()).isEqualTo(404);
        store.put("runs/r1/sweep.json", "{}".getBytes(UTF_8), "application/octet-stream");
        assertThat(get("/v1/objects/runs/r1/sweep.json").body()).isEqualTo("{}");
        assertThat(get("/v1/objects/runs/r2/sweep.json").statusCode()).isEqualTo(404);
        assertThat(get("/v1/objects/images/../streams/secret").statusCode()).isBetween(400, 404);
    }

    @Test
    void theModelThePageAndTheDescriptionAreThere() throws Exception {
        assertThat(json(get("/v1/models")).path("data").path(0).path("id").asString())
                .isEqualTo("tiny");
        assertThat(get("/").body()).contains("<html");
        JsonNode api = json(get("/v3/api-docs"));
        assertThat(api.path("paths").propertyNames())
                .contains("/v1/generations", "/v1/images/generations", "/v1/search", "/v1/training-runs/{id}");
        assertThat(api.path("components")
                        .path("schemas")
                        .path("NewGeneration")
                        .path("properties")
                        .propertyNames())
                .contains("deadline_seconds", "prompt", "parts");
        for (var told : Map.of(
                        "/v1/generations", "202",
                        "/v1/training-runs", "202",
                        "/v1/documents", "202",
                        "/v1/models/{name}/{version}", "201")
                .entrySet()) {
            assertThat(api.path("paths")
                            .path(told.getKey())
                            .path("post")
                            .path("responses")
                            .propertyNames())
                    .containsExactly(told.getValue());
        }
    }

    private void tellTheWholeJob() {
        for (var step : job(id)) tell(step.event());
    }

    /// As another service's event stands in the log.
    private void tell(Event event) {
        var message = others.of(event);
        var record = new ConsumerRecord<>(event.type(), 0, 0, event.subject().getBytes(UTF_8), message.getPayload());
        message.getHeaders().forEach((name, value) -> record.headers()
                .add(name, value.toString().getBytes(UTF_8)));
        projection.accept(record);
    }

    private static DocumentEvent.Document document(String id, @Nullable String text, @Nullable ObjectRef image) {
        return new DocumentEvent.Document(id, "public", text, image, null, null);
    }

    private static @Nullable String attribute(Message<?> message, String name) {
        return Stream.of("ce_", "ce-")
                .map(prefix -> message.getHeaders().get(prefix + name))
                .filter(value -> value != null)
                .map(Object::toString)
                .findFirst()
                .orElse(null);
    }

    private static List<String> field(String stream, String name) {
        return stream.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()))
                .collect(Collectors.toList());
    }

    private static byte[] png(int shade) {
        byte[] rgb = new byte[3 * 64 * 64];
        Arrays.fill(rgb, (byte) shade);
        return Images.png(new RgbImage(64, 64, rgb));
    }

    /// Signature and header of a PNG, and nothing after them.
    private static byte[] pngHeader(int width, int height) {
        var header = java.nio.ByteBuffer.allocate(33);
        header.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        header.putInt(13).put("IHDR".getBytes(UTF_8)).putInt(width).putInt(height);
        header.put(new byte[] {8, 2, 0, 0, 0});
        var crc = new java.util.zip.CRC32();
        crc.update(header.array(), 12, 17);
        return header.putInt((int) crc.getValue()).array();
    }

    private static byte[] grey(int length) {
        byte[] grey = new byte[length];
        Arrays.fill(grey, (byte) 0xb4);
        return grey;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(uri(path));
        if (headers.length > 0) request.headers(headers);
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> delete(String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(uri(path)).DELETE().build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> put(String path, HttpRequest.BodyPublisher body, String... headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(uri(path));
        if (headers.length > 0) request.headers(headers);
        return http.send(request.PUT(body).build(), BodyHandlers.ofString());
    }

    /// Asks, and goes on before there is an answer.
    private CompletableFuture<HttpResponse<String>> posting(String path, String body, String... headers) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return post(path, body, headers);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private HttpResponse<String> post(String path, String body, String... headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(uri(path)).header("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) request.setHeader(headers[i], headers[i + 1]);
        return http.send(request.POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JSON.readTree(response.body());
    }
}
