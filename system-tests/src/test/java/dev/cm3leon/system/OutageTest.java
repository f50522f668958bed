package dev.cm3leon.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.model.TinyModel;
import dev.cm3leon.standalone.EmbeddedPlatform;
import dev.cm3leon.standalone.PlatformOptions;
import dev.cm3leon.vectorindex.MilvusStub;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The object store or the index is away while the broker is there: what was accepted waits and is done, what
/// would only wait is refused with 503.
class OutageTest {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir
    static Path folder;

    private static MilvusStub milvus;
    private static Cable toStore;
    private static Cable toIndex;
    private static final CompletableFuture<URI> store = new CompletableFuture<>();
    private static EmbeddedPlatform platform;
    private static Gateway gateway;

    @BeforeAll
    static void start() throws IOException {
        Path model = folder.resolve("model");
        TinyModel.write(model, 7);
        milvus = new MilvusStub(true);
        toIndex = new Cable(milvus::uri);
        toStore = new Cable(store::join);
        platform = EmbeddedPlatform.start(
                folder.resolve("data"),
                PlatformOptions.onPort(0)
                        .withoutDemoBank()
                        .withProperties(Map.of(
                                "cm3.model.location", model.toUri().toString(),
                                "cm3.object-store.endpoint", toStore.uri().toString(),
                                "cm3.vector-index.kind", "milvus",
                                "cm3.vector-index.milvus-uri", toIndex.uri().toString())));
        store.complete(platform.objectStore());
        gateway = new Gateway(platform.url());
    }

    @AfterAll
    static void stop() {
        if (platform != null) platform.close();
        toStore.close();
        toIndex.close();
        milvus.close();
    }

    @Test
    void withoutTheObjectStoreJobsWaitAndNewOnesAreRefused() {
        gateway.completed(accepted(0));
        String document = indexed("Zora");
        platform.stop("tokenizer"); // so that this job is not done before the store is away
        List<String> accepted = new ArrayList<>(List.of(accepted(0), accepted(1)));
        toStore.cut();
        platform.start("tokenizer");
        assertThat(gateway.delete("/v1/documents/" + document).statusCode()).isLessThan(300);

        accepted.addAll(untilRefused(0, "object store"));
        assertThat(gateway.post("/v1/documents", Map.of("text", "Zora", "image", Gateway.plainImage(0x3366cc)))
                        .statusCode())
                .isEqualTo(503);
        assertThat(gateway.post("/v1/images/generations", Map.of("prompt", "a person"))
                        .body())
                .contains("service_unavailable");
        accepted.forEach(id -> assertThat(statusOf(id)).isNotIn("completed", "failed"));

        toStore.mend();
        accepted.forEach(gateway::completed);
        await(
                () -> {
                    HttpResponse<String> answer = gateway.get("/v1/search?text=Zora");
                    return answer.statusCode() == 200 && !answer.body().contains(document);
                },
                "the document is taken out");
        gateway.completed(accepted(1));
    }

    @Test
    void withoutTheIndexJobsWaitAndNewOnesAreRefused() {
        gateway.completed(accepted(1));
        platform.stop("retriever");
        List<String> accepted = new ArrayList<>(List.of(accepted(1)));
        toIndex.cut();
        platform.start("retriever");

        accepted.addAll(untilRefused(1, "index"));
        accepted.forEach(id -> assertThat(statusOf(id)).isEqualTo("retrieving"));

        toIndex.mend();
        accepted.forEach(gateway::completed);
        gateway.completed(accepted(1));
    }

    private static String indexed(String text) {
        HttpResponse<String> answer =
                gateway.post("/v1/documents", Map.of("text", text, "image", Gateway.plainImage(0x3366cc)));
        String id = Gateway.JSON.readTree(answer.body()).path("id").asString();
        await(() -> gateway.get("/v1/search?text=" + text).body().contains(id), "the document is found");
        return id;
    }

    private static void await(BooleanSupplier reached, String what) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!reached.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Gateway.sleep(100);
        }
    }

    private static HttpResponse<String> submit(int documents) {
        return gateway.post(
                "/v1/generations", Map.of("prompt", "a person", "retrieval", Map.of("documents", documents)));
    }

    /// Submits until that is refused, saying what is away; the jobs that were accepted meanwhile.
    private static List<String> untilRefused(int documents, String away) {
        List<String> accepted = new ArrayList<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        HttpResponse<String> answer = submit(documents);
        while (answer.statusCode() == 202 && System.nanoTime() < deadline) {
            accepted.add(Gateway.accepted(answer));
            Gateway.sleep(1000); // Milvus' client takes 30 s to give up
            answer = submit(documents);
        }
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(answer.body()).contains(away);
        return accepted;
    }

    /// A machine that is very busy may need more than one try.
    private static String accepted(int documents) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        HttpResponse<String> answer = submit(documents);
        while (answer.statusCode() == 503 && System.nanoTime() < deadline) {
            Gateway.sleep(100);
            answer = submit(documents);
        }
        return Gateway.accepted(answer);
    }

    private static String statusOf(String id) {
        return Gateway.JSON
                .readTree(gateway.get("/v1/generations/" + id).body())
                .path("status")
                .asString();
    }
}
