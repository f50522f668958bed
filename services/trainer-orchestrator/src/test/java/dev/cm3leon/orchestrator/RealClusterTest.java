package dev.cm3leon.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingCancelRequested;
import dev.cm3leon.events.TrainingEvent.TrainingCancelled;
import dev.cm3leon.events.TrainingEvent.TrainingCompleted;
import dev.cm3leon.events.TrainingEvent.TrainingFailed;
import dev.cm3leon.events.TrainingEvent.TrainingRequested;
import dev.cm3leon.events.TrainingEvent.TrainingStarted;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionChanged;
import dev.cm3leon.events.TrainingEvent.TrainingSuspensionRequested;
import dev.cm3leon.events.TrainingEvent.TrainingWaiting;
import dev.cm3leon.objectstore.MinioObjectStore;
import dev.cm3leon.objectstore.ObjectStore;
import io.kubernetes.client.custom.Quantity;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.BatchV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1Eviction;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1ResourceQuota;
import io.kubernetes.client.openapi.models.V1ResourceQuotaSpec;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import io.kubernetes.client.util.credentials.AccessTokenAuthentication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The orchestrator and a real Kubernetes control plane, with the rights that the chart gives it, in a namespace of the
/// restricted pod security level. The node runs pods as processes of this machine.
@Tag("real")
class RealClusterTest {
    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final String RUN = "r1";
    private static final int PORT = freePort(); // pods share this machine's

    /// Says its number; then does as the marker of the run, a file beside the pods, tells it.
    private static final String SCRIPT = """
        echo "worker $JOB_COMPLETION_INDEX of $CM3_WORLD_SIZE meets at $CM3_RENDEZVOUS: $*"
        once() { mkdir "$MARKERS/$1" 2>/dev/null; }
        case $0 in
            kill-once) once killed && kill -9 $$ ;;
            refuse) echo 'trainer-job: no such data set: pictures'; exit 2 ;;
            lose-other) once lost && exit 4 ;;
            lose-all) echo 'trainer-job: worker cannot meet'; sleep 3; exit 4 ;;
            greedy) exec awk 'BEGIN { s = "x"; while (length(s) < 3e8) s = s s; while (1) n++ }' ;;
            long) once begun; while [ ! -e "$MARKERS/go" ]; do sleep 0.1; done ;;
        esac
        echo done\
        """;

    private static final String JARS = System.getProperty(
            "cm3.real.trainer",
            Path.of("../trainer-job/target/job/lib").toAbsolutePath().normalize() + "/*");
    private static final Path DEMO_TINY = Path.of("../trainer-job/src/main/resources/configurations/demo-tiny.json");
    private static final List<String> TRAINER = List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Xmx1g",
            "--enable-native-access=ALL-UNNAMED",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dorg.bytedeco.javacpp.nopointergc=true",
            "-cp",
            JARS,
            "dev.cm3leon.trainer.TrainerJob");

    @TempDir
    Path folder;

    private final List<TrainingEvent> topics = new CopyOnWriteArrayList<>();
    private Map<String, String> reach = Map.of();
    private ApiClient admin;
    private BatchV1Api batch;
    private CoreV1Api core;
    private String namespace;
    private String token;
    private ProcessKubelet kubelet;
    private @Nullable KubernetesJobLauncher launcher;
    private Orchestrator orchestrator;

    @BeforeEach
    void cluster() throws Exception {
        for (String property : List.of("kubeconfig", "kubectl", "helm")) {
            assumeTrue(
                    System.getProperty("cm3.real." + property) != null,
                    "NOT RUN: no real Kubernetes control plane, the property cm3.real." + property + " is missing");
        }
        try (var file = Files.newBufferedReader(Path.of(System.getProperty("cm3.real.kubeconfig")))) {
            admin = ClientBuilder.kubeconfig(KubeConfig.loadKubeConfig(file)).build();
        }
        batch = new BatchV1Api(admin);
        core = new CoreV1Api(admin);
        namespace = "cm3-" + UUID.randomUUID().toString().substring(0, 8);
        core.createNamespace(new V1Namespace()
                        .metadata(new V1ObjectMeta()
                                .name(namespace)
                                .labels(Map.of("pod-security.kubernetes.io/enforce", "restricted"))))
                .execute();
        Path chart = Path.of("../../charts/cm3leon").toAbsolutePath().normalize();
        Path accounts = folder.resolve("accounts.yaml");
        Files.writeString(
                accounts,
                run("helm", "template", "cm3", chart.toString(), "-n", namespace, "-s", "templates/accounts.yaml"));
        run("kubectl", "apply", "-n", namespace, "-f", accounts.toString());
        token = run("kubectl", "create", "token", "cm3-trainer-orchestrator", "-n", namespace)
                .strip();
        Path markers = Files.createDirectories(folder.resolve("markers"));
        kubelet = new ProcessKubelet(
                admin,
                "node-" + namespace,
                folder.resolve("pods"),
                Map.of(
                        "shell-" + namespace,
                        List.of("env", "MARKERS=" + markers, "sh", "-c", SCRIPT),
                        "trainer",
                        TRAINER));
        start(token, "shell-" + namespace, 3, "pretrain", "export+publish");
    }

    @AfterEach
    void close() throws Exception {
        if (launcher != null) launcher.close();
        if (admin == null) return;
        core.deleteNamespace(namespace).execute();
        for (int i = 0; i < 60; i++) { // with its node alive, or its pods would never go
            if (core.listNamespacedPod(namespace).execute().getItems().isEmpty()) break;
            Thread.sleep(200);
        }
        core.deleteNode("node-" + namespace).execute();
        kubelet.close();
    }

    @Test
    void aRunIsOneJobAfterTheOther() throws Exception {
        ask("{\"configuration\":\"plain\",\"job\":{\"workers\":2,\"memory\":\"512Mi\",\"cpu\":\"100m\"}}");

        assertThat(end()).isInstanceOf(TrainingCompleted.class);
        assertThat(topics.stream().filter(TrainingStarted.class::isInstance).map(e -> ((TrainingStarted) e).stage()))
                .containsExactly("pretrain", "export");
        String name = "cm3-r1-1-pretrain";
        assertThat(kubelet.logsOf(name))
                .contains("worker 0 of 2 meets at 127.0.0.1:" + PORT + ": --run r1 --output")
                .contains("worker 1 of 2 meets at 127.0.0.1:" + PORT);
        assertThat(kubelet.logsOf("cm3-r1-2-export")).contains("worker 0 of 1 meets at :", "--stages export,publish");
        await("a time to live", () -> ttl("cm3-r1-2-export") != null);
        assertThat(ttl(name)).isEqualTo(86_400);
    }

    @Test
    void aKilledWorkerIsReplaced() throws Exception {
        ask("{\"configuration\":\"kill-once\",\"job\":{\"workers\":2,\"memory\":\"512Mi\"}}");

        assertThat(end()).isInstanceOf(TrainingCompleted.class);
        assertThat(job("cm3-r1-1-pretrain").getStatus().getFailed()).isEqualTo(1);
    }

    @Test
    void aWorkerThatOnlyLostAnotherIsNotCounted() throws Exception {
        ask("{\"configuration\":\"lose-other\",\"job\":{\"memory\":\"512Mi\"}}");

        assertThat(end()).isInstanceOf(TrainingCompleted.class);
        assertThat(job("cm3-r1-1-pretrain").getStatus().getFailed()).isNull();
    }

    @Test
    void workersThatOnlyLoseEachOtherAreGivenUp() throws Exception {
        start(token, "shell-" + namespace, 2, "pretrain");
        ask("{\"configuration\":\"lose-all\",\"job\":{\"workers\":2,\"memory\":\"512Mi\",\"cpu\":\"100m\"}}");

        assertThat(((TrainingFailed) end()).reason())
                .startsWith("job cm3-r1-1-pretrain failed: its workers lost each other 2 times in a row")
                .contains("worker 1 ended with exit code 4");
    }

    @Test
    void anEvictedWorkerIsNotCounted() throws Exception {
        start(token, "shell-" + namespace, 0, "pretrain"); // not one failure is allowed
        ask("long");
        await("the worker", () -> marker("begun"));
        String pod = JobLook.name(
                core.listNamespacedPod(namespace).execute().getItems().getFirst());

        try {
            core.createNamespacedPodEviction(
                            pod,
                            namespace,
                            new V1Eviction()
                                    .metadata(new V1ObjectMeta().name(pod).namespace(namespace)))
                    .execute();
        } catch (IllegalArgumentException theClientCannotReadTheAnswer) {
            // and the pod is evicted
        }
        await("the pod to go", () -> pods().noneMatch(pod::equals));
        Files.createFile(folder.resolve("markers/go"));

        assertThat(end()).isInstanceOf(TrainingCompleted.class);
        assertThat(job("cm3-r1-1-pretrain").getStatus().getFailed()).isNull();
    }

    @Test
    void aConfigurationThatIsRefusedFailsAtOnceWithItsLastWords() throws Exception {
        ask("refuse");

        assertThat(((TrainingFailed) end()).reason())
                .startsWith("job cm3-r1-1-pretrain failed: PodFailurePolicy")
                .contains("worker 0 ended with exit code 2; its last words:")
                .endsWith("trainer-job: no such data set: pictures");
    }

    @Test
    void aDeadlineEndsTheRun() throws Exception {
        ask("{\"configuration\":\"long\",\"job\":{\"deadline_seconds\":4}}");

        assertThat(((TrainingFailed) end()).reason())
                .isEqualTo("job cm3-r1-1-pretrain failed: DeadlineExceeded, 4 seconds");
        await("the process to end", () -> kubelet.processesOf("cm3-r1-1-pretrain")
                .isEmpty());
    }

    @Test
    void aWorkerThatOutgrowsItsMemoryIsSaidTo() throws Exception {
        start(token, "shell-" + namespace, 0, "pretrain");
        ask("{\"configuration\":\"greedy\",\"job\":{\"memory\":\"16Mi\"}}");

        assertThat(((TrainingFailed) end()).reason())
                .contains("BackoffLimitExceeded", "ended with exit code 137 (OOMKilled)");
    }

    @Test
    void anImageThatCannotBePulledIsWaitedFor() throws Exception {
        start(token, "nobody/has-this:1", 3, "pretrain");
        ask("plain");

        // a node that has just joined is tainted first, which is told as well
        await("the reason", () -> waits().contains(
                        "worker 0: ImagePullBackOff: Back-off pulling image \"nobody/has-this:1\""));
    }

    @Test
    void moreGpusThanThereAreAreWaitedFor() throws Exception {
        ask("{\"configuration\":\"plain\",\"job\":{\"gpu\":3}}");

        // a node that has just joined is tainted first, which is told as well
        await("the reason", () -> waits().contains("Insufficient nvidia.com/gpu"));
        assertThat(waits()).contains("Unschedulable");
    }

    @Test
    void aSuspendedRunLeavesTheNodeAndGoesOn() throws Exception {
        ask("long");
        await("the worker", () -> marker("begun"));
        Instant now = Instant.now();

        orchestrator.hear(new TrainingSuspensionRequested(RUN, true, now));
        await("the node to be free", () -> kubelet.processesOf("cm3-r1-1-pretrain")
                .isEmpty());
        assertThat(topics).contains(new TrainingSuspensionChanged(RUN, true, now));

        orchestrator.hear(new TrainingSuspensionRequested(RUN, false, now.plusSeconds(1)));
        Files.createFile(folder.resolve("markers/go"));
        assertThat(end()).isInstanceOf(TrainingCompleted.class);
    }

    @Test
    void aCancelledRunLeavesNothingBehind() throws Exception {
        ask("{\"configuration\":\"long\",\"job\":{\"workers\":2,\"memory\":\"512Mi\"}}");
        await("the worker", () -> marker("begun"));
        assertThat(core.listNamespacedService(namespace).execute().getItems()).hasSize(1);

        orchestrator.hear(new TrainingCancelRequested(RUN, Instant.now()));

        assertThat(end()).isInstanceOf(TrainingCancelled.class);
        assertThat(kubelet.processesOf("cm3-r1-1-pretrain")).isEmpty();
        assertThat(batch.listNamespacedJob(namespace).execute().getItems()).isEmpty();
        assertThat(core.listNamespacedPod(namespace).execute().getItems()).isEmpty();
        assertThat(core.listNamespacedService(namespace).execute().getItems()).isEmpty();
        assertThat(core.listNamespacedConfigMap(namespace).execute().getItems())
                .extracting(JobLook::name)
                .doesNotContain("cm3-r1-1-pretrain");
    }

    @Test
    void aUsedUpQuotaIsWaitedForInTheServersWords() throws Exception {
        quota("jobs", "count/jobs.batch", "0");
        ask("plain");
        assertThat(waits())
                .contains("exceeded quota: jobs, requested: count/jobs.batch=1", "limited: count/jobs.batch=0");

        core.deleteNamespacedResourceQuota("jobs", namespace).execute();
        await("the job to be started", () -> {
            orchestrator.retry();
            return topics.stream().anyMatch(TrainingStarted.class::isInstance);
        });
        assertThat(end()).isInstanceOf(TrainingCompleted.class);
    }

    @Test
    void aQuotaOfPodsIsToldToo() throws Exception {
        quota("pods", "pods", "0");
        ask("plain");

        await("the reason", () -> waits().contains("pods of the job is forbidden: exceeded quota: pods"));
    }

    @Test
    void withoutRightsARunFailsInTheServersWords() throws Exception {
        String powerless = run("kubectl", "create", "token", "cm3-generator", "-n", namespace)
                .strip();
        start(powerless, "shell-" + namespace, 3, "pretrain");

        ask("plain");

        assertThat(((TrainingFailed) end()).reason())
                .contains(
                        "User \"system:serviceaccount:" + namespace + ":cm3-generator\" cannot",
                        "in API group \"batch\"");
    }

    @Test
    void anOrchestratorThatIsKilledInTheMiddleIsFollowedByAnother() throws Exception {
        ask("long");
        await("the worker", () -> marker("begun"));
        if (launcher != null) launcher.close();
        Files.createFile(folder.resolve("markers/go"));
        await("the end of the job that nobody sees", () -> JobLook.ending(job("cm3-r1-1-pretrain"))
                .isPresent());

        start(token, "shell-" + namespace, 3, "pretrain", "export+publish");
        orchestrator.resume(List.copyOf(topics));

        assertThat(end()).isInstanceOf(TrainingCompleted.class);
        assertThat(batch.listNamespacedJob(namespace).execute().getItems())
                .extracting(JobLook::name)
                .containsExactlyInAnyOrder("cm3-r1-1-pretrain", "cm3-r1-2-export");
    }

    /// An action is a change in the cluster or an event told. The orchestrator dies before it, or before it learns that
    /// it was done; run n at its n-th chance to die, until there is a run that comes to its end first.
    @Test
    void anOrchestratorThatIsKilledBetweenAnyTwoOfItsActionsDoesEachStageOnce() throws Exception {
        var next = new AtomicInteger();
        var survived = new AtomicBoolean();
        Callable<Integer> lives = () -> {
            int killed = 0;
            while (!survived.get()) {
                if (isKilledOnce(next.getAndIncrement())) killed++;
                else survived.set(true);
            }
            return killed;
        };
        int killed = 0;
        try (var threads = Executors.newFixedThreadPool(6)) {
            for (var life : threads.invokeAll(Collections.nCopies(6, lives))) killed += life.get();
        }
        assertThat(killed).as("places to be killed at").isGreaterThan(10);
    }

    /// @return false when the run was over before
    private boolean isKilledOnce(int chance) throws Exception {
        String run = "k" + chance;
        var request = new TrainingRequested(
                run,
                "default",
                "{\"configuration\":\"plain\",\"job\":{\"workers\":2,\"memory\":\"256Mi\",\"cpu\":\"50m\"}}",
                Instant.now());
        List<TrainingEvent> told = new CopyOnWriteArrayList<>(List.of(request));
        var life = new Life(chance);
        for (boolean first = true; told.stream().noneMatch(RealClusterTest::isEnd); first = false) {
            if (!first && !life.over) throw new AssertionError(run + " did not end: " + told);
            if (!first) life = new Life(Integer.MAX_VALUE);
            Life living = life;
            String image = "shell-" + namespace;
            try (var own = launcher(token, image, 3, living, "pretrain", "export+publish")) {
                var mortal = new Orchestrator(
                        own,
                        event -> living.act(() -> told.add(event)),
                        new TrainingRun.Policy(3, List.of("pretrain", "export+publish")),
                        InstantSource.system());
                try {
                    mortal.resume(List.copyOf(told));
                    mortal.hear(request); // delivered again, since nobody committed it
                } catch (RuntimeException e) {
                    if (!living.over) throw e;
                }
                await(run, () -> living.over || told.stream().anyMatch(RealClusterTest::isEnd));
            }
        }
        assertThat(told.stream().filter(RealClusterTest::isEnd)).as(run).hasOnlyElementsOfType(TrainingCompleted.class);
        List<V1Job> jobs = batch.listNamespacedJob(namespace).execute().getItems().stream()
                .filter(job -> JobLook.name(job).startsWith("cm3-" + run + "-"))
                .toList();
        assertThat(jobs)
                .as(run)
                .extracting(JobLook::name)
                .containsExactlyInAnyOrder("cm3-" + run + "-1-pretrain", "cm3-" + run + "-2-export");
        for (V1Job job : jobs) {
            int workers = JobLook.name(job).endsWith("pretrain") ? 2 : 1;
            assertThat(kubelet.logsOf(JobLook.name(job)).lines().filter("done"::equals))
                    .as(JobLook.name(job))
                    .hasSize(workers);
        }
        return life.chances == Integer.MAX_VALUE || life.over;
    }

    /// What an orchestrator may do before it dies.
    private static final class Life {
        private final int chances;
        private final AtomicInteger taken = new AtomicInteger();
        private volatile boolean over;

        private Life(int chances) {
            this.chances = chances;
        }

        private void act(Runnable action) {
            maybeDie();
            action.run();
            maybeDie();
        }

        private void maybeDie() {
            if (taken.getAndIncrement() >= chances) over = true;
            if (over) throw new UncheckedIOException("killed", new IOException("killed"));
        }

        private okhttp3.Response call(okhttp3.Interceptor.Chain chain) throws IOException {
            try {
                if (over) maybeDie();
                if (chain.request().method().equals("GET")) return chain.proceed(chain.request());
                maybeDie();
                okhttp3.Response answer = chain.proceed(chain.request());
                try {
                    maybeDie();
                    return answer;
                } catch (UncheckedIOException e) {
                    answer.close();
                    throw e;
                }
            } catch (UncheckedIOException e) {
                throw new IOException(e.getMessage());
            }
        }
    }

    /// Stages are several Jobs, each on an empty disk: what they hand on is in the object store, and at the
    /// end a model.
    @Test
    void theTrainerGoesFromTextToAPublishedModelOnTwoWorkersOfWhichOneIsKilled() throws Exception {
        assumeTrue(
                !JARS.endsWith("*") || Files.isDirectory(Path.of(JARS).getParent()),
                "NOT RUN: no trainer at " + JARS + "; `mvn package -DskipTests -pl services/trainer-job -am` makes it");
        String place = System.getProperty("cm3.real.minio");
        assumeTrue(place != null, "NOT RUN: no MinIO, the property cm3.real.minio is missing");
        String accessKey = System.getProperty("cm3.real.minio.access-key");
        String secretKey = System.getProperty("cm3.real.minio.secret-key");
        String bucket = "training-" + namespace, region = "us-east-1";
        run(
                "kubectl",
                "create",
                "secret",
                "generic",
                "object-store",
                "-n",
                namespace,
                "--from-literal=access-key=" + accessKey,
                "--from-literal=secret-key=" + secretKey);
        reach = Map.of("CM3_S3_ENDPOINT", place, "CM3_S3_BUCKET", bucket, "CM3_S3_REGION", region);
        start(token, "trainer", 3, "bpe", "vq+decoder", "clip", "pretrain", "finetune", "export+publish");
        String tuned = Files.readString(DEMO_TINY)
                .replaceFirst(
                        "\\{",
                        "{\"finetune\":[{\"steps\":8,\"learning_rate\":0.003,\"examples\":{\"portrait_questions\":90}}],");
        String configuration = "{\"configuration\":" + tuned + ",\"job\":{\"workers\":2,\"cpu\":\"100m\"}}";

        ask(configuration);
        String pretrain = "cm3-r1-4-pretrain";
        await(
                "both workers at work",
                () -> kubelet.logsOf(pretrain).contains("\"stage\":\"pretrain\"")
                        && kubelet.processesOf(pretrain).size() == 2);
        kubelet.processesOf(pretrain).getLast().destroyForcibly();
        assertThat(end()).isInstanceOf(TrainingCompleted.class);
        String killed = lastLoss(pretrain);
        assertThat(job(pretrain).getStatus().getFailed()).isEqualTo(1);
        assertThat(topics.stream().filter(TrainingStarted.class::isInstance)).hasSize(6);
        ObjectStore store = new MinioObjectStore(URI.create(place), accessKey, secretKey, bucket, region);
        assertThat(store.keys("models/demo-tiny/"))
                .filteredOn(key -> key.endsWith("/manifest.json"))
                .hasSize(1);
        start(token, "trainer", 3, "bpe", "vq+decoder", "pretrain");
        assertThat(kubelet.logsOf("cm3-r1-5-finetune")).contains("\"stage\":\"finetune\",\"step\":8,\"steps\":8");
        topics.clear();
        orchestrator.hear(new TrainingRequested("calm", "default", configuration, Instant.now()));
        assertThat(end()).isInstanceOf(TrainingCompleted.class);

        assertThat(killed).matches("[0-9.E-]+").isEqualTo(lastLoss("cm3-calm-3-pretrain"));
    }

    /// The loss of the last step of the last stage, as it was told.
    private String lastLoss(String job) {
        var losses = Pattern.compile("\"stage\":\"pretrain\",\"step\":(\\d+),\"steps\":\\1,\"loss\":([0-9.E-]+)")
                .matcher(kubelet.logsOf(job));
        String last = "none in " + kubelet.logsOf(job);
        while (losses.find()) last = losses.group(2);
        return last;
    }

    private void ask(String configuration) {
        var request = new TrainingRequested(RUN, "default", configuration, Instant.now());
        topics.add(request);
        orchestrator.hear(request);
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A new orchestrator, as after a restart; it knows nothing of before.
    private void start(String as, String image, int attempts, String... jobs) throws IOException {
        if (launcher != null) launcher.close();
        launcher = launcher(as, image, attempts, new Life(Integer.MAX_VALUE), jobs);
        orchestrator = new Orchestrator(
                launcher, topics::add, new TrainingRun.Policy(3, List.of(jobs)), InstantSource.system());
    }

    private KubernetesJobLauncher launcher(String as, String image, int attempts, Life life, String... jobs)
            throws IOException {
        var properties = new KubernetesProperties(
                null,
                namespace,
                image,
                "IfNotPresent",
                "cm3-trainer-job",
                "object-store",
                "",
                List.of(),
                List.of(jobs),
                Duration.ofDays(1),
                PORT,
                "",
                "nvidia.com/gpu",
                "1Gi",
                "",
                Map.of("kubernetes.io/hostname", "node-" + namespace),
                List.of(),
                Duration.ofSeconds(2));
        ApiClient client = new ClientBuilder()
                .setBasePath(admin.getBasePath())
                .setVerifyingSsl(false)
                .setAuthentication(new AccessTokenAuthentication(as))
                .build();
        client.setHttpClient(
                client.getHttpClient().newBuilder().addInterceptor(life::call).build());
        return new KubernetesJobLauncher(
                client,
                namespace,
                new JobManifests(properties, reach, attempts),
                Duration.ofSeconds(2),
                InstantSource.system());
    }

    /// How the run ended.
    private TrainingEvent end() throws Exception {
        await("the end of the run", () -> topics.stream().anyMatch(RealClusterTest::isEnd));
        return topics.stream().filter(RealClusterTest::isEnd).findFirst().orElseThrow();
    }

    private static boolean isEnd(TrainingEvent event) {
        return event instanceof TrainingCompleted
                || event instanceof TrainingFailed
                || event instanceof TrainingCancelled;
    }

    /// All reasons for waiting, in their order.
    private String waits() {
        return topics.stream()
                .filter(TrainingWaiting.class::isInstance)
                .map(e -> ((TrainingWaiting) e).reason())
                .collect(Collectors.joining("; "));
    }

    private void await(String what, BooleanSupplier come) throws InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        while (!come.getAsBoolean()) {
            if (Instant.now().isAfter(end))
                throw new AssertionError("waited in vain for " + what + "; heard " + topics);
            Thread.sleep(100);
        }
    }

    private boolean marker(String name) {
        return Files.exists(folder.resolve("markers").resolve(name));
    }

    private V1Job job(String name) {
        try {
            return batch.readNamespacedJob(name, namespace).execute();
        } catch (ApiException e) {
            throw new AssertionError(e.getResponseBody(), e);
        }
    }

    private @Nullable Integer ttl(String job) {
        return JobLook.spec(job(job)).getTtlSecondsAfterFinished();
    }

    private Stream<String> pods() {
        try {
            return core.listNamespacedPod(namespace).execute().getItems().stream()
                    .map(JobLook::name);
        } catch (ApiException e) {
            throw new AssertionError(e.getResponseBody(), e);
        }
    }

    private void quota(String name, String what, String limit) throws Exception {
        core.createNamespacedResourceQuota(
                        namespace,
                        new V1ResourceQuota()
                                .metadata(new V1ObjectMeta().name(name))
                                .spec(new V1ResourceQuotaSpec().hard(Map.of(what, new Quantity(limit)))))
                .execute();
        await("the quota to hold", () -> {
            try {
                var status = core.readNamespacedResourceQuota(name, namespace)
                        .execute()
                        .getStatus();
                return status != null && status.getHard() != null;
            } catch (ApiException e) {
                throw new AssertionError(e.getResponseBody(), e);
            }
        });
    }

    private static String run(String tool, String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(System.getProperty("cm3.real." + tool)));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command);
        builder.environment().put("KUBECONFIG", System.getProperty("cm3.real.kubeconfig"));
        Path errors = Files.createTempFile("cm3", ".log");
        Process process = builder.redirectError(errors.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        String said = Files.readString(errors);
        Files.delete(errors);
        if (!ended || process.exitValue() != 0) throw new AssertionError(command + ": " + said);
        return out;
    }
}
