package dev.cm3leon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Every command against a server that speaks the gateway's API: what it asks, prints and returns.
class CommandsTest {
    private static final String DONE = """
            {"id":"j1","status":"completed","prompt":"a person","seed":42,"model":"demo@1","sampling":{"temperature":0.9},
             "parts":[{"type":"text","text":"a person"},{"type":"hole","modality":"image"}],
             "evidence":[{"document":"d7","score":0.8125,"text":"Zora Quill","image":{"key":"k","url":"/v1/objects/k"}}],
             "candidates":[
               {"rank":0,"index":1,"text":null,"image":{"key":"images/b","url":"/v1/objects/images/b"}},
               {"rank":1,"index":0,"text":null,"image":{"key":"images/a","url":"/v1/objects/images/a"}}],
             "unknown_words":["gryphon"],"warnings":["the model has never seen: gryphon."]}
            """;

    @TempDir
    Path folder;

    private final FakeGateway gateway = new FakeGateway();
    private final Map<String, String> environment = new HashMap<>(Map.of("CM3_URL", gateway.url()));
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @AfterEach
    void close() {
        gateway.close();
    }

    @Test
    void generateFollowsTheJobAndWritesTheBestImage() throws IOException {
        byte[] png = png();
        gateway.json("POST /v1/generations", 202, "{\"id\":\"j1\"}")
                .events(
                        "GET /v1/generations/j1/events",
                        told("{\"status\":\"queued\",\"position\":2}"),
                        told("{\"status\":\"generating\",\"progress\":{\"position\":16,\"total\":64,"
                                + "\"tokens_per_second\":812.4,\"eta_seconds\":0.06}}"),
                        told(DONE))
                .json("GET /v1/generations/j1", 200, DONE)
                .bytes("GET /v1/objects/images/b", png);
        Path file = folder.resolve("portrait.png");

        int code = run("generate", "a", "person", "--out", file.toString(), "--seed", "42", "--guidance", "1.5");

        assertThat(code).isZero();
        assertThat(Files.readAllBytes(file)).isEqualTo(png);
        assertThat(body("POST /v1/generations"))
                .isEqualTo("{\"prompt\":\"a person\",\"seed\":42,\"sampling\":{\"guidance_scale\":1.5}}");
        assertThat(out).hasToString(file + "\n");
        assertThat(err).hasToString("""
                        Waiting  2 jobs before this one
                        Generating  16 of 64 tokens, 812 tokens/s, 0.1 s left
                        Job j1, seed 42, model demo@1
                        Retrieved d7 (score 0.813): Zora Quill
                        Warning: the model has never seen: gryphon. It drew something all the same; `cm3 ingest` a picture that shows what is meant.
                        """);
    }

    @Test
    void generateNumbersTheFilesOfSeveralImages() throws IOException {
        completed();
        gateway.bytes("GET /v1/objects/images/b", png())
                .bytes("GET /v1/objects/images/a", png())
                .json("GET /v1/models", 200, "{\"data\":[{\"status\":\"serving\",\"defaults\":{\"candidates\":4}}]}")
                .json("GET /v1/models", 200, "{\"data\":[{\"status\":\"serving\",\"defaults\":{\"candidates\":1}}]}");

        int code = run(
                "generate", "a person", "-n", "2", "-o", folder.resolve("p.png").toString());

        assertThat(code).isZero();
        assertThat(folder.resolve("p-1.png")).exists();
        assertThat(folder.resolve("p-2.png")).exists();
        assertThat(body("POST /v1/generations")).contains("\"candidates\":4"); // as the model suggests
        run("generate", "a person", "-n", "2", "-o", folder.resolve("p.png").toString());
        assertThat(gateway.requests.stream().map(FakeGateway.Request::body))
                .anyMatch(b -> b.contains("\"candidates\":2"));
    }

    @Test
    void generateAsJsonIsTheJobAndItsFiles() throws IOException {
        completed();
        gateway.bytes("GET /v1/objects/images/b", png());
        Path file = folder.resolve("p.png");

        int code = run("generate", "a person", "--json", "-o", file.toString());

        assertThat(code).isZero();
        var json = Gateway.JSON.readTree(out.toString());
        assertThat(json.path("seed").asLong()).isEqualTo(42);
        assertThat(json.path("files").path(0).asString()).isEqualTo(file.toString());
    }

    @Test
    void generateSaysEverythingThatIsAsked() throws IOException {
        completed();
        gateway.bytes("GET /v1/objects/images/b", png());

        run(
                "generate",
                "a person",
                "--temperature",
                "0.7",
                "--top-p",
                "0.5",
                "--decoding",
                "both",
                "--candidates",
                "4",
                "--retrieve",
                "off",
                "-o",
                folder.resolve("p.png").toString());
        run(
                "generate",
                "a person",
                "--document",
                "d1",
                "--document",
                "d2",
                "-o",
                folder.resolve("p.png").toString());

        assertThat(gateway.requests.getFirst().body())
                .isEqualTo("{\"prompt\":\"a person\",\"candidates\":4,"
                        + "\"sampling\":{\"decoding\":\"both\",\"temperature\":0.7,\"top_p\":0.5},"
                        + "\"retrieval\":{\"documents\":0}}");
        assertThat(gateway.requests.stream()
                        .map(FakeGateway.Request::body)
                        .filter(b -> b.contains("given"))
                        .findFirst())
                .hasValue("{\"prompt\":\"a person\",\"retrieval\":{\"given\":[\"d1\",\"d2\"]}}");
    }

    @Test
    void wrongUsageIsSaidBeforeAnythingIsAsked() {
        assertThat(run("generate")).isEqualTo(2);
        assertThat(run("generate", "x", "-n", "3", "--candidates", "2")).isEqualTo(2);
        assertThat(run("generate", "x", "--retrieve", "some")).isEqualTo(2);
        assertThat(run("generate", "x", "--out", "a.gif")).isEqualTo(2);
        assertThat(run("generate", "x", "--out", folder + "/none/a.png")).isEqualTo(2);
        assertThat(run("caption", folder + "/none.png")).isEqualTo(2);
        assertThat(run("nonsense")).isEqualTo(2);
        assertThat(err.toString())
                .contains("cm3: Missing required parameter: 'PROMPT'\nSee: cm3 generate --help\n")
                .contains("need -n <= --candidates, got 3 and 2")
                .contains("need --retrieve with a number or off, got some")
                .contains("ends in .png, got a.gif")
                .contains("no such folder: " + folder + "/none")
                .contains("no such file: " + folder + "/none.png");
        assertThat(gateway.requests).isEmpty();
    }

    @Test
    void aRefusalNamesTheField() {
        gateway.json(
                "POST /v1/generations",
                400,
                "{\"title\":\"Bad Request\",\"status\":400,\"detail\":\"candidates is to be from 1 to 16, got 99\",\"field\":\"candidates\"}");

        int code = run("generate", "x", "--candidates", "99", "--json");

        assertThat(code).isEqualTo(2);
        assertThat(err).hasToString("cm3: candidates is to be from 1 to 16, got 99\n");
        assertThat(out.toString()).isEqualToIgnoringNewLines("""
                        {
                          "error" : {
                            "message" : "candidates is to be from 1 to 16, got 99",
                            "field" : "candidates",
                            "exit_code" : 2
                          }
                        }
                        """);
    }

    @Test
    void aFailedJobHasItsOwnExitCode() {
        String failed =
                "{\"id\":\"j1\",\"status\":\"failed\",\"failure\":{\"step\":\"tokenize\",\"reason\":\"too long\"}}";
        gateway.json("POST /v1/generations", 202, "{\"id\":\"j1\"}")
                .events("GET /v1/generations/j1/events", told(failed))
                .json("GET /v1/generations/j1", 200, failed);

        assertThat(run("generate", "x")).isEqualTo(4);
        assertThat(err).hasToString("cm3: job j1 failed in step tokenize: too long\n");
    }

    @Test
    void nobodyThereIsSaidAsSuch() {
        environment.put("CM3_URL", "http://127.0.0.1:9");

        assertThat(run("search", "x")).isEqualTo(3);
        assertThat(run("status")).isEqualTo(3);
        assertThat(err).hasToString("cm3: no platform answers at http://127.0.0.1:9\n");
    }

    @Test
    void aPlatformElsewhereMayBeInAFolderOfItsHost() {
        environment.put("CM3_URL", gateway.url() + "/cm3/");
        gateway.json("POST /cm3/v1/search", 200, "{\"documents\":[]}");

        assertThat(run("search", "x")).as(err.toString()).isZero();
        for (String wrong : List.of(gateway.url() + "?a=b", "http:x", "ftp://localhost", "localhost:8080")) {
            environment.put("CM3_URL", wrong);
            assertThat(run("search", "x")).isEqualTo(Failure.USAGE);
            assertThat(err.toString()).endsWith("need CM3_URL like http://127.0.0.1:8080, got " + wrong + "\n");
        }
    }

    @Test
    void aBrokenStreamIsTakenUpWhereItBroke() throws IOException {
        gateway.json("POST /v1/generations", 202, "{\"id\":\"j1\"}")
                .events("GET /v1/generations/j1/events", told("{\"status\":\"queued\"}"))
                .events("GET /v1/generations/j1/events", told(DONE))
                .json("GET /v1/generations/j1", 200, "{\"status\":\"queued\"}")
                .json("GET /v1/generations/j1", 200, DONE)
                .bytes("GET /v1/objects/images/b", png());

        int code = run("generate", "x", "-o", folder.resolve("p.png").toString());

        assertThat(code).isZero();
        assertThat(gateway.requests.stream()
                        .filter(r -> r.line().endsWith("/events"))
                        .map(FakeGateway.Request::lastEventId))
                .containsExactly("", "1");
    }

    @Test
    void captionAndAskSendThePictureAndWhatIsAsked() throws IOException {
        String said = "{\"id\":\"j1\",\"status\":\"completed\",\"candidates\":[{\"text\":\" red hair \"}]}";
        gateway.json("POST /v1/generations", 202, "{\"id\":\"j1\"}")
                .events("GET /v1/generations/j1/events", told(said))
                .json("GET /v1/generations/j1", 200, said);
        Path image = Files.write(folder.resolve("a.png"), png());

        int code = run("caption", image.toString());
        run("ask", image.toString(), "What colour is the hair?");
        run("ask", "--step-by-step", image.toString(), "Is the hair red?");
        run("ask", "--no-step-by-step", image.toString(), "Is the hair red?");
        run("caption", image.toString(), "--retrieve", "2");

        assertThat(code).isZero();
        assertThat(out).hasToString("red hair\n".repeat(5));
        assertThat(gateway.requests.stream()
                        .map(FakeGateway.Request::body)
                        .filter(b -> b.startsWith("{\"image\":{\"b64\":\"iVBOR"))
                        .map(b -> b.substring(b.indexOf('}') + 1)))
                .containsExactly(
                        "}",
                        ",\"question\":\"What colour is the hair?\"}",
                        ",\"question\":\"Is the hair red?\",\"step_by_step\":true}",
                        ",\"question\":\"Is the hair red?\",\"step_by_step\":false}",
                        ",\"retrieval\":{\"documents\":2}}");
    }

    @Test
    void fillSaysTheTextWithWhatWasLeftOut() throws IOException {
        String said = "{\"id\":\"j1\",\"status\":\"completed\",\"candidates\":[{\"text\":\" red\"}]}";
        gateway.json("POST /v1/generations", 202, "{\"id\":\"j1\"}")
                .events("GET /v1/generations/j1/events", told(said))
                .json("GET /v1/generations/j1", 200, said);
        String image = Files.write(folder.resolve("a.png"), png()).toString();

        int code = run("fill", image, "a person in a ___ jacket");
        run("fill", image, "the jacket is ___");
        int two = run("fill", image, "a ___ person in a ___ jacket");

        assertThat(code).isZero();
        assertThat(two).isEqualTo(Failure.USAGE);
        assertThat(out).hasToString("a person in a red jacket\nthe jacket is red\n");
        assertThat(err.toString()).contains("need a text with one gap, written ___, got 2 of them");
        assertThat(gateway.requests.stream()
                        .map(FakeGateway.Request::body)
                        .filter(body -> body.startsWith("{\"parts\""))
                        .map(body -> body.replaceAll("\"b64\":\"[^\"]*\"", "")))
                .containsExactly(
                        "{\"parts\":[{\"type\":\"text\",\"text\":\"a person in a\"},{\"type\":\"hole\",\"modality\":\"text\"},"
                                + "{\"type\":\"text\",\"text\":\" jacket\"},{\"type\":\"image\",\"image\":{}}],"
                                + "\"sampling\":{\"max_text_tokens\":8}}",
                        "{\"parts\":[{\"type\":\"text\",\"text\":\"the jacket is\"},{\"type\":\"hole\",\"modality\":\"text\"},"
                                + "{\"type\":\"image\",\"image\":{}}]}");
    }

    @Test
    void aNamedPictureBecomesADocumentAndIsWaitedFor() throws IOException {
        gateway.json("POST /v1/documents", 202, "{\"id\":\"d1\"}")
                .json("GET /v1/documents/d1", 200, "{\"id\":\"d1\",\"status\":\"added\"}")
                .json("GET /v1/documents/d1", 200, "{\"id\":\"d1\",\"status\":\"indexed\"}");
        Path image = Files.write(folder.resolve("zora.png"), png());

        int code = run("ingest", image.toString(), "--name", "Zora Quill", "--licence", "CC0-1.0");

        assertThat(code).isZero();
        assertThat(out).hasToString("indexed as d1\n");
        assertThat(body("POST /v1/documents"))
                .startsWith("{\"text\":\"Zora Quill\",\"image\":{\"b64\":\"iVBOR")
                .endsWith("\"licence\":\"CC0-1.0\"}");
    }

    @Test
    void aThingIsLaidOnACardInAQuarter() throws IOException {
        gateway.json("POST /v1/documents", 202, "{\"id\":\"d1\"}")
                .json("GET /v1/documents/d1", 200, "{\"id\":\"d1\",\"status\":\"indexed\"}");
        Path image = Files.write(folder.resolve("logo.png"), png());

        int code = run("ingest", image.toString(), "--name", "Voltiko", "--thing");

        assertThat(code).isZero();
        JsonNode sent = Gateway.JSON.readTree(body("POST /v1/documents"));
        assertThat(sent.path("text").asString()).isEqualTo("Voltiko at the top left on a white background");
        byte[] png = Base64.getDecoder().decode(sent.path("image").path("b64").asString());
        BufferedImage card = ImageIO.read(new ByteArrayInputStream(png));
        assertThat(card.getWidth()).isEqualTo(8);
        assertThat(card.getRGB(1, 1) & 0xffffff).isZero(); // the picture is black
        assertThat(card.getRGB(6, 1) & 0xffffff).isEqualTo(0xffffff);
        assertThat(card.getRGB(1, 6) & 0xffffff).isEqualTo(0xffffff);
        assertThat(run("ingest", image.toString(), "--caption", "a bolt", "--thing"))
                .isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("--thing needs a --name");
    }

    @Test
    void aPlatformThatIsAwayForAMomentIsWaitedFor() throws IOException {
        String away = "{\"detail\":\"the gateway is still reading the log\"}";
        gateway.json("POST /v1/documents", 503, away)
                .json("POST /v1/documents", 202, "{\"id\":\"d1\"}")
                .json("GET /v1/documents/d1", 503, away)
                .json("GET /v1/documents/d1", 200, "{\"id\":\"d1\",\"status\":\"indexed\"}");
        Path image = Files.write(folder.resolve("zora.png"), png());

        assertThat(run("ingest", image.toString(), "--name", "Zora Quill")).isZero();
        assertThat(out).hasToString("indexed as d1\n");
    }

    @Test
    void onePictureThatIsRefusedIsARefusal() throws IOException {
        gateway.json("POST /v1/documents", 422, "{\"detail\":\"image.b64 is not an image\",\"field\":\"image.b64\"}");
        Path image = Files.write(folder.resolve("zora.png"), png());

        assertThat(run("ingest", image.toString(), "--name", "Zora Quill", "--json"))
                .isEqualTo(Failure.USAGE);

        JsonNode error = Gateway.JSON.readTree(out.toString()).path("error");
        assertThat(error.path("field").asString()).isEqualTo("image.b64");
        assertThat(error.path("message").asString()).isEqualTo(image + " is not an image");
    }

    @Test
    void ingestCountsWhatIsTakenAndWhatIsNot() throws IOException {
        gateway.json("POST /v1/documents", 202, "{\"id\":\"d1\"}")
                .json("POST /v1/documents", 400, "{\"detail\":\"text is too long\",\"field\":\"text\"}")
                .json("GET /v1/documents/d1", 200, "{\"id\":\"d1\",\"status\":\"indexed\"}");
        Files.write(folder.resolve("a.png"), png());
        Files.writeString(folder.resolve("a.txt"), "an apple\n");
        Files.write(folder.resolve("b.png"), png());
        Files.writeString(folder.resolve("b.txt"), "a boat");
        Files.write(folder.resolve("c.jpg"), png());
        Files.writeString(folder.resolve("d.jpg"), "no picture");
        Files.writeString(folder.resolve("d.txt"), "a dog");

        int code = run("ingest", folder.toString());

        assertThat(code).isZero();
        assertThat(out).hasToString("1 indexed, 3 rejected\n");
        assertThat(err.toString())
                .contains("Rejected b.png: text is too long\n")
                .contains("Rejected c.jpg: no caption beside it: c.txt\n")
                .contains("Rejected d.jpg: " + folder.resolve("d.jpg") + " is neither PNG nor JPEG\n");
        assertThat(body("POST /v1/documents")).startsWith("{\"text\":\"an apple\"");
    }

    @Test
    void aPlaceWithNothingInItIsSaid() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));

        assertThat(run("ingest", empty.toString())).isEqualTo(Failure.USAGE);

        assertThat(err).asString().contains("nothing to take in").contains(empty.toString());
    }

    @Test
    void wrongUsageIsJsonToo() {
        assertThat(run("generate", "a person", "--seed", "seven", "--json")).isEqualTo(Failure.USAGE);

        assertThat(Gateway.JSON
                        .readTree(out.toString())
                        .path("error")
                        .path("message")
                        .asString())
                .contains("--seed");
        assertThat(err).asString().contains("cm3 generate --help");
    }

    @Test
    void aJobIsFollowedThroughARestartOfThePlatform() throws IOException {
        gateway.json("POST /v1/generations", 202, "{\"id\":\"j1\"}")
                .events("GET /v1/generations/j1/events", told("{\"status\":\"generating\"}"))
                .json("GET /v1/generations/j1", 503, "{\"detail\":\"reading the log\"}")
                .json("GET /v1/generations/j1/events", 503, "{\"detail\":\"reading the log\"}")
                .events("GET /v1/generations/j1/events", told(DONE))
                .json("GET /v1/generations/j1", 200, DONE)
                .bytes("GET /v1/objects/images/b", png());
        Path file = folder.resolve("portrait.png");

        assertThat(run("generate", "a person", "--out", file.toString())).isZero();
        assertThat(Files.readAllBytes(file)).isEqualTo(png());
    }

    @Test
    void searchPrintsScoresAndCaptions() {
        gateway.json(
                "POST /v1/search",
                200,
                "{\"documents\":[{\"document\":\"d1\",\"score\":0.91,\"text\":\"blue hair\",\"matched_terms\":[\"blue\"]},{\"document\":\"d2\",\"score\":0.5,\"text\":\"a boat\"}]}");

        assertThat(run("search", "blue", "hair", "-k", "2")).isZero();
        assertThat(gateway.requests.getLast().body()).isEqualTo("{\"text\":\"blue hair\",\"k\":2}");
        assertThat(out).hasToString("0.910  d1  blue hair  (by its words: blue)\n0.500  d2  a boat\n");
    }

    @Test
    void searchByAPictureSendsItAndNamesItsFileWhenItIsRefused() throws IOException {
        Path picture = Files.write(folder.resolve("p.png"), png());
        gateway.json("POST /v1/search", 200, "{\"documents\":[]}")
                .json("POST /v1/search", 422, "{\"detail\":\"image.b64 is not an image\",\"field\":\"image.b64\"}");

        assertThat(run("search", "--image", picture.toString(), "blue")).isZero();
        var asked = Gateway.JSON.readTree(gateway.requests.getLast().body());
        assertThat(asked.path("text").asString()).isEqualTo("blue");
        assertThat(Base64.getDecoder().decode(asked.path("image").path("b64").asString()))
                .isEqualTo(png());
        assertThat(out).hasToString("nothing was found\n");
        assertThat(run("search", "--image", picture.toString())).isNotZero();
        assertThat(err.toString()).contains(picture + " is not an image");
        assertThat(run("search")).isEqualTo(2);
        assertThat(err.toString()).contains("need TEXT or --image FILE, got neither");
    }

    @Test
    void trainShowsTheLossAndEndsWithTheModelAndHowToServeIt(@TempDir Path bundle) {
        String place = bundle.toString().replace('\\', '/');
        String done = "{\"id\":\"r1\",\"status\":\"completed\",\"model\":\"%s\",\"seconds\":75.2}".formatted(place);
        gateway.json("POST /v1/training-runs", 202, "{\"id\":\"r1\"}")
                .events(
                        "GET /v1/training-runs/r1/events",
                        "{\"run\":{\"status\":\"queued\"}}",
                        "{\"event\":{\"type\":\"training-progress.v1\",\"stage\":\"vq\",\"loss\":0.25},"
                                + "\"run\":{\"status\":\"running\",\"stage\":\"vq\",\"step\":10,\"steps\":100,\"loss\":0.25,"
                                + "\"tokens_per_second\":900.0,\"eta_seconds\":300}}",
                        "{\"run\":" + done + "}")
                .json("GET /v1/training-runs/r1", 200, done);

        assertThat(run("train", "demo-tiny")).isZero();
        assertThat(body("POST /v1/training-runs")).isEqualTo("{\"configuration\":\"demo-tiny\"}");
        assertThat(err).hasToString("""
                        Training run r1
                        queued
                        vq  step 10 of 100  loss 0.2500  900 tokens/s  5 min left  ▁
                        To draw with it: `cm3 models publish %s`, then `cm3 models promote` what that prints.
                        """.formatted(place));
        assertThat(out).hasToString(place + " after 75 s\n");
    }

    @Test
    void anIdThatIsNoneIsWrongUsage() {
        assertThat(run("replay", "a b")).isEqualTo(Failure.USAGE);
        assertThat(run("train", "--follow", "a b")).isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("/v1/generations/a b").doesNotContain("Exception");
        assertThat(gateway.requests).isEmpty();
    }

    @Test
    void serversAreChosenOnlyForAPlatformApart() {
        environment.remove("CM3_URL");
        environment.put("CM3_HOME", folder.toString());

        assertThat(run("up", "--store", "versitygw")).isEqualTo(Failure.USAGE);
        assertThat(run("up", "--index", "milvus-lite-3.2.2")).isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("--store, --index and --faults go with --apart");
    }

    @Test
    void whatMeansThisMachineIsRefusedForAPlatformElsewhere() {
        for (String command : List.of("up", "down", "logs")) {
            assertThat(run(command)).isEqualTo(Failure.USAGE);
        }
        assertThat(err.toString())
                .contains("CM3_URL names a platform elsewhere: only one of this machine can be")
                .contains("can be started", "can be stopped", "can be looked into");
    }

    @Test
    void aPlatformApartOfWhichNothingRunsIsSaidWithTheWaysOut() throws IOException {
        apart();

        assertThat(run("search", "x")).isEqualTo(Failure.NOT_REACHABLE);
        assertThat(err.toString()).contains("`cm3 up --apart` starts it again, `cm3 down` forgets it");
    }

    @Test
    void aPlatformApartWhoseServersAreStartingIsStarting() throws IOException {
        apart();
        Path lock = folder.resolve("up.lock");
        try (var channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var held = channel.lock()) {
            assertThat(run("search", "x")).isEqualTo(Failure.NOT_REACHABLE);
        }
        assertThat(err.toString()).contains("the platform apart is starting").doesNotContain("does not run");
    }

    @Test
    void aResultThatCouldNotBeWrittenIsAFailure() {
        gateway.json("POST /v1/search", 200, "{\"documents\":[]}");

        assertThat(Cm3.run(intoNothing(), environment, "search", "x")).isEqualTo(Failure.OTHER);
        assertThat(err).hasToString("cm3: standard output could not be written\n");
    }

    @Test
    @Timeout(30)
    void aLogThatNobodyReadsAnyMoreIsNotFollowed() throws IOException {
        environment.remove("CM3_URL");
        environment.put("CM3_HOME", folder.toString());
        Files.writeString(Files.createDirectory(folder.resolve("logs")).resolve("platform.log"), "x\n");

        assertThat(Cm3.run(intoNothing(), environment, "logs", "-f")).isEqualTo(Failure.OTHER);
    }

    /// As a pipe whose reader has ended.
    private Terminal intoNothing() {
        var nothing = new Writer() {
            @Override
            public void write(char[] text, int from, int length) throws IOException {
                throw new IOException("Broken pipe");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        return new Terminal(
                new PrintWriter(nothing, true), new PrintWriter(err, true), false, false, Terminal.Colours.NONE, 80);
    }

    @Test
    @Timeout(30)
    void aLogIsFollowedWhileItIsBegunAnew() throws Exception {
        environment.remove("CM3_URL");
        environment.put("CM3_HOME", folder.toString());
        Path log = Files.createDirectory(folder.resolve("logs")).resolve("platform.log");
        Files.writeString(log, "old\n");
        var following = new Thread(() -> run("logs", "-f"));
        following.start();
        await("old\n");

        Files.move(log, log.resolveSibling("platform.log.1"));
        Thread.sleep(500);
        Files.writeString(log, "new\n");

        await("old\nnew\n");
        following.interrupt();
        following.join();
    }

    private void await(String written) throws InterruptedException {
        while (!out.toString().equals(written)) Thread.sleep(20);
    }

    private void apart() throws IOException {
        environment.remove("CM3_URL");
        environment.put("CM3_HOME", folder.toString());
        Files.createDirectories(folder.resolve("apart"));
        Files.writeString(folder.resolve("apart/apart.json"), """
                {"store":"minio","index":"milvus-lite-3.2.2","faults":false,"ports":{"gateway":9}}""");
    }

    @Test
    void theWayToThePlatformIsLookedForOnce() {
        var terminal = new Terminal(
                new PrintWriter(out, true), new PrintWriter(err, true), false, false, Terminal.Colours.NONE, 80);
        var shared = new Shared(terminal, environment);

        assertThat(shared.gateway()).isSameAs(shared.gateway());
    }

    /// Each event of the past comes with the run as it is now.
    @Test
    void aRunThatIsJoinedLaterShowsTheLossesOfItsPast() {
        String now = "\"run\":{\"status\":\"running\",\"stage\":\"vq\",\"step\":30,\"steps\":100,\"loss\":1.0,"
                + "\"tokens_per_second\":900.0,\"eta_seconds\":300}}";
        String done = "{\"id\":\"r1\",\"status\":\"completed\",\"seconds\":75.2}";
        gateway.events(
                        "GET /v1/training-runs/r1/events",
                        "{\"event\":{\"type\":\"training-started.v1\"}," + now,
                        "{\"event\":{\"type\":\"training-progress.v1\",\"stage\":\"vq\",\"loss\":8.0}," + now,
                        "{\"event\":{\"type\":\"training-progress.v1\",\"stage\":\"vq\",\"loss\":4.5}," + now,
                        "{\"event\":{\"type\":\"checkpoint-saved.v1\"}," + now,
                        "{\"event\":{\"type\":\"training-progress.v1\",\"stage\":\"vq\",\"loss\":1.0}," + now,
                        "{\"run\":" + done + "}")
                .json("GET /v1/training-runs/r1", 200, done);

        var terminal = new Terminal(
                new PrintWriter(out, true), new PrintWriter(err, true), false, true, Terminal.Colours.NONE, 120);
        assertThat(Cm3.run(terminal, environment, "train", "--follow", "r1")).isZero();
        assertThat(err.toString()).contains("loss 1.0000  900 tokens/s  5 min left  █▅▁");
    }

    @Test
    void aSweepIsARunThatEndsWithATableAndAPlot(@TempDir Path folder) throws Exception {
        Path search = Files.writeString(folder.resolve("rates.json"), "{\"name\":\"rates\",\"budget_steps\":30}");
        String table = "{\"metric\":\"loss\",\"budget_steps\":30,\"spent_steps\":20,\"trials\":["
                + "{\"rank\":1,\"trial\":\"002\",\"steps\":20,\"loss\":3.25,\"changes\":{\"transformer.learning_rate\":0.01}},"
                + "{\"rank\":2,\"trial\":\"001\",\"steps\":0,\"loss\":\"not run\",\"changes\":{\"transformer.learning_rate\":0.1}}]}";
        String written = folder.resolve("r1/sweep.json").toString().replace('\\', '/');
        String done = "{\"id\":\"r1\",\"status\":\"completed\",\"model\":\"runs/r1/sweep.json\",\"seconds\":75.2}";
        gateway.json("POST /v1/training-runs", 202, "{\"id\":\"r1\"}")
                .events(
                        "GET /v1/training-runs/r1/events",
                        "{\"run\":{\"status\":\"running\",\"stage\":\"sweep\",\"step\":10,\"steps\":30,\"loss\":3.5,"
                                + "\"tokens_per_second\":0,\"eta_seconds\":30}}",
                        "{\"run\":" + done + "}")
                .json("GET /v1/training-runs/r1", 200, done)
                .json("GET /v1/training-runs/r1", 200, done.replace("runs/r1/sweep.json", written))
                .json("GET /v1/objects/runs/r1/sweep.json", 200, table)
                .bytes("GET /v1/objects/runs/r1/sweep.png", new byte[] {1, 2});
        String shown = """
                        rank  trial  steps  loss        transformer.learning_rate
                           1    002     20  3.25000     0.01
                           2    001      0  not run     0.1
                        20 of 30 steps
                        Plot: %s
                        """;

        // the job was elsewhere: what it made is in the object store
        assertThat(run("train", "sweep", search.toString())).isZero();
        assertThat(body("POST /v1/training-runs"))
                .isEqualTo("{\"configuration\":{\"name\":\"rates\",\"budget_steps\":30}}");
        Path fetched = folder.resolve("sweep-r1.png");
        assertThat(out).hasToString(shown.formatted(fetched));
        assertThat(err.toString()).contains("sweep  step 10 of 30  loss 3.5000");
        assertThat(fetched).hasBinaryContent(new byte[] {1, 2});

        // it was a process on another machine
        out.getBuffer().setLength(0);
        assertThat(run("train", "sweep", search.toString())).isZero();
        assertThat(out).hasToString("The table and the plot are where the run was: " + written + "\n");

        // it was on this machine
        Files.createDirectories(folder.resolve("r1"));
        Files.writeString(folder.resolve("r1/sweep.json"), table);
        out.getBuffer().setLength(0);
        assertThat(run("train", "sweep", search.toString())).isZero();
        assertThat(out).hasToString(shown.formatted(folder.resolve("r1/sweep.png")));

        Path configuration = Files.writeString(folder.resolve("c.json"), "{\"name\":\"demo\"}");
        assertThat(run("train", "sweep", configuration.toString())).isEqualTo(2);
    }

    @Test
    void aRunSaysWhatItAsksOfACluster() {
        gateway.json("POST /v1/training-runs", 202, "{\"id\":\"r1\"}");

        assertThat(run("train", "demo", "--detach", "--job", "{\"workers\": 2}"))
                .isZero();
        assertThat(body("POST /v1/training-runs")).isEqualTo("{\"configuration\":\"demo\",\"job\":{\"workers\":2}}");
        assertThat(run("train", "demo", "--job", "two")).isEqualTo(2);
        assertThat(run("train", "demo", "--detach", "--from-scratch")).isZero();
        assertThat(run("train", "--follow", "r1", "--from-scratch")).isEqualTo(2);
        assertThat(run("train", "--follow", "r1", "--job", "{}")).isEqualTo(2);
        assertThat(run("train", "--list", "--detach")).isEqualTo(2);
        assertThat(err.toString()).contains("--job is asked for a new run", "--detach leaves a new run alone");
    }

    @Test
    void aRunIsSuspendedAndResumed() {
        gateway.json("POST /v1/training-runs/r1/suspend", 202, "{\"id\":\"r1\"}")
                .json("POST /v1/training-runs/r1/resume", 202, "{\"id\":\"r1\"}");

        assertThat(run("train", "--suspend", "r1")).isZero();
        assertThat(run("train", "--resume", "r1")).isZero();
        assertThat(out).hasToString("suspend asked of r1\nresume asked of r1\n");
    }

    @Test
    void aFailedRunSaysWhy() {
        String failed = "{\"id\":\"r1\",\"status\":\"failed\",\"reason\":\"vq: the loss is not a number\"}";
        gateway.json("POST /v1/training-runs", 202, "{\"id\":\"r1\"}")
                .events("GET /v1/training-runs/r1/events", "{\"run\":" + failed + "}")
                .json("GET /v1/training-runs/r1", 200, failed);

        assertThat(run("train", "demo")).isEqualTo(4);
        assertThat(err.toString()).endsWith("cm3: run r1 failed: vq: the loss is not a number\n");
    }

    @Test
    void deadLettersAreListedAndReplayed() {
        gateway.json(
                        "GET /v1/dead-letters?limit=200&after=-1",
                        200,
                        "{\"dead_letters\":[{\"topic\":\"dead-letters\",\"partition\":0,\"offset\":7,\"original_topic\":\"generation-requested.v1\","
                                + "\"subject\":\"j9\",\"reason\":\"not a GenerationEvent\",\"at\":\"2026-01-01T12:00:00Z\"}]}")
                .json("POST /v1/dead-letters/dead-letters/0/7/replay", 202, "{\"offset\":7}");

        assertThat(run("dlq", "list")).isZero();
        assertThat(run("dlq", "replay", "--all")).isZero();
        assertThat(run("dlq", "replay", "nonsense")).isEqualTo(2);
        assertThat(out).hasToString("""
                        dead-letters/0/7  2026-01-01T12:00:00Z  from generation-requested.v1 of j9: not a GenerationEvent
                        replayed 1
                        """);
    }

    @Test
    void deadLettersOfMoreThanOnePageAreAllReplayed() {
        for (int page = 0; page < 2; page++) {
            gateway.json(
                    "GET /v1/dead-letters?limit=200&after=" + (200 * page - 1),
                    200,
                    IntStream.range(200 * page, 200 + page)
                            .mapToObj("{\"topic\":\"dead-letters\",\"partition\":0,\"offset\":%d}"::formatted)
                            .collect(Collectors.joining(",", "{\"dead_letters\":[", "]}")));
        }
        for (int offset = 0; offset < 201; offset++) {
            gateway.json("POST /v1/dead-letters/dead-letters/0/" + offset + "/replay", 202, "{}");
        }

        assertThat(run("dlq", "replay", "--all")).isZero();
        assertThat(out).hasToString("replayed 201\n");
    }

    @Test
    void replayComparesTheImagesOfEachCandidate() {
        String other = DONE.replace("images/a", "images/c");
        gateway.json("GET /v1/generations/j1", 200, DONE)
                .json("POST /v1/generations", 202, "{\"id\":\"j2\"}")
                .events("GET /v1/generations/j2/events", told(other))
                .json("GET /v1/generations/j2", 200, other);

        assertThat(run("replay", "j1")).isEqualTo(1);
        assertThat(out).hasToString("1 of 2 candidates are the same: NOT reproduced\n");
        assertThat(body("POST /v1/generations"))
                .isEqualTo(
                        "{\"parts\":[{\"type\":\"text\",\"text\":\"a person\"},{\"type\":\"hole\",\"modality\":\"image\"}],"
                                + "\"candidates\":2,\"seed\":42,\"model\":\"demo@1\","
                                + "\"sampling\":{\"temperature\":0.9},\"retrieval\":{\"given\":[\"d7\"]}}");
    }

    @Test
    void benchMeasuresWhatIsNotDecoding() {
        String done = "{\"id\":\"j1\",\"status\":\"completed\"}";
        gateway.json("POST /v1/generations", 202, "{\"id\":\"j1\"}")
                .events("GET /v1/generations/j1/events", told(done))
                .json("GET /v1/generations/j1", 200, done)
                .json("GET /v1/generations/j1/timeline", 200, """
                        {"steps":[
                          {"type":"generation-requested.v1","milliseconds_since_previous":0,"milliseconds_since_start":0,"outputs":{}},
                          {"type":"candidates-generated.v1","milliseconds_since_previous":30,"milliseconds_since_start":30,"outputs":{"decode_seconds":0.02}},
                          {"type":"generation-completed.v1","milliseconds_since_previous":12.5,"milliseconds_since_start":42.5,"outputs":{}}]}
                        """);

        assertThat(run("bench", "platform", "--jobs", "3")).isZero();
        assertThat(out.toString()).startsWith("outside the decode loop: p50 22.5 ms, p99 22.5 ms over 3 jobs\n");
    }

    @Test
    void percentilesAreValuesThatOccurred() {
        assertThat(BenchPlatformCommand.percentile(List.of(1.0, 2.0, 3.0, 4.0), 50))
                .isEqualTo(2);
        assertThat(BenchPlatformCommand.percentile(List.of(4.0, 3.0, 2.0, 1.0), 99))
                .isEqualTo(4);
    }

    @Test
    void everyCommandHasHelp() {
        for (String command :
                "generate caption ask ingest search train evaluate models replay up down status logs dlq servers bench test"
                        .split(" ")) {
            out.getBuffer().setLength(0);

            assertThat(run(command, "--help")).isZero();
            assertThat(out.toString()).startsWith("Usage: cm3 " + command);
        }
    }

    @Test
    void aCorpusBesideItsConfigurationIsToldByItsWholePath(@TempDir Path folder) throws IOException {
        Path emoji = Files.createDirectory(folder.resolve("emoji"));
        Path file = Files.writeString(folder.resolve("a.json"), """
                {"shards": {"corpus": "emoji"}, "finetune": [{"corpora": {"coco": {"corpus": "emoji"}}}]}""");
        Path elsewhere = Files.writeString(folder.resolve("b.json"), "{\"shards\": {\"corpus\": \"in-the-pod\"}}");

        assertThat(corpus(file)).isEqualTo(emoji.toString());
        assertThat(TrainCommand.request(file.toString())
                        .at("/configuration/finetune/0/corpora/coco/corpus")
                        .asString())
                .isEqualTo(emoji.toString());
        assertThat(corpus(elsewhere)).isEqualTo("in-the-pod");
    }

    private static String corpus(Path file) throws IOException {
        return TrainCommand.request(file.toString())
                .at("/configuration/shards/corpus")
                .asString();
    }

    @Test
    void aSparklineSpansItsValues() {
        assertThat(TrainCommand.sparkline(List.of(8.0, 4.5, 1.0))).isEqualTo("█▅▁");
        assertThat(TrainCommand.sparkline(List.of(1.0, 1.0))).isEqualTo("▁▁");
    }

    private void completed() {
        gateway.json("POST /v1/generations", 202, "{\"id\":\"j1\"}")
                .events("GET /v1/generations/j1/events", told(DONE))
                .json("GET /v1/generations/j1", 200, DONE);
    }

    private int run(String... arguments) {
        var terminal = new Terminal(
                new PrintWriter(out, true), new PrintWriter(err, true), false, false, Terminal.Colours.NONE, 80);
        return Cm3.run(terminal, environment, arguments);
    }

    private String body(String line) {
        return gateway.requests.stream()
                .filter(request -> request.line().equals(line))
                .map(FakeGateway.Request::body)
                .findFirst()
                .orElse("never asked");
    }

    private static String told(String generation) {
        return "{\"event\":{},\"generation\":%s}".formatted(generation);
    }

    private static byte[] png() {
        var bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Arrays.copyOf(bytes.toByteArray(), bytes.size());
    }
}
