package dev.cm3leon.orchestrator;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import dev.cm3leon.events.JobExit;
import dev.cm3leon.orchestrator.Input.Ending;
import io.kubernetes.client.common.KubernetesObject;
import io.kubernetes.client.openapi.models.CoreV1Event;
import io.kubernetes.client.openapi.models.V1ContainerStateTerminated;
import io.kubernetes.client.openapi.models.V1ContainerStatus;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1JobCondition;
import io.kubernetes.client.openapi.models.V1JobSpec;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodStatus;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the objects of a cluster say about a job, in words: functions over what was read.
final class JobLook {
    private static final int LAST_WORDS = 2000;

    /// Of any text: in JSON it fits an event, whatever the workers wrote.
    static final int LONGEST = 8000;

    /// Workers meet for minutes and wait for each other's word for half an hour at most; who went on for longer comes
    /// back to a later checkpoint.
    private static final Duration SOON = Duration.ofHours(1);

    private JobLook() {}

    /// How the job ended; empty while it has not.
    static Optional<Ending> ending(V1Job job) {
        if (condition(job, "Complete").isPresent()) return Optional.of(Ending.COMPLETED);
        return condition(job, "Failed").map(_ -> Ending.FAILED);
    }

    /// Why a job failed: what we or the Job controller say, and how its workers ended, with their last words.
    ///
    /// @param waitedFor which a deadline may have cut off
    static String whyFailed(V1Job job, List<V1Pod> pods, @Nullable String waitedFor) {
        V1JobCondition failed = condition(job, "Failed").orElseThrow();
        String givenUp = givenUp(job);
        var why = new StringBuilder("job %s failed: ".formatted(name(job)));
        if (givenUp != null) why.append(givenUp);
        else {
            why.append(failed.getReason());
            if ("DeadlineExceeded".equals(failed.getReason())) {
                why.append(", %d seconds".formatted(spec(job).getActiveDeadlineSeconds()));
                if (waitedFor != null && !waitedFor.isEmpty())
                    why.append("; it waited: ").append(waitedFor);
            } else if (failed.getMessage() != null)
                why.append(" (").append(failed.getMessage()).append(")");
        }
        boolean someFailed = pods.stream().anyMatch(pod -> failed(pod) && !lostAnother(pod));
        for (V1Pod pod : pods) {
            if (!failed(pod) || lostAnother(pod) && someFailed) continue;
            V1ContainerStateTerminated end = requireNonNull(terminated(pod));
            why.append("\nworker %s ended with exit code %d".formatted(worker(pod), end.getExitCode()));
            if (end.getReason() != null && !end.getReason().equals("Error")) {
                why.append(" (").append(end.getReason()).append(")");
            }
            String words = end.getMessage() == null ? "" : end.getMessage().strip();
            if (!words.isEmpty()) why.append("; its last words:\n").append(lastOf(words));
        }
        return firstOf(why.toString());
    }

    private static boolean failed(V1Pod pod) {
        V1ContainerStateTerminated end = terminated(pod);
        return end != null && end.getExitCode() != 0 && !isDisrupted(pod);
    }

    /// Such an end says nothing of its own.
    private static boolean lostAnother(V1Pod pod) {
        V1ContainerStateTerminated end = terminated(pod);
        return end != null && end.getExitCode() == JobExit.LOST_WORKER;
    }

    /// What is longer is cut, between characters.
    private static String firstOf(String text) {
        if (text.length() <= LONGEST) return text;
        int end = LONGEST - 4;
        if (Character.isHighSurrogate(text.charAt(end - 1))) end--;
        return text.substring(0, end) + " ...";
    }

    private static String lastOf(String words) {
        if (words.length() <= LAST_WORDS) return words;
        int start = words.length() - LAST_WORDS;
        if (Character.isLowSurrogate(words.charAt(start))) start++;
        return words.substring(start);
    }

    /// Why a job that has not ended does not get on; empty where it does.
    static Optional<String> waitsFor(V1Job job, List<V1Pod> pods, List<CoreV1Event> events) {
        if (Boolean.TRUE.equals(spec(job).getSuspend())) {
            String queue = labels(job).get(JobManifests.QUEUE);
            return Optional.of(queue == null ? "the job is suspended" : "queue " + queue + " has not admitted the job");
        }
        List<String> reasons = new ArrayList<>();
        pods.stream()
                .sorted(Comparator.comparing(JobLook::worker))
                .flatMap(JobLook::waitsFor)
                .forEach(reasons::add);
        int wanted = requireNonNullElse(spec(job).getParallelism(), 1);
        if (reasons.isEmpty() && pods.stream().filter(JobLook::isAlive).count() < wanted && !isSucceeding(job)) {
            events.stream()
                    .filter(event -> "FailedCreate".equals(event.getReason()))
                    .max(Comparator.comparing(
                            CoreV1Event::getLastTimestamp, Comparator.nullsFirst(Comparator.naturalOrder())))
                    .map(event -> requireNonNullElse(event.getMessage(), "no pod could be made")
                            .replaceAll("\"" + name(job) + "[-a-z0-9]*\"", "of the job")
                            .replaceFirst("^Error creating: ", ""))
                    .ifPresent(reasons::add);
        }
        if (reasons.isEmpty() && pods.stream().noneMatch(JobLook::isAlive) && !isSucceeding(job)) {
            byWorker(pods).values().stream()
                    .map(List::getFirst)
                    .filter(JobLook::lostAnother)
                    .map(pod -> "worker %s lost the others: %s".formatted(worker(pod), lastLine(pod)))
                    .forEach(reasons::add);
        }
        return reasons.isEmpty() ? Optional.empty() : Optional.of(firstOf(String.join("; ", reasons)));
    }

    /// Whether all workers that are not through lost each other so many times in a row, each time side by side and
    /// soon after their start: none of them was lost, and it would go on so for ever. A worker that was taken away
    /// may have left no pod; those that lost it had nobody beside them then.
    static boolean isHopeless(V1Job job, List<V1Pod> pods, int times) {
        if (times < 1 || pods.stream().anyMatch(JobLook::isAlive)) return false;
        Map<String, List<V1Pod>> left = byWorker(pods);
        int wanted = requireNonNullElse(spec(job).getCompletions(), 1);
        if (left.size() < wanted) return false;
        left.values().removeIf(ends -> ends.stream()
                .anyMatch(pod -> "Succeeded".equals(status(pod).getPhase())));
        if (left.isEmpty() || left.values().stream().anyMatch(ends -> ends.size() < times)) return false;
        return IntStream.range(0, times)
                .mapToObj(i -> left.values().stream().map(ends -> ends.get(i)).toList())
                .allMatch(JobLook::lostEachOther);
    }

    /// @param pods one of each worker
    private static boolean lostEachOther(List<V1Pod> pods) {
        if (!pods.stream().allMatch(pod -> lostAnother(pod) && !isDisrupted(pod))) return false;
        List<OffsetDateTime> starts = times(pods, V1ContainerStateTerminated::getStartedAt);
        List<OffsetDateTime> ends = times(pods, V1ContainerStateTerminated::getFinishedAt);
        if (starts.size() < pods.size() || ends.size() < pods.size()) return false;
        return !starts.getLast().isAfter(ends.getFirst())
                && Duration.between(starts.getFirst(), ends.getLast()).compareTo(SOON) < 0;
    }

    /// Those that are told, in their order.
    private static List<OffsetDateTime> times(
            List<V1Pod> pods, Function<V1ContainerStateTerminated, @Nullable OffsetDateTime> time) {
        return pods.stream()
                .map(pod -> time.apply(requireNonNull(terminated(pod))))
                .filter(Objects::nonNull)
                .sorted()
                .toList();
    }

    /// The pods of each worker, the latest first.
    private static Map<String, List<V1Pod>> byWorker(List<V1Pod> pods) {
        Comparator<V1Pod> byAge = Comparator.comparing(
                pod -> meta(pod).getCreationTimestamp(), Comparator.nullsFirst(Comparator.naturalOrder()));
        return pods.stream()
                .sorted(byAge.reversed())
                .collect(Collectors.groupingBy(JobLook::worker, TreeMap::new, Collectors.toList()));
    }

    private static String lastLine(V1Pod pod) {
        V1ContainerStateTerminated end = terminated(pod);
        String words = end == null || end.getMessage() == null ? "" : end.getMessage();
        return words.strip().lines().reduce((_, last) -> last).orElse("it said nothing");
    }

    /// Why we ended the job; null where we did not.
    static @Nullable String givenUp(V1Job job) {
        return requireNonNullElse(meta(job).getAnnotations(), Map.<String, String>of())
                .get(JobManifests.GIVEN_UP);
    }

    private static Stream<String> waitsFor(V1Pod pod) {
        if (!"Pending".equals(status(pod).getPhase())) return Stream.empty();
        Stream<String> scheduling = Stream.ofNullable(status(pod).getConditions())
                .flatMap(List::stream)
                .filter(c -> c.getType().equals("PodScheduled") && c.getStatus().equals("False"))
                .map(c -> "worker %s: %s: %s".formatted(worker(pod), c.getReason(), c.getMessage()));
        Stream<String> starting = statuses(pod)
                .map(status ->
                        status.getState() == null ? null : status.getState().getWaiting())
                .filter(Objects::nonNull)
                .filter(waiting -> !"ContainerCreating".equals(waiting.getReason())
                        && !"PodInitializing".equals(waiting.getReason()))
                .map(waiting -> "worker %s: %s: %s".formatted(worker(pod), waiting.getReason(), waiting.getMessage()));
        return Stream.concat(scheduling, starting);
    }

    private static boolean isSucceeding(V1Job job) {
        return job.getStatus() != null
                && job.getStatus().getSucceeded() != null
                && job.getStatus().getSucceeded() > 0;
    }

    private static boolean isAlive(V1Pod pod) {
        return meta(pod).getDeletionTimestamp() == null
                && ("Pending".equals(status(pod).getPhase())
                        || "Running".equals(status(pod).getPhase()));
    }

    private static boolean isDisrupted(V1Pod pod) {
        return Stream.ofNullable(status(pod).getConditions())
                .flatMap(List::stream)
                .anyMatch(c ->
                        c.getType().equals("DisruptionTarget") && c.getStatus().equals("True"));
    }

    private static Optional<V1JobCondition> condition(V1Job job, String type) {
        if (job.getStatus() == null || job.getStatus().getConditions() == null) return Optional.empty();
        return job.getStatus().getConditions().stream()
                .filter(c -> c.getType().equals(type) && c.getStatus().equals("True"))
                .findFirst();
    }

    private static @Nullable V1ContainerStateTerminated terminated(V1Pod pod) {
        return statuses(pod)
                .map(status ->
                        status.getState() == null ? null : status.getState().getTerminated())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static Stream<V1ContainerStatus> statuses(V1Pod pod) {
        return Stream.ofNullable(status(pod).getContainerStatuses()).flatMap(List::stream);
    }

    private static String worker(V1Pod pod) {
        return labels(pod).getOrDefault("batch.kubernetes.io/job-completion-index", "?");
    }

    /// What the API server always tells of an object.
    static V1ObjectMeta meta(KubernetesObject object) {
        return requireNonNull(object.getMetadata(), "an object of the cluster without metadata");
    }

    static String name(KubernetesObject object) {
        return requireNonNull(meta(object).getName(), "an object of the cluster without a name");
    }

    static Map<String, String> labels(KubernetesObject object) {
        return requireNonNullElse(meta(object).getLabels(), Map.of());
    }

    static V1JobSpec spec(V1Job job) {
        return requireNonNull(job.getSpec(), "a job of the cluster without a spec");
    }

    private static V1PodStatus status(V1Pod pod) {
        return requireNonNull(pod.getStatus(), "a pod of the cluster without a status");
    }
}
