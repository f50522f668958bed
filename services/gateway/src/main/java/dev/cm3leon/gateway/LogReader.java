package dev.cm3leon.gateway;

import dev.cm3leon.service.LogConsumer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads topics from their first record on, and goes on for ever: partitions that appear later too, through outages of
/// the broker too. It belongs to no consumer group, so nothing is committed and no rebalance is waited for.
final class LogReader implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LogReader.class);
    private static final Duration LOOK_FOR_PARTITIONS = Duration.ofSeconds(1);
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaLog kafka;
    private final Collection<String> topics;
    private final Consumer<ConsumerRecord<byte[], byte[]>> reader;
    private final Thread thread = Thread.ofPlatform().name("log").daemon().unstarted(this::run);
    private volatile boolean closed;
    private volatile boolean caughtUp;

    /// @param reader of one record; it does not throw for a record that it cannot read
    LogReader(KafkaLog kafka, Collection<String> topics, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        this.kafka = kafka;
        this.topics = List.copyOf(topics);
        this.reader = reader;
    }

    void start() {
        thread.start();
    }

    /// Whether everything is read that was in the log when the broker was reached first. Before that, what is
    /// known is of the past.
    boolean isCaughtUp() {
        return caughtUp;
    }

    /// Whether nothing is read any more, though nobody closed it.
    boolean isDead() {
        return !closed && thread.getState() == Thread.State.TERMINATED;
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (var consumer = kafka.consumer()) {
            Set<TopicPartition> partitions = new HashSet<>();
            Map<TopicPartition, Long> ends = null;
            long lookedAt = System.nanoTime() - LOOK_FOR_PARTITIONS.toNanos();
            while (!closed) {
                try {
                    if (System.nanoTime() - lookedAt >= LOOK_FOR_PARTITIONS.toNanos()) {
                        follow(consumer, partitions);
                        if (ends == null) ends = consumer.endOffsets(partitions);
                        lookedAt = System.nanoTime();
                    }
                    if (partitions.isEmpty()) Thread.sleep(POLL);
                    else consumer.poll(POLL).forEach(reader);
                    if (!caughtUp) caughtUp = isPast(consumer, ends);
                } catch (WakeupException e) {
                    return;
                } catch (KafkaException e) {
                    log.atWarn().addKeyValue("reason", e.getMessage()).log("the broker cannot be reached");
                    Thread.sleep(POLL);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Takes up partitions that are new.
    private void follow(KafkaConsumer<byte[], byte[]> consumer, Set<TopicPartition> partitions) {
        List<TopicPartition> now = LogConsumer.partitions(consumer, topics);
        List<TopicPartition> added =
                now.stream().filter(p -> !partitions.contains(p)).toList();
        if (added.isEmpty()) return;
        partitions.addAll(added);
        consumer.assign(partitions);
        consumer.seekToBeginning(added);
    }

    private static boolean isPast(KafkaConsumer<?, ?> consumer, @Nullable Map<TopicPartition, Long> ends) {
        if (ends == null) return false;
        for (var end : ends.entrySet()) if (consumer.position(end.getKey()) < end.getValue()) return false;
        return true;
    }
}
