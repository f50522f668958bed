package dev.cm3leon.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class JobRequestTest {

    @Test
    void whatIsLeftOutHasADefault() {
        assertThat(JobRequest.of(Map.of())).isEqualTo(JobRequest.DEFAULT);
        assertThat(JobRequest.of(Map.of("workers", 2, "cpu", "500m", "memory", "2Gi", "queue", "night")))
                .isEqualTo(new JobRequest(2, "500m", "2Gi", 0, null, null, "night"));
        assertThat(JobRequest.of(Map.of("deadline_seconds", 60)).deadlineSeconds())
                .isEqualTo(60);
    }

    @Test
    void whatIsImpossibleIsRefusedByTheNameOfItsField() {
        refused(Map.of("workers", 0), "job.workers is to be a whole number from 1 to 1024, got 0");
        refused(Map.of("workers", 1.5), "job.workers is to be a whole number from 1 to 1024, got 1.5");
        refused(Map.of("workers", (1L << 32) + 1), "got 4294967297");
        refused(Map.of("cpu", "two"), "job.cpu is to be cores, e.g. 2 or 500m, got two");
        refused(Map.of("memory", "8GB"), "job.memory is to be an amount of memory, e.g. 512Mi or 8Gi, got 8GB");
        refused(Map.of("gpu", -1), "job.gpu is to be a whole number from 0 to 64, got -1");
        refused(Map.of("deadline_seconds", 0), "job.deadline_seconds is to be");
        refused(Map.of("priority", "High!"), "job.priority is to be the name of a PriorityClass, got High!");
        refused(Map.of("worker", 2), "unknown field job.worker; known: [workers, cpu,");
    }

    private static void refused(Map<String, Object> json, String message) {
        assertThatThrownBy(() -> JobRequest.of(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
