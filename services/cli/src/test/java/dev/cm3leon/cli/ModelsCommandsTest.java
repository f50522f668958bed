package dev.cm3leon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ModelsCommandsTest {

    private static final String SERVING = """
            {"id":"demo","version":"2","status":"serving","share":0.8,"licence":"CC0-1.0","evaluation":{"psnr":27.5}}""";
    private static final String CANARY = """
            {"id":"demo","version":"3","status":"canary","share":0.2,"licence":"CC0-1.0","run":"r-1","jobs":{"failed":2,"completed":38},\
            "evaluation":{}}""";

    private static final String RED =
            "6ace33171ce0acb6891e3cc311d75a97aa429d77c05cba600d49ed9652ed49de"; // the digest of its line
    private static final String WIDTH =
            "a5fa3de31f44ae1fa6c7891f74fb3d0c37685ece6c2ff0c27aa77ca390e52282"; // of {"width":8}

    @TempDir
    Path folder;

    private final FakeGateway gateway = new FakeGateway();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @AfterEach
    void close() {
        gateway.close();
    }

    @Test
    void modelsAreListedWithTheirShares() {
        gateway.json("GET /v1/models", 200, "{\"data\":[" + SERVING + "," + CANARY + "]}");

        assertThat(run("models")).isZero();
        assertThat(out.toString())
                .contains(
                        "demo@2  serving, draws 80 % of the jobs",
                        "psnr 27.5",
                        "demo@3  canary, draws 20 % of the jobs, jobs: 2 failed, 38 completed",
                        "of run r-1");
        String listed = out.toString();
        assertThat(run("models", "list")).isZero();
        assertThat(out.toString()).isEqualTo(listed + listed);
    }

    @Test
    void aVersionIsPromotedByItsShareAndRolledBack() {
        gateway.json("POST /v1/models/demo/3/promote", 200, CANARY)
                .json("POST /v1/models/demo/3/rollback", 200, CANARY);

        assertThat(run("models", "promote", "demo@3", "--share", "0.2")).isZero();
        assertThat(run("models", "rollback", "demo@3")).isZero();

        assertThat(gateway.requests).extracting(FakeGateway.Request::body).containsExactly("{\"share\":0.2}", "{}");
    }

    @Test
    void aRefusedPromotionSaysWhyAndExitsWithTwo() {
        String reason = "demo@3 is not promoted: need psnr >= 18.0, got 17.2";
        gateway.json("POST /v1/models/demo/3/promote", 409, "{\"detail\":\"" + reason + "\"}");

        assertThat(run("models", "promote", "demo@3")).isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains(reason);

        assertThat(run("models", "promote", "demo")).isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("NAME@VERSION", "got demo");
    }

    @Test
    void aFolderIsPublishedFileByFileAndItsManifestLast() throws IOException {
        Files.writeString(
                folder.resolve("model.json"),
                "{\"name\":\"demo\",\"version\":\"3\",\"licence\":\"CC0-1.0\",\"files\":{\"words.txt\":\"" + RED
                        + "\"}," + "\"training\":{\"seed\":1,\"psnr\":20.5,\"configuration\":\"c\"}}");
        Files.writeString(folder.resolve("words.txt"), "red\n");
        Files.writeString(folder.resolve("more.json"), "{\"all_right\":0.9}");
        gateway.json("PUT /v1/models/demo/3/files/words.txt", 200, "{}")
                .json("PUT /v1/models/demo/3/files/model.json", 200, "{}")
                .json("POST /v1/models/demo/3", 201, CANARY);

        assertThat(run(
                        "models",
                        "publish",
                        folder.toString(),
                        "--evaluation",
                        folder.resolve("more.json").toString()))
                .isZero();

        assertThat(gateway.requests)
                .extracting(FakeGateway.Request::line)
                .containsExactly(
                        "PUT /v1/models/demo/3/files/words.txt",
                        "PUT /v1/models/demo/3/files/model.json",
                        "POST /v1/models/demo/3");
        JsonNode manifest = Gateway.JSON.readTree(gateway.requests.getLast().body());
        assertThat(manifest.path("evaluation").propertyNames()).containsExactlyInAnyOrder("psnr", "all_right");
        assertThat(manifest.path("files").path("words.txt").path("bytes").asInt())
                .isEqualTo(4);
        assertThat(manifest.path("files").path("words.txt").path("sha256").asString())
                .isEqualTo(RED);
    }

    @Test
    void aQuantizedModelIsAnotherVersionOfTheSameFilesButForThePrecision() throws IOException {
        Files.createDirectories(folder.resolve("from/transformer"));
        Files.writeString(
                folder.resolve("from/model.json"),
                "{\"name\":\"demo\",\"version\":\"3\",\"files\":{\"transformer/config.json\":\"%s\",\"words.txt\":\"%s\"}}"
                        .formatted(WIDTH, RED));
        Files.writeString(folder.resolve("from/transformer/config.json"), "{\"width\":8}");
        Files.writeString(folder.resolve("from/words.txt"), "red\n");
        String from = folder.resolve("from").toString();
        Path to = folder.resolve("to");

        assertThat(run("models", "quantize", from, "--precision", "int8", "--output", to.toString()))
                .isZero();

        JsonNode model = Gateway.JSON.readTree(Files.readString(to.resolve("model.json")));
        assertThat(model.path("version").asString()).isEqualTo("3-int8");
        assertThat(model.path("files").path("words.txt").asString()).isEqualTo(RED);
        assertThat(model.path("files").path("transformer/config.json").asString())
                .isEqualTo(ModelsPublishCommand.sha256(to.resolve("transformer/config.json")));
        assertThat(Gateway.JSON.readTree(Files.readString(to.resolve("transformer/config.json"))))
                .isEqualTo(Gateway.JSON.readTree("{\"width\":8,\"precision\":\"int8\"}"));
        assertThat(Files.readString(to.resolve("words.txt"))).isEqualTo("red\n");
        assertThat(out.toString()).contains("demo@3-int8", "models publish");
        assertThat(run("models", "quantize", from, "--precision", "int8", "--output", to.toString()))
                .isEqualTo(Failure.USAGE);
        assertThat(run("models", "quantize", from, "--precision", "int2", "--output", "b"))
                .isEqualTo(Failure.USAGE);
    }

    @Test
    void aPublishedClipTakesThePlaceOfTheBundlesOwnInAVersionOfItsOwn() throws IOException {
        Files.writeString(
                folder.resolve("model.json"),
                "{\"name\":\"demo\",\"version\":\"3\",\"image_size\":64," + "\"files\":{\"words.txt\":\"" + RED
                        + "\",\"clip/config.json\":\"\",\"clip/model.safetensors\":\"\"}}");
        Files.writeString(folder.resolve("words.txt"), "red\n");
        Path clip = Files.createDirectory(folder.resolve("vit"));
        for (String file : List.of("config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors")) {
            Files.writeString(clip.resolve(file), file);
        }
        for (String file : List.of("pytorch_model.bin", "open_clip_model.safetensors", "vocab.json")) {
            Files.writeString(clip.resolve(file), "not read");
        }
        String version = "/v1/models/demo/8a13a8283b9a";
        List<String> files = List.of(
                "words.txt",
                "clip/config.json",
                "clip/model.safetensors",
                "clip/preprocessor_config.json",
                "clip/tokenizer.json",
                "model.json");
        files.forEach(file -> gateway.json("PUT " + version + "/files/" + file, 200, "{}"));
        gateway.json("POST " + version, 201, CANARY);

        assertThat(run("models", "publish", folder.toString(), "--clip", clip.toString()))
                .as(err.toString())
                .isZero();

        assertThat(gateway.requests)
                .extracting(FakeGateway.Request::line)
                .startsWith(files.stream()
                        .map(file -> "PUT " + version + "/files/" + file)
                        .toArray(String[]::new))
                .endsWith("POST " + version);
        assertThat(gateway.requests.get(1).body()).isEqualTo("config.json");
        JsonNode model = Gateway.JSON.readTree(gateway.requests.get(5).body());
        assertThat(model.path("files").propertyNames()).containsExactlyElementsOf(files.subList(0, 5));
        assertThat(model.path("image_size").asInt()).isEqualTo(64);
        JsonNode manifest = Gateway.JSON.readTree(gateway.requests.getLast().body());
        assertThat(manifest.path("files").propertyNames()).containsExactlyElementsOf(files);
        assertThat(manifest.path("files").path("clip/config.json").path("sha256"))
                .isEqualTo(model.path("files").path("clip/config.json"));

        assertThat(run(
                        "models",
                        "publish",
                        folder.toString(),
                        "--clip",
                        folder.resolve("none").toString()))
                .isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("cannot read " + folder.resolve("none"));
    }

    @Test
    void aDamagedFileIsNotPublishedWithAnotherClipEither() throws IOException {
        Files.writeString(
                folder.resolve("model.json"),
                "{\"name\":\"demo\",\"version\":\"3\",\"files\":{\"words.txt\":\"" + RED + "\"}}");
        Files.writeString(folder.resolve("words.txt"), "rod\n");
        Path clip = Files.createDirectory(folder.resolve("vit"));
        Files.writeString(clip.resolve("config.json"), "{}");

        assertThat(run("models", "publish", folder.toString(), "--clip", clip.toString()))
                .isEqualTo(Failure.USAGE);
        assertThat(run("models", "publish", folder.toString())).isEqualTo(Failure.USAGE);

        assertThat(err.toString())
                .contains(
                        "need SHA-256 %s of %s, as model.json says, got ".formatted(RED, folder.resolve("words.txt")));
        assertThat(gateway.requests).isEmpty();
    }

    @Test
    void whatCannotBeQuantizedIsRefusedAndLeavesNothing() throws IOException {
        Path from = Files.createDirectories(folder.resolve("from/transformer")).getParent(),
                to = folder.resolve("made/to");
        Files.writeString(folder.resolve("outside"), "red\n");
        Files.writeString(from.resolve("transformer/config.json"), "{\"width\":8}");
        Files.createDirectory(to.getParent());
        String missing = "{\"files\":{\"words.txt\":\"%s\"}}".formatted(RED);
        String outside = "{\"files\":{\"../outside\":\"%s\"}}".formatted(RED);
        String damaged = "{\"files\":{\"transformer/config.json\":\"%s\"}}".formatted(RED);

        Map<String, String> reasons = Map.of(
                "{}",
                "need an object for files of model.json, got",
                "{",
                "model.json is not JSON",
                "[]",
                "need a JSON object in ",
                missing,
                "cannot read " + from.resolve("words.txt"),
                outside,
                "for path, got '../outside'",
                damaged,
                "need SHA-256 " + RED + " of " + from.resolve("transformer/config.json"));
        assertThat(quantize(from, to)).isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("cannot read " + from.resolve("model.json"));
        reasons.forEach((json, reason) -> {
            err.getBuffer().setLength(0);
            try {
                Files.writeString(from.resolve("model.json"), json);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            assertThat(quantize(from, to)).as(json).isEqualTo(Failure.USAGE);
            assertThat(err.toString()).contains(reason);
        });
        assertThat(to.getParent()).isEmptyDirectory();
    }

    private int quantize(Path from, Path to) {
        return run("models", "quantize", from.toString(), "--precision", "int8", "--output", to.toString());
    }

    @Test
    void aFolderThatIsNoModelIsRefused() {
        assertThat(run("models", "publish", folder.toString())).isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("model.json");
    }

    private int run(String... arguments) {
        Map<String, String> environment = Map.of("CM3_URL", gateway.url());
        var terminal = new Terminal(
                new PrintWriter(out, true), new PrintWriter(err, true), false, false, Terminal.Colours.NONE, 80);
        return Cm3.run(terminal, environment, arguments);
    }
}
