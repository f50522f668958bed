package dev.cm3leon.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cm3leon.service.LogConsumer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/// What the log says of the jobs that are done. The gateway cannot tell whether one was done twice: it keeps one
/// completion of each.
public final class Completions {
    private static final String TOPIC = "generation-completed.v1";

    private Completions() {}

    /// @param args the brokers, and the file to write: by job, how many different results it has
    public static void main(String[] args) throws IOException {
        Logging.onlyWarnings();
        Map<String, Integer> counts = new HashMap<>();
        read(args[0]).forEach((job, results) -> counts.put(job, results.size()));
        Files.write(Path.of(args[1]), new JsonMapper().writeValueAsBytes(counts));
    }

    /// The different results of each job: one that was delivered again is the same to the letter, and there once.
    public static Map<String, Set<String>> read(String brokers) {
        Map<String, Set<String>> results = new HashMap<>();
        LogConsumer.readAll(
                Map.of("bootstrap.servers", brokers),
                List.of(TOPIC),
                LogConsumer.PATIENCE,
                event -> results.computeIfAbsent(new String(event.key(), UTF_8), job -> new HashSet<>())
                        .add(new String(event.value(), UTF_8)));
        return results;
    }
}
