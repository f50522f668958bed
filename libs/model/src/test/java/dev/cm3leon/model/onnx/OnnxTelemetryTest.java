package dev.cm3leon.model.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.clip.SentenceEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxTelemetryTest {
    @TempDir
    Path folder;

    /// It did not, with what reports to ONNX Runtime's maker: see [OnnxTelemetry].
    @Test
    void aProcessWithALongCommandLineOutlivesTheStartOfOnnxRuntime() throws Exception {
        Path log = folder.resolve("log");
        var builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dlong=" + "x".repeat(20_000),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Encodes.class.getName()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        // each of these has it silent by itself
        List.of("ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "CI").forEach(builder.environment()::remove);

        int code = builder.start().waitFor();

        String said = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(code).as(said).isZero();
        assertThat(said).endsWith("384 numbers\n");
    }

    static final class Encodes {
        public static void main(String[] arguments) {
            try (var encoder = SentenceEncoder.open()) {
                System.out.print(encoder.encode("a red jacket").length + " numbers\n");
            }
        }
    }
}
