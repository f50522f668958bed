package dev.cm3leon.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.TinyModel;
import dev.cm3leon.standalone.Completions;
import dev.cm3leon.standalone.EmbeddedPlatform;
import dev.cm3leon.standalone.PlatformOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Nothing lost, nothing doubled, the same request gives the same image: over the real broker and all services.
class RestartTest {

    private static final int JOBS = 50;

    @TempDir
    static Path folder;

    private static final Map<String, String> calm = new TreeMap<>();

    @BeforeAll
    static void drawUndisturbed() {
        TinyModel.write(model(folder), 7);
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(folder.resolve("calm"), options(folder))) {
            Gateway gateway = new Gateway(platform.url());
            submitAll(gateway).forEach((prompt, id) -> calm.put(prompt, imageOf(gateway.completed(id))));
        }
    }

    @Test
    void jobsSurviveServicesThatStopInTheMiddle() {
        Map<String, String> disturbed = new TreeMap<>();
        Map<String, String> ids;
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(folder.resolve("disturbed"), options(folder))) {
            Gateway gateway = new Gateway(platform.url());
            ids = submitAll(gateway);
            gateway.completed(ids.get(prompt(0)));
            for (String service : List.of("generator", "tokenizer")) {
                platform.stop(service);
                Gateway.sleep(300);
                platform.start(service);
            }
            ids.forEach((prompt, id) -> disturbed.put(prompt, imageOf(gateway.completed(id))));
            eachCompletedOnce(platform.bootstrapServers());
        }
        assertThat(disturbed).isEqualTo(calm);

        try (EmbeddedPlatform platform = EmbeddedPlatform.start(folder.resolve("disturbed"), options(folder))) {
            Gateway gateway = new Gateway(platform.url());
            ids.forEach((prompt, id) -> assertThat(imageOf(gateway.completed(id)))
                    .as("image of %s after a restart of everything", prompt)
                    .isEqualTo(calm.get(prompt)));
        }
    }

    @Test
    void jobsSurviveAPlatformThatIsKilled() throws Exception {
        Path home = Files.createDirectories(folder.resolve("killed"));
        Map<String, String> ids;
        try (PlatformProcess process = PlatformProcess.start(home)) {
            Gateway gateway = new Gateway(process.url());
            ids = submitAll(gateway);
            gateway.completed(ids.get(prompt(0)));
            process.kill(); // SIGKILL: nobody says goodbye to the broker, nothing is flushed
        }

        Map<String, String> disturbed = new TreeMap<>();
        try (PlatformProcess process = PlatformProcess.start(home)) {
            Gateway gateway = new Gateway(process.url());
            ids.forEach((prompt, id) -> disturbed.put(prompt, imageOf(gateway.completed(id))));
            eachCompletedOnce(process.brokers());
        }
        assertThat(disturbed).isEqualTo(calm);
    }

    /// The platform in a process of its own, to be killed.
    private record PlatformProcess(Process process, URI url, String brokers) implements AutoCloseable {

        static PlatformProcess start(Path home) throws IOException {
            Path arguments = home.resolve("arguments"); // a class path of this length kills ONNX Runtime
            Files.writeString(
                    arguments,
                    "-XX:TieredStopAtLevel=1\n-XX:+UseSerialGC\n-cp\n\"%s\"\n"
                            .formatted(System.getProperty("java.class.path").replace("\\", "\\\\")));
            Path started = home.resolve("started");
            Files.deleteIfExists(started);
            Path output = home.resolve("output");
            Process process = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElseThrow(),
                            "@" + arguments,
                            RestartTest.class.getName(),
                            home.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            while (!Files.exists(started)) {
                if (!process.isAlive()) throw new AssertionError("did not start: " + Files.readString(output));
                Gateway.sleep(50);
            }
            List<String> where = Files.readAllLines(started);
            return new PlatformProcess(process, URI.create(where.get(0)), where.get(1));
        }

        void kill() {
            process.destroyForcibly().onExit().join();
        }

        @Override
        public void close() {
            kill();
        }
    }

    /// Starts the platform in the folder that is the argument, and writes there where it is.
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path home = Path.of(arguments[0]);
        EmbeddedPlatform platform = EmbeddedPlatform.start(home.resolve("home"), options(home.getParent()));
        Path written = Files.writeString(home.resolve("where"), platform.url() + "\n" + platform.bootstrapServers());
        Files.move(written, home.resolve("started"), StandardCopyOption.ATOMIC_MOVE);
        Thread.currentThread().join();
    }

    private static Path model(Path folder) {
        return folder.resolve("model");
    }

    private static PlatformOptions options(Path folder) {
        return PlatformOptions.onPort(0)
                .withoutDemoBank()
                .withProperties(
                        Map.of("cm3.model.location", model(folder).toUri().toString()));
    }

    private static Map<String, String> submitAll(Gateway gateway) {
        Map<String, String> ids = new TreeMap<>();
        for (int i = 0; i < JOBS; i++) {
            ids.put(
                    prompt(i),
                    gateway.submit(Map.of("prompt", prompt(i), "seed", 1000 + i, "retrieval", Map.of("documents", 0))));
        }
        return ids;
    }

    private static String prompt(int i) {
        return "person number %02d".formatted(i);
    }

    private static String imageOf(JsonNode job) {
        return job.path("candidates").path(0).path("image").path("key").asString();
    }

    private static void eachCompletedOnce(String brokers) {
        assertThat(Completions.read(brokers))
                .as("different completions of each job")
                .hasSize(JOBS)
                .allSatisfy((job, bodies) -> assertThat(bodies).hasSize(1));
    }
}
