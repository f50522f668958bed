package dev.cm3leon.system;

import static dev.cm3leon.system.SecondModel.FIRST;
import static dev.cm3leon.system.SecondModel.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.service.Models;
import dev.cm3leon.standalone.EmbeddedPlatform;
import dev.cm3leon.standalone.PlatformOptions;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A second model is published, gets a share of the jobs, all of them, and goes again, while jobs are being drawn: none
/// is lost, and each is drawn by one model from its first event to its last.
class PromotionTest {

    private static final int JOBS = 50;

    @TempDir
    static Path folder;

    @Test
    void aModelIsPromotedAndRolledBackUnderLoadAndNoJobIsLost() {
        PlatformOptions options = PlatformOptions.onPort(0)
                .withoutDemoBank()
                .withProperties(Map.of(
                        "cm3.model.location",
                        SecondModel.first(folder.resolve("first")),
                        "cm3.models.gate.psnr.at-least",
                        "18",
                        "cm3.models.gate.loss.at-most",
                        "100"));
        String old;
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(folder.resolve("home"), options)) {
            Gateway gateway = new Gateway(platform.url());
            SecondModel.publish(platform, gateway, folder.resolve("second"));

            List<String> calm = submit(gateway, "before", 10);
            calm.forEach(job ->
                    assertThat(gateway.completed(job).path("model").asString()).isEqualTo(FIRST));
            old = calm.getFirst();

            List<String> jobs = submit(gateway, "one", JOBS / 2);
            SecondModel.promote(gateway, 1);
            jobs.addAll(submit(gateway, "two", JOBS / 2));
            Map<String, Integer> drawn = drawn(gateway, jobs);
            assertThat(drawn).isEqualTo(Map.of(FIRST, JOBS / 2, SECOND, JOBS / 2));
            assertThat(platform.context("generator").getBean(Models.class).open())
                    .as("models that the generator has open")
                    .isEqualTo(Set.of(FIRST, SECOND));

            jobs = submit(gateway, "three", 10);
            assertThat(gateway.post("/v1/models/tiny/0.0.2/rollback", Map.of()).statusCode())
                    .isEqualTo(200);
            jobs.addAll(submit(gateway, "four", 10));
            assertThat(drawn(gateway, jobs)).isEqualTo(Map.of(SECOND, 10, FIRST, 10));

            SecondModel.promote(gateway, 0.2);
            Map<String, Integer> canary = drawn(gateway, submit(gateway, "canary", 100));
            assertThat(canary.get(SECOND)).as("jobs of the canary at 20 %").isBetween(8, 34);
            JsonNode models =
                    Gateway.JSON.readTree(gateway.get("/v1/models").body()).path("data");
            assertThat(models.path(0).path("share").asDouble()).isEqualTo(0.8);
            assertThat(models.path(1).path("share").asDouble()).isEqualTo(0.2);
            assertThat(models.path(1).path("status").asString()).isEqualTo("canary");
            SecondModel.promote(gateway, 1);
        }

        // promotions are in the log, and an old job can be done again by its old model
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(folder.resolve("home"), options)) {
            Gateway gateway = new Gateway(platform.url());
            assertThat(drawn(gateway, submit(gateway, "later", 3))).isEqualTo(Map.of(SECOND, 3));

            JsonNode before = gateway.completed(old);
            JsonNode again = gateway.completed(gateway.submit(Map.of(
                    "prompt", before.path("prompt").asString(),
                    "seed", before.path("seed").asLong(),
                    "model", before.path("model").asString(),
                    "retrieval", Map.of("documents", 0))));
            assertThat(imageOf(again)).isEqualTo(imageOf(before));

            HttpResponse<String> gone = gateway.post("/v1/generations", Map.of("prompt", "a", "model", "tiny@0.0.9"));
            assertThat(gone.statusCode()).isEqualTo(404);
            assertThat(gone.body()).contains("tiny@0.0.9");
        }
    }

    private static List<String> submit(Gateway gateway, String what, int count) {
        List<String> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(gateway.submit(Map.of(
                    "prompt", "person %s %d".formatted(what, i), "seed", i, "retrieval", Map.of("documents", 0))));
        }
        return jobs;
    }

    /// How many jobs each model drew; every event of a job that names a model names the same.
    private static Map<String, Integer> drawn(Gateway gateway, List<String> jobs) {
        Map<String, Integer> drawn = new TreeMap<>();
        Map<String, Set<String>> named = new HashMap<>();
        for (String job : jobs) {
            drawn.merge(gateway.completed(job).path("model").asString(), 1, Integer::sum);
            Set<String> names = named.computeIfAbsent(job, missing -> new HashSet<>());
            JsonNode steps = Gateway.JSON
                    .readTree(
                            gateway.get("/v1/generations/" + job + "/timeline").body())
                    .path("steps");
            for (JsonNode step : steps) {
                for (String side : List.of("inputs", "outputs")) {
                    String model = step.path(side).path("model").asString("");
                    if (!model.isEmpty()) names.add(model);
                }
            }
        }
        assertThat(named).allSatisfy((job, names) -> assertThat(names).hasSize(1));
        return drawn;
    }

    private static String imageOf(JsonNode job) {
        return job.path("candidates").path(0).path("image").path("key").asString();
    }
}
