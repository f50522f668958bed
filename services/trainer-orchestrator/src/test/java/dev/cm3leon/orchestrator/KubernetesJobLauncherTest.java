package dev.cm3leon.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.events.JobRequest;
import dev.cm3leon.events.TrainingEvent;
import dev.cm3leon.events.TrainingEvent.TrainingFailed;
import dev.cm3leon.events.TrainingEvent.TrainingWaiting;
import dev.cm3leon.orchestrator.Input.Ending;
import dev.cm3leon.orchestrator.Input.JobEnded;
import dev.cm3leon.service.EventMessages;
import io.kubernetes.client.openapi.models.V1Toleration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The launcher's own HTTP against an API server of this test; the test is the Job controller.
class KubernetesJobLauncherTest {
    private static final StageJob JOB = new StageJob(
            "r1", 2, "pretrain", 2, "{\"steps\":2}", new JobRequest(2, "500m", "2Gi", 1, 600L, null, null));
    private static final String NAME = "cm3-r1-2-pretrain";
    private static final String COMPLETE =
            "{\"status\":{\"conditions\":[{\"type\":\"Complete\",\"status\":\"True\"}]}}";

    private static final String FAILED = """
            {"status":{"conditions":[{"type":"Failed","status":"True","reason":"PodFailurePolicy"}]}}\
            """;

    private FakeApiServer cluster;
    private KubernetesJobLauncher launcher;
    private final Heard heard = new Heard();

    @BeforeEach
    void start() throws IOException {
        cluster = new FakeApiServer();
        launcher = launcher(Duration.ofMinutes(5));
    }

    @AfterEach
    void close() {
        launcher.close();
        cluster.close();
    }

    @Test
    void makesAJobThatOwnsWhatItNeeds() {
        launcher.start(JOB, heard);

        assertThat(cluster.names("jobs")).containsExactly(NAME);
        JsonNode job = cluster.get("jobs", NAME);
        assertThat(job.at("/metadata/labels/cm3leon.dev~1run").asString()).isEqualTo("r1");
        assertThat(job.at("/spec/completionMode").asString()).isEqualTo("Indexed");
        assertThat(job.at("/spec/completions").asInt()).isEqualTo(2);
        assertThat(job.at("/spec/backoffLimit").asInt()).isEqualTo(6);
        assertThat(job.at("/spec/activeDeadlineSeconds").asInt()).isEqualTo(600);
        assertThat(job.at("/spec/ttlSecondsAfterFinished").isMissingNode()).isTrue();
        assertThat(job.at("/spec/podFailurePolicy/rules").toString())
                .contains(
                        "\"action\":\"Ignore\",\"onPodConditions\":[{\"status\":\"True\",\"type\":\"DisruptionTarget\"}]")
                .contains("\"action\":\"FailJob\"", "\"values\":[1,2]");
        JsonNode trainer = job.at("/spec/template/spec/containers/0");
        assertThat(trainer.at("/args").toString())
                .isEqualTo("[\"/etc/cm3leon/configuration.json\",\"--run\",\"r1\",\"--output\",\"/work\","
                        + "\"--stages\",\"pretrain\"]");
        assertThat(trainer.at("/env").toString())
                .contains("{\"name\":\"CM3_WORLD_SIZE\",\"value\":\"2\"}")
                .contains("\"value\":\"cm3-r1-2-pretrain-0.cm3-r1-2-pretrain.training.svc:29500\"")
                .contains("{\"name\":\"CM3_KAFKA\",\"value\":\"kafka:9092\"}")
                .contains("\"secretKeyRef\":{\"key\":\"secret-key\",\"name\":\"object-store\"}")
                .contains("{\"name\":\"CM3_KAFKA_PROPERTIES_SASL_JAAS_CONFIG\",\"valueFrom\":"
                        + "{\"secretKeyRef\":{\"key\":\"sasl.jaas.config\",\"name\":\"kafka-user\"}}}");
        assertThat(trainer.at("/resources/limits").toString()).contains("\"nvidia.com/gpu\":\"1\"");
        assertThat(trainer.at("/volumeMounts").toString())
                .contains("{\"mountPath\":\"/corpora\",\"name\":\"corpora\",\"readOnly\":true}");
        assertThat(job.at("/spec/template/spec/volumes").toString())
                .contains("{\"claimName\":\"pictures\",\"readOnly\":true}");
        for (String kind : List.of("configmaps", "services")) {
            JsonNode owned = cluster.get(kind, NAME);
            assertThat(owned.at("/metadata/ownerReferences/0/uid")).isEqualTo(job.at("/metadata/uid"));
        }
        assertThat(cluster.get("configmaps", NAME)
                        .at("/data/configuration.json")
                        .asString())
                .isEqualTo("{\"steps\":2}");
        assertThat(cluster.get("services", NAME).at("/spec/clusterIP").asString())
                .isEqualTo("None");
    }

    @Test
    void onlyAJobThatAsksForAGpuToleratesTheTaintOfTheNodesThatHaveThem() {
        launcher.start(JOB, heard);
        launcher.start(new StageJob("r2", 1, "bpe", 1, "demo", JobRequest.DEFAULT), heard);

        JsonNode training = cluster.get("jobs", NAME).at("/spec/template/spec");
        assertThat(training.at("/tolerations").toString())
                .isEqualTo("[{\"key\":\"nvidia.com/gpu\",\"operator\":\"Exists\"}]");
        JsonNode other = cluster.get("jobs", "cm3-r2-1-bpe").at("/spec/template/spec");
        assertThat(other.at("/tolerations").isMissingNode()).isTrue();
        assertThat(List.of(training, other))
                .allMatch(pod -> pod.at("/nodeSelector/pool").asString().equals("training"));
    }

    @Test
    void aJobThatAsksForNoDeadlineHasNone() {
        launcher.start(new StageJob("r2", 1, "bpe", 1, "demo", JobRequest.DEFAULT), heard);

        JsonNode job = cluster.get("jobs", "cm3-r2-1-bpe");
        assertThat(job.at("/spec/activeDeadlineSeconds").isMissingNode()).isTrue();
    }

    @Test
    void startingTwiceMakesOneJob() {
        launcher.start(JOB, heard);
        launcher.start(JOB, heard);

        assertThat(cluster.names("jobs")).containsExactly(NAME);
    }

    @Test
    void whatAKilledOrchestratorDidNotGetToIsMadeByTheNext() {
        launcher.start(JOB, heard);
        cluster.delete("configmaps", NAME);
        cluster.delete("services", NAME);

        launcher.start(JOB, heard);

        assertThat(cluster.names("configmaps")).containsExactly(NAME);
        assertThat(cluster.names("services")).containsExactly(NAME);
    }

    @Test
    void tellsThatAJobDidItsWork() throws Exception {
        launcher.start(JOB, heard);

        cluster.change("jobs", NAME, COMPLETE);

        assertThat(heard.next()).isEqualTo(new JobEnded(2, Ending.COMPLETED, "", Instant.EPOCH));
    }

    @Test
    void tellsOfAnEndThatCameWhileNobodyWatched() throws Exception {
        launcher.start(JOB, heard);
        launcher.close();
        cluster.change("jobs", NAME, COMPLETE);
        launcher = launcher(Duration.ofMinutes(5));

        launcher.attach(JOB, heard);
        cluster.cutWatches();

        assertThat(heard.next()).isEqualTo(new JobEnded(2, Ending.COMPLETED, "", Instant.EPOCH));
    }

    @Test
    void aWatchThatIsCutOrTooOldIsFollowedByAList() throws Exception {
        launcher.start(JOB, heard);
        cluster.cutWatches();
        cluster.compact();
        cluster.cutWatches();

        cluster.change("jobs", NAME, COMPLETE);

        assertThat(heard.next()).isEqualTo(new JobEnded(2, Ending.COMPLETED, "", Instant.EPOCH));
    }

    @Test
    void saysWhyAJobFailed() throws Exception {
        launcher.start(JOB, heard);
        pod("0", "Failed", """
            {"terminated":{"exitCode":137,"reason":"OOMKilled"}}\
            """);
        pod("1", "Failed", """
            {"terminated":{"exitCode":2,"reason":"Error","message":"trainer-job: unknown key wdth\\n"}}\
            """);

        cluster.change("jobs", NAME, """
            {"status":{"conditions":[{"type":"Failed","status":"True","reason":"PodFailurePolicy",
                "message":"Container trainer failed with exit code 2"}]}}\
            """);

        assertThat(heard.next()).isEqualTo(new JobEnded(2, Ending.FAILED, """
            job cm3-r1-2-pretrain failed: PodFailurePolicy (Container trainer failed with exit code 2)
            worker 0 ended with exit code 137 (OOMKilled)
            worker 1 ended with exit code 2; its last words:
            trainer-job: unknown key wdth\
            """, Instant.EPOCH));
    }

    @Test
    void thoseThatLostTheWorkerThatFailedSayNothing() throws Exception {
        launcher.start(JOB, heard);
        String lost = terminated(4, "trainer-job: worker 7 is gone");
        for (int worker = 0; worker < 40; worker++) {
            pod(Integer.toString(worker), "Failed", worker == 7 ? terminated(1, "no space left") : lost);
        }

        cluster.change("jobs", NAME, FAILED);

        assertThat(heard.end().reason()).isEqualTo("""
                job cm3-r1-2-pretrain failed: PodFailurePolicy
                worker 7 ended with exit code 1; its last words:
                no space left\
                """);
    }

    @Test
    void whereNoneFailedOtherwiseTheLossIsTold() throws Exception {
        launcher.start(JOB, heard);
        pod("0", "Failed", terminated(4, "worker 1 is gone"));

        cluster.change("jobs", NAME, FAILED);

        assertThat(heard.end().reason()).contains("worker 0 ended with exit code 4", "worker 1 is gone");
    }

    @Test
    void whatManyWorkersSayFitsAnEvent() throws Exception {
        launcher.close();
        launcher = launcher(Duration.ofSeconds(1));
        launcher.start(JOB, heard);
        for (int worker = 0; worker < 200; worker++) {
            pod(Integer.toString(worker), "Pending", """
                {"waiting":{"reason":"ImagePullBackOff","message":"%s"}}\
                """.formatted("w".repeat(400)));
        }
        String all = heard.next().toString();
        while (all.length() < JobLook.LONGEST) all = heard.next().toString(); // the first were seen before the last
        var waits = new TrainingWaiting("r1", 2, all, Instant.EPOCH);
        for (int worker = 0; worker < 200; worker++) {
            cluster.delete("pods", "p" + worker);
            pod(Integer.toString(worker), "Failed", terminated(1, "\\u0007\uD83D\uDC80".repeat(1001)));
        }
        cluster.change("jobs", NAME, FAILED);

        var failed = new TrainingFailed("r1", "pretrain", heard.end().reason());

        var messages = new EventMessages("test", InstantSource.fixed(Instant.EPOCH));
        for (TrainingEvent event : List.of(waits, failed)) {
            assertThat(messages.of(event).getPayload().length).isLessThan(EventMessages.MAX_BYTES);
        }
    }

    @Test
    void aJobThatSomebodyDeletedIsLost() throws Exception {
        launcher.start(JOB, heard);

        cluster.delete("jobs", NAME);

        assertThat(heard.next())
                .isEqualTo(new JobEnded(2, Ending.LOST, "job " + NAME + " is gone from the cluster", Instant.EPOCH));
    }

    @Test
    void aQuotaThatIsUsedUpIsWaitedForAndMissingRightsAreNot() {
        cluster.refuse("POST jobs", 403, "jobs.batch is forbidden: exceeded quota: training, used: 5, limited: 5");
        assertThatThrownBy(() -> launcher.start(JOB, heard))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("exceeded quota: training, used: 5, limited: 5");

        cluster.refuse("POST jobs", 403, "User \"x\" cannot create resource \"jobs\" in API group \"batch\"");
        assertThatThrownBy(() -> launcher.start(JOB, heard))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("job " + NAME + ": User \"x\" cannot create resource \"jobs\" in API group \"batch\"");

        cluster.refuse("POST jobs", 503, "etcd has no leader");
        assertThatThrownBy(() -> launcher.start(JOB, heard)).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void aJobWhoseConfigurationIsRefusedIsTakenBack() {
        cluster.refuse("POST configmaps", 403, "cannot create resource \"configmaps\"");

        assertThatThrownBy(() -> launcher.start(JOB, heard)).hasMessageContaining("configmaps");

        assertThat(cluster.names("jobs")).isEmpty();
    }

    @Test
    void noClusterIsAReasonToWait() {
        cluster.close();

        assertThatThrownBy(() -> launcher.start(JOB, heard))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("the cluster cannot be reached");
    }

    @Test
    void saysWhatAJobWaitsForOnce() throws Exception {
        launcher.close();
        launcher = launcher(Duration.ofSeconds(1));
        launcher.start(JOB, heard);
        pod("0", "Pending", """
            {"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image \\"trainer:7\\""}}\
            """);

        assertThat(heard.next())
                .isEqualTo("attempt 2 waits: worker 0: ImagePullBackOff: Back-off pulling image \"trainer:7\"");
        assertThat(heard.words.poll(3, TimeUnit.SECONDS)).isNull();

        cluster.change("pods", "p0", "{\"status\":{\"phase\":\"Running\",\"containerStatuses\":[]}}");
        assertThat(heard.next()).isEqualTo("attempt 2 waits: ");
        assertThat(heard.words.poll(3, TimeUnit.SECONDS)).isNull();
    }

    @Test
    void takesBackWhatAnOrchestratorBeforeMayHaveSaid() throws Exception {
        launcher.close();
        launcher = launcher(Duration.ofSeconds(1));
        launcher.start(JOB, heard);
        launcher.close();
        launcher = launcher(Duration.ofSeconds(1));

        launcher.attach(JOB, heard);

        assertThat(heard.next()).isEqualTo("attempt 2 waits: ");
    }

    @Test
    void workersThatLostEachOtherAreToldWhileNoneIsThere() throws Exception {
        launcher.close();
        launcher = launcher(Duration.ofSeconds(1));
        launcher.start(JOB, heard);
        lost("0", 0, "00:00", "00:09");

        assertThat(heard.next()).isEqualTo("attempt 2 waits: worker 0 lost the others: worker 0 cannot meet");
    }

    /// Such ends are not counted by the cluster: they would go on for ever.
    @Test
    void workersThatOnlyLoseEachOtherAreGivenUp() throws Exception {
        launcher.close();
        launcher = launcher(Duration.ofSeconds(1));
        launcher.start(JOB, heard);
        for (int times = 0; times < 3; times++) {
            assertThat(deadline()).isEqualTo(600);
            for (String worker : List.of("0", "1"))
                lost(worker, times, "0" + times + ":00", "0" + times + ":0" + (1 + times));
        }

        for (int i = 0; i < 100 && deadline() == 600; i++) Thread.sleep(100);
        assertThat(deadline()).isEqualTo(1);
        cluster.change("jobs", NAME, """
            {"status":{"conditions":[{"type":"Failed","status":"True","reason":"DeadlineExceeded"}]}}\
            """);

        JobEnded end = heard.end();
        assertThat(end.ending()).isEqualTo(Ending.FAILED);
        assertThat(end.reason()).startsWith("""
                job cm3-r1-2-pretrain failed: its workers lost each other 3 times in a row, and none of them was taken away
                worker 0 ended with exit code 4; its last words:
                step 7
                worker 0 cannot meet
                """);
    }

    private int deadline() {
        return cluster.get("jobs", NAME).at("/spec/activeDeadlineSeconds").asInt();
    }

    @Test
    void aJobThatGoesWhileItIsFoundToBeThereIsMadeLater() {
        cluster.refuse("POST jobs", 409, "jobs.batch \"" + NAME + "\" already exists");

        assertThatThrownBy(() -> launcher.start(JOB, heard))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(NAME);
    }

    @Test
    void saysThatNoPodCanBeMade() throws Exception {
        launcher.close();
        launcher = launcher(Duration.ofSeconds(1));
        launcher.start(JOB, heard);
        String uid = cluster.get("jobs", NAME).at("/metadata/uid").asString();
        cluster.create("/api/v1/namespaces/training/events/e1", """
            {"metadata":{"name":"e1"},"involvedObject":{"uid":"%s"},"reason":"FailedCreate","type":"Warning",
             "message":"Error creating: pods \\"%s-0-x7k2p\\" is forbidden: exceeded quota: pods"}\
            """.formatted(uid, NAME));

        assertThat(heard.next()).isEqualTo("attempt 2 waits: pods of the job is forbidden: exceeded quota: pods");
    }

    @Test
    void aSuspendedJobGoesOnWhenItIsStartedAgain() {
        launcher.start(JOB, heard);

        launcher.suspend(JOB, heard);
        assertThat(cluster.get("jobs", NAME).at("/spec/suspend").asBoolean()).isTrue();

        launcher.start(JOB, heard);
        assertThat(cluster.get("jobs", NAME).at("/spec/suspend").asBoolean()).isFalse();
        assertThat(cluster.names("jobs")).containsExactly(NAME);
    }

    @Test
    void aSuspensionThatTheClusterDoesNotTakeNowIsTriedAgain() throws Exception {
        launcher.start(JOB, heard);
        cluster.refuse("PATCH jobs", 503, "etcd has no leader");
        launcher.suspend(JOB, heard);

        cluster.accept("PATCH jobs");
        cluster.cutWatches();

        for (int i = 0;
                i < 100 && !cluster.get("jobs", NAME).at("/spec/suspend").asBoolean();
                i++) Thread.sleep(100);
        assertThat(cluster.get("jobs", NAME).at("/spec/suspend").asBoolean()).isTrue();
    }

    @Test
    void stoppingLeavesNothingBehindAndTellsSo() throws Exception {
        launcher.start(JOB, heard);

        launcher.stop("r1", 2, heard);

        assertThat(heard.next()).isEqualTo(new JobEnded(2, Ending.LOST, "stopped", Instant.EPOCH));
        for (String kind : List.of("jobs", "configmaps", "services"))
            assertThat(cluster.names(kind)).isEmpty();
    }

    @Test
    void aSecondJobOfTheRunIsNotMadeBesideTheFirst() {
        launcher.start(JOB, heard);
        var next = new StageJob("r1", 3, "pretrain", 1, "demo", JobRequest.DEFAULT);

        assertThatThrownBy(() -> launcher.start(next, heard)).hasMessageContaining(NAME + " of the same run");
        launcher.start(next, heard);

        assertThat(cluster.names("jobs")).containsExactly("cm3-r1-3-pretrain");
    }

    @Test
    void jobsGetATimeToLiveWhenTheirEndIsNoted() throws Exception {
        launcher.start(JOB, heard);
        cluster.create("/apis/batch/v1/namespaces/training/jobs/later", """
                    {"metadata":{"name":"later","labels":{"app.kubernetes.io/managed-by":"trainer-orchestrator",
                        "cm3leon.dev/run":"r1","cm3leon.dev/attempt":"3"}},"spec":{"template":{}}}\
                    """);

        launcher.release("r1", 2);
        assertThat(timeToLive(NAME, 0)).isZero();
        assertThat(timeToLive("later", 0)).isZero();

        launcher.release("r1", 3);
        assertThat(timeToLive(NAME, 86_400)).isEqualTo(86_400);
        assertThat(timeToLive("later", 0)).isZero();

        launcher.release("r1", 0);
        assertThat(timeToLive("later", 86_400)).isEqualTo(86_400);
    }

    @Test
    void theJobsOfAllRunsThatAreOverAreListedAtOnce() throws Exception {
        launcher.start(JOB, heard);
        cluster.forgetRequests();

        for (int run = 0; run < 100; run++) launcher.release("r" + run, 0);

        assertThat(timeToLive(NAME, 86_400)).isEqualTo(86_400);
        assertThat(cluster.asked("GET jobs")).isLessThan(25);
    }

    /// After the next lists, of which the first may have begun before.
    private int timeToLive(String job, int expected) throws InterruptedException {
        int seconds = 0;
        for (int lists = 0; lists < 2 || seconds != expected && lists < 20; lists++) {
            cluster.cutWatches();
            Thread.sleep(300);
            seconds =
                    cluster.get("jobs", job).at("/spec/ttlSecondsAfterFinished").asInt(0);
        }
        return seconds;
    }

    @Test
    void namesHoldWhateverTheRunIsCalled() {
        assertThat(JobManifests.slug("2f1e6a54-0c1b-4d7e-9c2f-000000000001"))
                .isEqualTo("2f1e6a54-0c1b-4d7e-9c2f-000000000001");
        assertThat(List.of("Nightly Run!", "nightly-run", "NIGHTLY.RUN", "x".repeat(300), "-", "é"))
                .extracting(JobManifests::slug)
                .doesNotHaveDuplicates()
                .allMatch(slug -> slug.length() <= 36 && slug.matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?"));
    }

    private KubernetesJobLauncher launcher(Duration lookEvery) {
        var properties = new KubernetesProperties(
                null,
                "training",
                "trainer:7",
                "IfNotPresent",
                "trainer-job",
                "object-store",
                "kafka-user",
                List.of("sasl.jaas.config"),
                List.of("pretrain"),
                Duration.ofDays(1),
                29500,
                "",
                "nvidia.com/gpu",
                "20Gi",
                "pictures",
                Map.of("pool", "training"),
                List.of(new V1Toleration().key("nvidia.com/gpu").operator("Exists")),
                lookEvery);
        var reach = Map.of("CM3_KAFKA", "kafka:9092", "CM3_S3_ENDPOINT", "http://minio:9000");
        return new KubernetesJobLauncher(
                cluster.client(),
                "training",
                new JobManifests(properties, reach, 3),
                lookEvery,
                InstantSource.fixed(Instant.EPOCH));
    }

    private static String terminated(int exitCode, String lastWords) {
        return """
            {"terminated":{"exitCode":%d,"reason":"Error","message":"%s"}}\
            """.formatted(exitCode, lastWords);
    }

    private void pod(String worker, String phase, String state) {
        cluster.create(
                "/api/v1/namespaces/training/pods/p" + worker, """
                    {"metadata":{"name":"p%s","labels":{"batch.kubernetes.io/job-name":"%s",
                        "batch.kubernetes.io/job-completion-index":"%s"}},
                     "status":{"phase":"%s","containerStatuses":[{"name":"trainer","image":"i","imageID":"i","ready":false,
                        "restartCount":0,"state":%s}]}}\
                    """.formatted(worker, NAME, worker, phase, state));
    }

    /// A pod that ended with 4, one of several of its worker.
    ///
    /// @param times how many there were before
    private void lost(String worker, int times, String start, String end) {
        cluster.create("/api/v1/namespaces/training/pods/lost-%s-%d".formatted(worker, times), """
                    {"metadata":{"name":"lost-%s-%d","creationTimestamp":"2026-01-01T%s:00Z",
                        "labels":{"batch.kubernetes.io/job-name":"%s","batch.kubernetes.io/job-completion-index":"%s"}},
                     "status":{"phase":"Failed","containerStatuses":[{"name":"trainer","image":"i","imageID":"i",
                        "ready":false,"restartCount":0,"state":{"terminated":{"exitCode":4,"reason":"Error",
                        "message":"step 7\\nworker %s cannot meet\\n","startedAt":"2026-01-01T%s:00Z",
                        "finishedAt":"2026-01-01T%s:00Z"}}}]}}\
                    """.formatted(
                        worker, times, start, NAME, worker, worker, start, end));
    }

    private static final class Heard implements JobLauncher.Listener {
        final BlockingQueue<Object> words = new LinkedBlockingQueue<>();

        @Override
        public void told(String run, TrainingEvent event) {
            words.add(event);
        }

        @Override
        public void waits(String run, int attempt, String reason, Instant at) {
            words.add("attempt " + attempt + " waits: " + reason);
        }

        @Override
        public void ended(String run, JobEnded end) {
            words.add(end);
        }

        /// Past what it waited for until then.
        JobEnded end() throws InterruptedException {
            Object word = next();
            while (!(word instanceof JobEnded)) word = next();
            return (JobEnded) word;
        }

        Object next() throws InterruptedException {
            Object word = words.poll(60, TimeUnit.SECONDS);
            if (word == null) throw new AssertionError("nothing was heard for 60 seconds");
            return word;
        }
    }
}
