package dev.cm3leon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What reaches the main classes of the built checkout, which here are one that writes down its arguments.
class EvaluateCommandTest {
    private static final String TRAINER = "services/trainer-job/target/job/lib";
    private static final String PLATFORM = "services/standalone/target/platform/lib";

    @TempDir
    Path checkout;

    private final FakeGateway gateway = new FakeGateway();
    private final Map<String, String> environment = new HashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void checkout() {
        System.setProperty("cm3.checkout", checkout.toString());
        environment.putAll(Map.of("CM3_URL", gateway.url(), "CM3_HOME", home().toString()));
    }

    @AfterEach
    void close() {
        System.clearProperty("cm3.checkout");
        gateway.close();
    }

    @Test
    void theModelThatServesIsMeasuredByARulerOfTheHome() throws IOException {
        main(TRAINER, "dev.cm3leon.trainer.evaluation", "EvaluateMain");
        serves("scenes");

        int code = run(
                "evaluate",
                "--output",
                output().toString(),
                "--parts",
                "captions,things",
                "--prompts",
                "10",
                "--sampling",
                "{\"guidance_scale\": 2}");

        assertThat(code).isZero();
        assertThat(told())
                .containsExactly(
                        "--gateway",
                        gateway.url(),
                        "--output",
                        output().toString(),
                        "--model",
                        "classpath:models/scenes",
                        "--ruler",
                        home().resolve("evaluation/ruler.safetensors").toString(),
                        "--parts",
                        "captions,things",
                        "--prompts",
                        "10",
                        "--sampling",
                        "{\"guidance_scale\": 2}");
        assertThat(err)
                .hasToString("Written: %s, %s%n"
                        .formatted(output().resolve("evaluation.md"), output().resolve("evaluation.json")));
    }

    @Test
    void anotherKindIsAnotherMainClassWithoutARuler() throws IOException {
        main(TRAINER, "dev.cm3leon.trainer.evaluation", "OwnPicturesMain");
        serves("scenes");

        assertThat(run("evaluate", "own-pictures", "--output", output().toString(), "--seed", "2"))
                .isZero();

        assertThat(told())
                .containsExactly(
                        "--gateway",
                        gateway.url(),
                        "--output",
                        output().toString(),
                        "--model",
                        "classpath:models/scenes",
                        "--seed",
                        "2");
    }

    @Test
    void tokenizersOfModelsAndAloneAreMeasuredWithoutThePlatform() throws IOException {
        main(TRAINER, "dev.cm3leon.trainer.evaluation", "TokenizersMain");
        Path alone = Files.createFile(checkout.resolve("emoji.safetensors"));

        assertThat(run(
                        "evaluate",
                        "tokenizers",
                        "-o",
                        output().toString(),
                        "--model",
                        "demo",
                        "--model",
                        alone.toString(),
                        "--seed",
                        "2"))
                .isZero();

        assertThat(told())
                .containsExactly(
                        "--output", output().toString(), "--model", "classpath:models/demo," + alone, "--seed", "2");
        assertThat(run("evaluate", "tokenizers", "-o", output().toString())).isZero();
        assertThat(told()).containsExactly("--output", output().toString());
        assertThat(run("evaluate", "decoding", "-o", "o", "--model", "demo", "--model", "scenes"))
                .isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("need one --model, got [demo, scenes]");
        assertThat(run("evaluate", "tokenizers", "-o", "o", "--model", "demo,scenes"))
                .isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("need no comma in --model of tokenizers, got demo,scenes");
        assertThat(gateway.requests).isEmpty();
    }

    @Test
    void asJsonItIsWhatWasWritten() throws IOException {
        main(TRAINER, "dev.cm3leon.trainer.evaluation", "RetrievalMain");
        serves("scenes");
        Files.createDirectories(output());
        Files.writeString(output().resolve("retrieval.json"), "{\"model\":\"scenes@1\"}");

        assertThat(run("evaluate", "retrieval", "-o", output().toString(), "--json"))
                .isZero();

        assertThat(Gateway.JSON.readTree(out.toString()).path("model").asString())
                .isEqualTo("scenes@1");
    }

    @Test
    void itsExitCodeIsTheCommands() throws IOException {
        main(TRAINER, "dev.cm3leon.trainer.evaluation", "DecodingMain");
        serves("scenes");

        assertThat(run("evaluate", "decoding", "-o", output().toString(), "--seed", "refused"))
                .isEqualTo(2);
        assertThat(err.toString()).doesNotContain("Written");
    }

    @Test
    void asJsonAFailureIsADocumentToo() throws IOException {
        main(TRAINER, "dev.cm3leon.trainer.evaluation", "DecodingMain");
        serves("scenes");

        assertThat(run("evaluate", "decoding", "-o", output().toString(), "--seed", "refused", "--json"))
                .isEqualTo(2);
        assertThat(error()).isEqualTo("DecodingMain ended with exit code 2: what it said is on standard error");
        main(TRAINER, "dev.cm3leon.trainer.plan", "PlanMain");
        assertThat(run("train", "plan", "--size", "refused", "--json")).isEqualTo(2);
        assertThat(error()).startsWith("PlanMain ended with exit code 2");
    }

    private String error() {
        var error = Gateway.JSON.readTree(out.toString()).path("error");
        out.getBuffer().setLength(0);
        assertThat(error.path("exit_code").asInt()).isEqualTo(2);
        return error.path("message").asString();
    }

    @Test
    void aModelOfItsOwnIsToldByItsFolder() throws IOException {
        main(TRAINER, "dev.cm3leon.trainer.evaluation", "EvaluateMain");
        serves("mine");

        assertThat(run("evaluate", "-o", output().toString())).isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("mine@1 serves", "--model");
        assertThat(run("evaluate", "-o", output().toString(), "--model", "mine"))
                .isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("need --model scenes, demo or a folder with a model.json, got mine");

        Path bundle = Files.createDirectory(checkout.resolve("bundle"));
        Files.writeString(bundle.resolve("model.json"), "{}");
        assertThat(run("evaluate", "-o", output().toString(), "--model", bundle.toString()))
                .isZero();
        assertThat(told()).containsSequence("--model", bundle.toString());
    }

    @Test
    void whatItDoesNotKnowIsRefusedByName() {
        assertThat(run("evaluate", "all", "-o", "o")).isEqualTo(Failure.USAGE);
        assertThat(run("evaluate", "-o", "o", "--promts", "10")).isEqualTo(Failure.USAGE);
        assertThat(run("evaluate")).isEqualTo(Failure.USAGE);
        assertThat(run("bench", "decoder", "--threads", "0")).isEqualTo(Failure.USAGE);

        assertThat(err.toString())
                .contains(
                        "need a KIND of tables, decoding, retrieval, own-pictures, corpus, tokenizers, got all",
                        "--promts",
                        "--output",
                        "need --threads >= 1, got 0");
        assertThat(gateway.requests).isEmpty();
    }

    @Test
    void withoutABuiltTrainerItSaysSo() {
        serves("scenes");

        assertThat(run("evaluate", "-o", output().toString())).isEqualTo(Failure.OTHER);
        assertThat(err.toString()).contains("not built", TRAINER);
    }

    @Test
    void theDecoderIsMeasuredWithoutAPlatform() throws IOException {
        main(PLATFORM, "dev.cm3leon.generator", "ThroughputMain");

        assertThat(run("bench", "decoder", "--model", "demo", "--threads", "2")).isZero();

        assertThat(told()).containsExactly("classpath:models/demo", "2", "false");
        assertThat(gateway.requests).isEmpty();
    }

    private void serves(String model) {
        gateway.json("GET /v1/models", 200, """
                {"data":[{"id":"other","version":"1","status":"canary"},{"id":"%s","version":"1","status":"serving"}]}
                """.formatted(model));
    }

    private Path home() {
        return checkout.resolve("home");
    }

    private Path output() {
        return checkout.resolve("output");
    }

    private List<String> told() throws IOException {
        return Files.readAllLines(checkout.resolve("told"));
    }

    /// A jar with a main class that writes its arguments to the file `told`, and ends with 2 where one is `refused`.
    private void main(String libraries, String packageName, String name) throws IOException {
        Path source = checkout.resolve(name + ".java");
        Files.writeString(source, """
                package %s;
                public class %s {
                    public static void main(String[] arguments) throws Exception {
                        var words = java.util.List.of(arguments);
                        java.nio.file.Files.write(java.nio.file.Path.of("%s"), words);
                        System.exit(words.contains("refused") ? 2 : 0);
                    }
                }
                """.formatted(packageName, name, checkout.resolve("told")));
        Path classes = Files.createDirectories(checkout.resolve("classes"));
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", classes.toString(), source.toString());
        assertThat(compiled).isZero();
        Path jar = Files.createDirectories(checkout.resolve(libraries)).resolve("main.jar");
        String entry = packageName.replace('.', '/') + "/" + name + ".class";
        try (var zip = new JarOutputStream(Files.newOutputStream(jar))) {
            zip.putNextEntry(new JarEntry(entry));
            Files.copy(classes.resolve(entry), zip);
        }
    }

    private int run(String... arguments) {
        var terminal = new Terminal(
                new PrintWriter(out, true), new PrintWriter(err, true), false, false, Terminal.Colours.NONE, 80);
        return Cm3.run(terminal, environment, arguments);
    }
}
