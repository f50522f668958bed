package dev.cm3leon.gateway;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/// How many events wait: a topic's lag is a service's queue.
final class QueueLags implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Admin admin;
    private final DeadLetters letters;
    private long lettersWritten = -1;
    private int lettersWaiting;

    record Queue(String topic, String group) {}

    QueueLags(Admin admin, DeadLetters letters) {
        this.admin = admin;
        this.letters = letters;
    }

    /// By topic and consumer group. What a group has never committed counts from the topic's beginning.
    ///
    /// @throws KafkaException when the broker cannot be reached
    Map<Queue, Long> lags() {
        List<String> groups = get(
                        admin.listGroups(ListGroupsOptions.forConsumerGroups()).valid())
                .stream()
                .map(GroupListing::groupId)
                .filter(group -> !group.startsWith("anonymous."))
                .toList();
        Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
        groups.forEach(group -> asked.put(group, new ListConsumerGroupOffsetsSpec()));
        Map<String, Map<TopicPartition, OffsetAndMetadata>> committed =
                get(admin.listConsumerGroupOffsets(asked).all());
        Map<TopicPartition, Long> ends = ends(committed.values().stream()
                .flatMap(offsets -> offsets.keySet().stream())
                .collect(Collectors.toSet()));
        Map<Queue, Long> lags = new HashMap<>();
        committed.forEach((group, offsets) -> offsets.forEach((partition, offset) -> {
            if (offset == null) return;
            long lag = Math.max(0, ends.getOrDefault(partition, 0L) - offset.offset());
            lags.merge(new Queue(partition.topic(), group), lag, Long::sum);
        }));
        return lags;
    }

    /// Letters that nobody replayed. They are read again only when there are more.
    int deadLetters() {
        long written = written();
        if (written != lettersWritten) {
            lettersWaiting = letters.list().size();
            lettersWritten = written;
        }
        return lettersWaiting;
    }

    private long written() {
        if (!get(admin.listTopics().names()).contains(DeadLetters.TOPIC)) return 0;
        var partition = new TopicPartition(DeadLetters.TOPIC, 0); // it has one: dlq-partitions
        return ends(Set.of(partition)).getOrDefault(partition, 0L);
    }

    private Map<TopicPartition, Long> ends(Set<TopicPartition> partitions) {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        get(admin.listOffsets(latest).all()).forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(1));
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("the broker did not answer: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }
}
