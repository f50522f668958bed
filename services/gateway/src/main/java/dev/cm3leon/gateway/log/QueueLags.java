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
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
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

    /// By topic and consumer group, of our queues alone: others may share the broker. What was never committed counts
    /// from the topic's beginning.
    ///
    /// @throws KafkaException when the broker cannot be reached
    public Map<Queue, Long> lags() {
        Map<Queue, Set<TopicPartition>> queues = partitions();
        Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
        OURS.forEach(queue -> asked.put(queue.group(), new ListConsumerGroupOffsetsSpec()));
        Map<String, Map<TopicPartition, OffsetAndMetadata>> committed =
                get(admin.listConsumerGroupOffsets(asked).all());
        Set<TopicPartition> all = new HashSet<>();
        queues.values().forEach(all::addAll);
        Map<TopicPartition, Long> beginnings = offsets(all, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = offsets(all, OffsetSpec.latest());
        Map<Queue, Long> lags = new HashMap<>();
        queues.forEach((queue, partitions) -> partitions.forEach(partition -> {
            OffsetAndMetadata read =
                    committed.getOrDefault(queue.group(), Map.of()).get(partition);
            long from = read == null ? beginnings.getOrDefault(partition, 0L) : read.offset();
            lags.merge(queue, Math.max(0, ends.getOrDefault(partition, 0L) - from), Long::sum);
        }));
        return lags;
    }

    /// Those of our queues to whose topics anybody wrote yet.
    private Map<Queue, Set<TopicPartition>> partitions() {
        Set<String> topics = OURS.stream().map(Queue::topic).collect(Collectors.toSet());
        topics.retainAll(get(admin.listTopics().names()));
        Map<String, TopicDescription> described =
                get(admin.describeTopics(topics).allTopicNames());
        Map<Queue, Set<TopicPartition>> partitions = new HashMap<>();
        for (Queue queue : OURS) {
            TopicDescription topic = described.get(queue.topic());
            if (topic == null) continue;
            partitions.put(
                    queue,
                    topic.partitions().stream()
                            .map(partition -> new TopicPartition(queue.topic(), partition.partition()))
                            .collect(Collectors.toSet()));
        }
        return partitions;
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
