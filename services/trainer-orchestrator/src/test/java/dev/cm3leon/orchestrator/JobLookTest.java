package dev.cm3leon.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.openapi.models.V1ContainerState;
import io.kubernetes.client.openapi.models.V1ContainerStateTerminated;
import io.kubernetes.client.openapi.models.V1ContainerStatus;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1JobSpec;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodCondition;
import io.kubernetes.client.openapi.models.V1PodStatus;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// When workers that lose each other are given up, and when not. Times are minutes.
class JobLookTest {
    private static final OffsetDateTime NOON = OffsetDateTime.parse("2026-01-01T12:00:00Z");

    private final List<V1Pod> pods = new ArrayList<>();

    @Test
    void thoseThatLoseEachOtherSideBySideAreHopelessAfterSomeTimes() {
        ended(0, 4, 0, 5);
        ended(1, 4, 1, 6);
        ended(0, 4, 10, 15);
        ended(1, 4, 10, 14);

        assertThat(hopeless(2)).isTrue();
        assertThat(hopeless(3)).isFalse();
    }

    @Test
    void oneThatWaitsForANodeIsWaitedFor() {
        for (int start = 0; start < 100; start += 10) ended(0, 4, start, start + 5);
        assertThat(hopeless(2)).isFalse();

        pods.add(pod(1, "Pending", 0));
        assertThat(hopeless(2)).isFalse();
    }

    /// Their pods are in no list, and those that lost them have ended alone.
    @Test
    void evictionsAreNoReasonWhomeverTheyMeet() {
        for (int start = 0; start < 100; start += 20) {
            ended(0, 4, start, start + 9);
            ended(1, 4, start + 10, start + 19);
        }

        assertThat(hopeless(2)).isFalse();
    }

    @Test
    void neitherAreOnesThatLeftTheirPodNorAKilledWorker() {
        ended(0, 4, 0, 5);
        ended(1, 4, 0, 5);
        ended(0, 4, 10, 15);
        ended(1, 137, 10, 15);
        assertThat(hopeless(1)).isFalse();

        ended(0, 4, 20, 25);
        ended(1, 4, 20, 25);
        assertThat(hopeless(1)).isTrue();
        assertThat(hopeless(2)).isFalse();
        pods.getLast()
                .getStatus()
                .addConditionsItem(new V1PodCondition().type("DisruptionTarget").status("True"));
        assertThat(hopeless(1)).isFalse();
    }

    @Test
    void whoWentOnForLongGoesOn() {
        for (int worker : new int[] {0, 1}) {
            ended(worker, 4, 0, 61);
            ended(worker, 4, 70, 75);
        }

        assertThat(hopeless(1)).isTrue();
        assertThat(hopeless(2)).isFalse();
    }

    @Test
    void aWorkerThatIsThroughIsNotAskedFor() {
        ended(1, 0, 0, 5);
        ended(0, 4, 0, 5);
        ended(0, 4, 10, 15);
        assertThat(hopeless(2)).isTrue();

        pods.add(pod(0, "Running", 20));
        assertThat(hopeless(2)).isFalse();
    }

    private boolean hopeless(int times) {
        var job = new V1Job().metadata(new V1ObjectMeta().name("job")).spec(new V1JobSpec().completions(2));
        return JobLook.isHopeless(job, pods, times);
    }

    private void ended(int worker, int exitCode, int start, int end) {
        V1Pod pod = pod(worker, exitCode == 0 ? "Succeeded" : "Failed", start);
        pod.getStatus()
                .addContainerStatusesItem(new V1ContainerStatus()
                        .state(new V1ContainerState()
                                .terminated(new V1ContainerStateTerminated()
                                        .exitCode(exitCode)
                                        .startedAt(NOON.plusMinutes(start))
                                        .finishedAt(NOON.plusMinutes(end)))));
        pods.add(pod);
    }

    private static V1Pod pod(int worker, String phase, int created) {
        return new V1Pod()
                .metadata(new V1ObjectMeta()
                        .creationTimestamp(NOON.plusMinutes(created))
                        .labels(Map.of("batch.kubernetes.io/job-completion-index", Integer.toString(worker))))
                .status(new V1PodStatus().phase(phase));
    }
}
