package dev.cm3leon.trainer.evaluation;

import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.RgbImage;
import dev.cm3leon.model.vq.VqTokenizer;
import dev.cm3leon.trainer.avatars.Avatars;
import dev.cm3leon.trainer.avatars.Ruler;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Measures the model that a running platform serves and writes tables and sheets:
/// `--gateway URL --model LOCATION --ruler FILE --output FOLDER [--prompts 400] [--bank 10000] [--seed 1]`.
public final class EvaluateMain {

    private static final Set<String> OPTIONS =
            Set.of("--gateway", "--model", "--ruler", "--output", "--prompts", "--bank", "--seed");

    private EvaluateMain() {}

    public static void main(String[] arguments) throws IOException {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!OPTIONS.contains(arguments[i]) || i + 1 == arguments.length) {
                throw new IllegalArgumentException(
                        "options are " + OPTIONS + " with a value each, got " + arguments[i]);
            }
            given.put(arguments[i], arguments[i + 1]);
        }
        Path output = Path.of(required(given, "--output"));
        Evaluation.Size size = new Evaluation.Size(
                Integer.parseInt(given.getOrDefault("--prompts", "400")),
                Integer.parseInt(given.getOrDefault("--bank", "10000")),
                Long.parseLong(given.getOrDefault("--seed", "1")));
        ModelBundle bundle = ModelBundle.open(given.getOrDefault("--model", "classpath:models/demo"));
        Ruler ruler = Ruler.load(Path.of(required(given, "--ruler")));
        PlatformClient platform =
                new PlatformClient(URI.create(given.getOrDefault("--gateway", "http://127.0.0.1:8080")));
        try (VqTokenizer vq = bundle.openVqTokenizer()) {
            Report report = new Evaluation(platform, ruler::read, rgb -> through(vq, rgb), size, output).run();
            String heading =
                    "# Evaluation of %s%n%nEvery request went through the running platform. Seed %d, %d pictures a table, %d documents in the bank.%n"
                            .formatted(bundle.id(), size.seed(), size.prompts(), size.bank());
            Files.createDirectories(output);
            Files.writeString(output.resolve("evaluation.md"), heading + report);
            System.out.println(report);
        }
    }

    private static byte[] through(VqTokenizer vq, byte[] rgb) {
        return vq.decode(vq.encode(new RgbImage(Avatars.SIZE, Avatars.SIZE, rgb)))
                .rgb();
    }

    private static String required(Map<String, String> given, String option) {
        String value = given.get(option);
        if (value == null) throw new IllegalArgumentException(option + " is needed");
        return value;
    }
}
