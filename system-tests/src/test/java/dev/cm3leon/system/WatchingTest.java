package dev.cm3leon.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.AriaRole;
import dev.cm3leon.events.TrainingEvent.TrainingProgress;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingStarted;
import dev.cm3leon.service.Events;
import dev.cm3leon.standalone.EmbeddedPlatform;
import dev.cm3leon.standalone.PlatformOptions;
import dev.cm3leon.system.OtlpSink.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;

/// What a running platform shows of itself: one trace a job over all services, and the metrics that the
/// dashboard asks for.
class WatchingTest {

    private static final Pattern METRIC = Pattern.compile("cm3_[a-z_]+");

    @TempDir
    static Path folder;

    private static final Path CHROMIUM = Path.of(System.getProperty("cm3.chromium", "/usr/bin/chromium"));
    private static final String RUN = "1f3a-training-run";

    private static OtlpSink sink;
    private static EmbeddedPlatform platform;
    private static Gateway gateway;
    private static final List<String> jobs = new ArrayList<>();
    private static String document;

    @BeforeAll
    static void drawAndLearn() throws Exception {
        sink = new OtlpSink();
        platform = EmbeddedPlatform.start(
                folder.resolve("home"),
                PlatformOptions.onPort(0)
                        .withServices(EmbeddedPlatform.SERVICES.stream() // nobody starts the run that is told of here
                                .filter(service -> !service.name().equals("trainer-orchestrator"))
                                .toList())
                        .withoutDemoBank()
                        .withProperties(Map.of(
                                "cm3.model.location",
                                SecondModel.first(folder.resolve("model")),
                                "management.opentelemetry.tracing.export.otlp.endpoint",
                                sink.endpoint().toString())));
        gateway = new Gateway(platform.url());
        readAsSomebodyElse();
        SecondModel.publish(platform, gateway, folder.resolve("second"));
        SecondModel.promote(gateway, 0.2);
        document = Gateway.accepted(gateway.post(
                "/v1/documents", Map.of("text", "Mira Okafor, a red jacket", "image", Gateway.plainImage(0xff0000))));
        gateway.await("/v1/documents/" + document, "indexed"::equals);
        jobs.clear(); // of an earlier try
        for (int i = 0; i < 12; i++) { // more than fit into the rows at once: they are decoded together
            jobs.add(gateway.submit(Map.of(
                    "prompt", "Mira Okafor " + i, "seed", i, "candidates", 2, "retrieval", Map.of("documents", 1))));
        }
        jobs.forEach(gateway::completed);
        Events events = platform.context("gateway").getBean(Events.class);
        events.publish(new TrainingRequested(RUN, "public", "tiny", Instant.now()));
        events.publish(new TrainingStarted(RUN, 1, "test", Instant.now(), "pretrain"));
        for (int step = 10; step <= 60; step += 10) {
            events.publish(new TrainingProgress(
                    RUN, "pretrain", step, 100, 3 - step / 50.0, 1000 + step, 100 - step, Map.of("loss_image", 2.0)));
        }
        gateway.await("/v1/training-runs/" + RUN, "running"::equals);
    }

    /// An application of others on the same Kafka.
    private static void readAsSomebodyElse() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", platform.bootstrapServers()))) {
            var first = Map.of(new TopicPartition("generation-requested.v1", 0), new OffsetAndMetadata(0));
            admin.alterConsumerGroupOffsets("somebody-else", first).all().get();
        }
    }

    @AfterAll
    static void stop() {
        platform.close();
        sink.close();
    }

    @Test
    void aJobIsOneTraceOverAllServices() {
        Set<String> all = Set.of("gateway", "retriever", "tokenizer", "generator", "reranker");
        List<String> traces = new ArrayList<>();
        for (String job : jobs) {
            Span decoding = await("generate", job);
            List<Span> trace = awaitServices(decoding.trace(), all);
            assertThat(trace.stream().filter(span -> span.parent().isEmpty()))
                    .as("spans without a parent in the trace of one job")
                    .hasSize(1)
                    .allSatisfy(root -> assertThat(root.service()).isEqualTo("gateway"));
            assertThat(trace.stream().filter(span -> span.name().equals("generate")))
                    .as("spans of decoding in the trace of one job")
                    .hasSize(1);
            traces.add(decoding.trace());
        }
        assertThat(traces)
                .as("a trace for each job, though they were decoded together")
                .doesNotHaveDuplicates();
    }

    @Test
    void aDocumentIsOneTraceThoughItIsIndexedWithOthers() {
        Span indexed = await("index", document);

        List<Span> trace = awaitServices(indexed.trace(), Set.of("gateway", "tokenizer", "retriever"));

        assertThat(trace.stream().filter(span -> span.parent().isEmpty())).hasSize(1);
    }

    @Test
    void theDashboardAsksForMetricsThatAreThere() throws IOException {
        JsonNode dashboard = Gateway.JSON.readTree(
                Files.readString(Path.of("..", "charts", "cm3leon", "dashboards", "cm3leon.json")));
        Set<String> asked = new TreeSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                asked.addAll(found(METRIC, target.path("expr").asString()));
            }
        }
        assertThat(asked).hasSizeGreaterThan(10);

        assertThat(awaitTold(METRIC, asked)).as("metrics that nothing tells").isEmpty();
    }

    @Test
    void theAlertsAskForMetricsThatAreThere() throws IOException {
        JsonNode alerts = Gateway.JSON.valueToTree(
                new Yaml().load(Files.readString(Path.of("..", "charts", "cm3leon", "alerts", "cm3leon.yaml"))));
        for (JsonNode alert : alerts.at("/groups/0/rules")) {
            Set<String> asked = found(METRIC, alert.path("expr").asString());
            assertThat(asked).as(alert.toString()).isNotEmpty();

            assertThat(awaitTold(METRIC, asked))
                    .as("metrics that nothing tells")
                    .isEmpty();
        }
    }

    /// The orchestrator is not there, and was not before; the others have committed little of what they read.
    @Test
    void aQueueOfOursIsToldThoughNobodyEverReadIt() {
        Set<String> read = new TreeSet<>();
        for (String service : Set.of("retriever", "tokenizer", "generator", "reranker")) {
            for (String queue : new ServiceSettings(service, Map.of()).queues()) {
                String[] topicAndGroup = queue.split(" ");
                read.add("cm3_queue_lag{group=\"%s\",topic=\"%s\"} 0".formatted(topicAndGroup[1], topicAndGroup[0]));
            }
        }
        read.add("cm3_queue_lag{group=\"trainer-orchestrator.orchestrate-in-0\",topic=\"training-requested.v1\"} 1");

        assertThat(awaitTold(Pattern.compile("cm3_queue_lag\\{[^}]*} [01]"), read))
                .as("queues that nothing tells")
                .isEmpty();
        assertThat(gateway.get("/actuator/prometheus").body()).doesNotContain("somebody-else");
    }

    /// Looked at by a person too: the pictures are `target/page-training.png` and `target/page-models.png`.
    @Test
    void thePageShowsARunLiveAndTheModelsWithTheirShares() {
        assumeTrue(Files.isExecutable(CHROMIUM), "there is no " + CHROMIUM);
        List<String> complaints = new ArrayList<>();
        try (var playwright = Playwright.create(
                        new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
                var browser = playwright
                        .chromium()
                        .launch(new BrowserType.LaunchOptions()
                                .setExecutablePath(CHROMIUM)
                                .setArgs(
                                        List.of("--no-sandbox", "--disable-gpu", "--disable-background-networking")))) {
            Page page = browser.newPage(new Browser.NewPageOptions().setViewportSize(1100, 900));
            page.onPageError(complaints::add);
            page.navigate(platform.url().toString());
            page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Training"))
                    .click();
            page.locator("#runs button").first().click();
            waitFor(page, "#run-facts", "60 of 100", "1.800", "1,060", "40 s");
            page.waitForCondition(
                    () -> page.locator("#curve polyline").getAttribute("points").split(" ").length == 6);
            tell(new TrainingProgress(RUN, "pretrain", 70, 100, 1.5, 1100, 30, Map.of()));
            waitFor(page, "#run-facts", "70 of 100", "1.500", "1,100", "30 s");
            page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target", "page-training.png")));
            theStageShownIsMarkedAndKeepsTheFocus(page);

            page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Models"))
                    .click();
            waitFor(page, "#model-list", "tiny@0.0.1", "80 %", "tiny@0.0.2", "canary", "20 %", "psnr 20.00");
            page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target", "page-models.png")));
        }
        assertThat(complaints).isEmpty();
    }

    private static void theStageShownIsMarkedAndKeepsTheFocus(Page page) {
        tell(new TrainingProgress(RUN, "clip", 1, 10, 4, 500, 9, Map.of()));
        waitFor(page, "#run-facts", "1 of 10");
        assertThat(page.locator("#stages button[aria-pressed=true]").innerText())
                .isEqualTo("clip");
        page.locator("#stages button").first().click();
        tell(new TrainingProgress(RUN, "clip", 2, 10, 3, 500, 8, Map.of()));
        waitFor(page, "#run-facts", "2 of 10");

        assertThat(page.locator("#stages button[aria-pressed=true]").innerText())
                .isEqualTo("pretrain");
        assertThat(page.evaluate("() => document.activeElement.textContent")).isEqualTo("pretrain");
    }

    private static void tell(TrainingProgress progress) {
        platform.context("gateway").getBean(Events.class).publish(progress);
    }

    private static void waitFor(Page page, String place, String... texts) {
        String seen = "";
        for (int i = 0; i < 300; i++) {
            seen = page.locator(place).innerText();
            if (Arrays.stream(texts).allMatch(seen::contains)) return;
            Gateway.sleep(100);
        }
        assertThat(seen).contains(texts);
    }

    @Test
    void nothingThatIsToldHasASecret() throws IOException {
        String secret = Files.readAllLines(folder.resolve("home").resolve("credentials.properties")).stream()
                .filter(line -> line.contains("secret"))
                .map(line -> line.substring(line.indexOf('=') + 1))
                .findFirst()
                .orElseThrow();

        assertThat(sink.spans())
                .isNotEmpty()
                .noneSatisfy(span -> assertThat(span.attributes().toString()).contains(secret));
        assertThat(gateway.get("/actuator/prometheus").body()).doesNotContain(secret);
        for (String closed : List.of("/actuator/env", "/actuator/configprops", "/actuator/heapdump")) {
            assertThat(gateway.get(closed).statusCode()).as(closed).isEqualTo(404);
        }
    }

    private static Span await(String name, String job) {
        for (int i = 0; i < 600; i++) {
            for (Span span : sink.spans()) {
                if (span.name().equals(name) && job.equals(span.attributes().get("job"))) return span;
            }
            Gateway.sleep(100);
        }
        throw new AssertionError("no span " + name + " of " + job + " among "
                + sink.spans().stream().map(Span::name).collect(Collectors.toCollection(TreeSet::new)));
    }

    private static List<Span> awaitServices(String trace, Set<String> services) {
        List<Span> spans = List.of();
        for (int i = 0; i < 300; i++) {
            spans = sink.spans().stream()
                    .filter(span -> span.trace().equals(trace))
                    .toList();
            if (spans.stream().map(Span::service).collect(Collectors.toSet()).containsAll(services)
                    && spans.stream().anyMatch(span -> span.parent().isEmpty())) return spans;
            Gateway.sleep(100);
        }
        throw new AssertionError("the trace lacks services: " + spans);
    }

    private static Set<String> awaitTold(Pattern pattern, Set<String> asked) {
        Set<String> missing = asked;
        for (int i = 0; i < 300 && !missing.isEmpty(); i++) {
            missing = new TreeSet<>(asked);
            missing.removeAll(found(pattern, gateway.get("/actuator/prometheus").body()));
            if (!missing.isEmpty()) Gateway.sleep(100);
        }
        return missing;
    }

    private static Set<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(MatchResult::group).collect(Collectors.toSet());
    }
}
