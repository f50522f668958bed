package dev.cm3leon.events;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a training run asks of the cluster it runs on: `job` of its configuration. Where a run is one process of this
/// machine only the workers matter, and there is one.
///
/// @param workers of the stages that train in parallel
/// @param cpu of each worker, as Kubernetes writes it: `2`, `500m`
/// @param memory of each worker, as Kubernetes writes it: `8Gi`
/// @param gpu of each worker
/// @param deadlineSeconds of each of the run's jobs, from its start; one that takes longer fails. Null for none
/// @param priority a PriorityClass of the cluster; its default where null
/// @param queue a LocalQueue of Kueue that admits the run's jobs; the one of the orchestrator's settings where null
public record JobRequest(
        int workers,
        String cpu,
        String memory,
        int gpu,
        @Nullable Long deadlineSeconds,
        @Nullable String priority,
        @Nullable String queue) {

    public static final JobRequest DEFAULT = new JobRequest(1, "1", "4Gi", 0, null, null, null);

    private static final List<String> FIELDS =
            List.of("workers", "cpu", "memory", "gpu", "deadline_seconds", "priority", "queue");
    private static final long LONGEST_DEADLINE = 365 * 86_400;
    private static final String NAME = "[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?";

    public JobRequest {
        within("workers", workers, 1, 1024);
        matches("cpu", cpu, "[1-9][0-9]{0,3}|[1-9][0-9]{1,6}m|[0-9]{1,4}\\.[0-9]{1,3}", "cores, e.g. 2 or 500m");
        matches("memory", memory, "[1-9][0-9]{0,6}[MGT]i", "an amount of memory, e.g. 512Mi or 8Gi");
        within("gpu", gpu, 0, 64);
        if (deadlineSeconds != null) within("deadline_seconds", deadlineSeconds, 1, LONGEST_DEADLINE);
        if (priority != null) matches("priority", priority, NAME, "the name of a PriorityClass");
        if (queue != null) matches("queue", queue, NAME, "the name of a LocalQueue");
    }

    /// @param json the object as a map
    /// @throws IllegalArgumentException naming the field, what it may be and what it is
    public static JobRequest of(Map<String, ? extends @Nullable Object> json) {
        var unknown = new TreeMap<String, @Nullable Object>(json);
        unknown.keySet().removeAll(FIELDS);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("unknown field job." + unknown.firstKey() + "; known: " + FIELDS);
        }
        return new JobRequest(
                (int) whole(json, "workers", DEFAULT.workers, 1, 1024),
                text(json, "cpu", DEFAULT.cpu),
                text(json, "memory", DEFAULT.memory),
                (int) whole(json, "gpu", DEFAULT.gpu, 0, 64),
                json.get("deadline_seconds") == null ? null : whole(json, "deadline_seconds", 0, 1, LONGEST_DEADLINE),
                name(json, "priority"),
                name(json, "queue"));
    }

    private static long whole(
            Map<String, ? extends @Nullable Object> json, String field, long left, long low, long high) {
        Object value = json.get(field);
        if (value == null) return left;
        if (value instanceof Integer || value instanceof Long) {
            long number = ((Number) value).longValue();
            if (number >= low && number <= high) return number;
        }
        throw new IllegalArgumentException(
                "job.%s is to be a whole number from %d to %d, got %s".formatted(field, low, high, value));
    }

    private static String text(Map<String, ? extends @Nullable Object> json, String field, String left) {
        Object value = json.get(field);
        return value == null ? left : String.valueOf(value);
    }

    private static @Nullable String name(Map<String, ? extends @Nullable Object> json, String field) {
        Object value = json.get(field);
        return value == null ? null : String.valueOf(value);
    }

    private static void within(String field, long value, long low, long high) {
        if (value < low || value > high) {
            throw new IllegalArgumentException(
                    "job.%s is to be a whole number from %d to %d, got %d".formatted(field, low, high, value));
        }
    }

    private static void matches(String field, String value, String pattern, String what) {
        if (!value.matches(pattern)) {
            throw new IllegalArgumentException("job.%s is to be %s, got %s".formatted(field, what, value));
        }
    }
}
