package dev.cm3leon.gateway.log;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
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
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/// How many events wait: a topic's lag is a service's queue.
public final class QueueLags implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// What our services read, whether or not they were ever there.
    private static final List<Queue> OURS = List.of(
            new Queue("generation-requested.v1", "retriever.retrieve-in-0"),
            new Queue("search-requested.v1", "retriever.search-in-0"),
            new Queue("document-tokenized.v1", "retriever.index-in-0"),
            new Queue("document-removed.v1", "retriever.remove-in-0"),
            new Queue("index-rebuild-requested.v1", "retriever.rebuild-in-0"),
            new Queue("index-status-requested.v1", "retriever.status-in-0"),
            new Queue("evidence-retrieved.v1", "tokenizer.prompt-in-0"),
            new Queue("candidates-generated.v1", "tokenizer.decode-in-0"),
            new Queue("document-added.v1", "tokenizer.document-in-0"),
            new Queue("prompt-tokenized.v1", "generator.generate-in-0"),
            new Queue("candidates-decoded.v1", "reranker.rerank-in-0"),
            new Queue("training-requested.v1", "trainer-orchestrator.orchestrate-in-0"),
            new Queue("training-suspension-requested.v1", "trainer-orchestrator.orchestrate-in-0"),
            new Queue("training-cancel-requested.v1", "trainer-orchestrator.orchestrate-in-0"));

    private final Admin admin;

    public record Queue(String topic, String group) {}

    public QueueLags(Admin admin) {
        this.admin = admin;
    }

    /// By topic and consumer group. What a service of ours has never committed counts from the topic's beginning.
    ///
    /// @throws KafkaException when the broker cannot be reached
    public Map<Queue, Long> lags() {
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
        Map<Queue, Set<TopicPartition>> untouched = untouched(committed);
        Set<TopicPartition> never = new HashSet<>();
        untouched.values().forEach(never::addAll);
        Set<TopicPartition> all = new HashSet<>(never);
        committed.values().forEach(offsets -> all.addAll(offsets.keySet()));
        Map<TopicPartition, Long> beginnings = offsets(never, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = offsets(all, OffsetSpec.latest());
        Map<Queue, Long> lags = new HashMap<>();
        committed.forEach((group, offsets) -> offsets.forEach((partition, offset) -> {
            if (offset == null) return;
            long lag = Math.max(0, ends.getOrDefault(partition, 0L) - offset.offset());
            lags.merge(new Queue(partition.topic(), group), lag, Long::sum);
        }));
        untouched.forEach((queue, partitions) -> partitions.forEach(partition -> {
            long lag = Math.max(0, ends.getOrDefault(partition, 0L) - beginnings.getOrDefault(partition, 0L));
            lags.merge(queue, lag, Long::sum);
        }));
        return lags;
    }

    /// Partitions of our queues of which nothing was ever committed.
    private Map<Queue, Set<TopicPartition>> untouched(Map<String, Map<TopicPartition, OffsetAndMetadata>> committed) {
        Set<String> topics = OURS.stream().map(Queue::topic).collect(Collectors.toSet());
        topics.retainAll(get(admin.listTopics().names()));
        Map<String, TopicDescription> described =
                get(admin.describeTopics(topics).allTopicNames());
        Map<Queue, Set<TopicPartition>> untouched = new HashMap<>();
        for (Queue queue : OURS) {
            TopicDescription topic = described.get(queue.topic());
            if (topic == null) continue; // nobody wrote to it yet
            Set<TopicPartition> partitions = topic.partitions().stream()
                    .map(partition -> new TopicPartition(queue.topic(), partition.partition()))
                    .collect(Collectors.toSet());
            partitions.removeIf(
                    partition -> committed.getOrDefault(queue.group(), Map.of()).get(partition) != null);
            if (!partitions.isEmpty()) untouched.put(queue, partitions);
        }
        return untouched;
    }

    private Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec place) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, place));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        get(admin.listOffsets(asked).all()).forEach((partition, found) -> offsets.put(partition, found.offset()));
        return offsets;
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
