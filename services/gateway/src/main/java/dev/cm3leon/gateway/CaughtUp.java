package dev.cm3leon.gateway;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Whether the gateway has read what was in the log when it started. Before that its state is of the past, and nothing is
/// answered from it.
final class CaughtUp {

    private final Map<TopicPartition, Long> next = new ConcurrentHashMap<>();
    private volatile @Nullable Map<TopicPartition, Long> ends;
    private volatile boolean reached;

    /// The ends to be reached, by partition: offsets after the last record. Partitions without records are left out.
    void reach(Map<TopicPartition, Long> ends) {
        this.ends = Map.copyOf(ends);
    }

    void read(TopicPartition partition, long offset) {
        if (!reached) next.put(partition, offset + 1);
    }

    boolean isReached() {
        if (reached) return true;
        Map<TopicPartition, Long> goal = ends;
        if (goal == null) return false;
        reached = goal.entrySet().stream().allMatch(end -> next.getOrDefault(end.getKey(), 0L) >= end.getValue());
        return reached;
    }
}
