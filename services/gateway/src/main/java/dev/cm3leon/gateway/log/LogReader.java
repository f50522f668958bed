package dev.cm3leon.gateway.log;

import dev.cm3leon.gateway.state.States;
import dev.cm3leon.service.LogConsumer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads topics from their first record on, and goes on for ever: partitions that appear later too, through outages of
/// the broker too. It belongs to no consumer group, so nothing is committed and no rebalance is waited for.
public final class LogReader implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LogReader.class);
    private static final Duration LOOK_FOR_PARTITIONS = Duration.ofSeconds(1);
    private static final Duration AT_MOST = Duration.ofSeconds(2);
    private static final Duration POLL = Duration.ofMillis(200);

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Collection<String> topics;
    private final java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> reader;
    private final Thread thread = Thread.ofPlatform().name("log").daemon().unstarted(this::run);
    private volatile boolean closed;
    private volatile boolean caughtUp;
    private final Queue<CompletableFuture<Boolean>> waiting = new ConcurrentLinkedQueue<>();
    private final List<CompletableFuture<Boolean>> waitingForEnds = new ArrayList<>();
    private @Nullable Map<TopicPartition, Long> laterEnds;

    /// @param consumers opens one without a group
    /// @param reader of one record; it does not throw for a record that it cannot read
    public LogReader(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Collection<String> topics,
            java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        this.consumers = consumers;
        this.topics = List.copyOf(topics);
        this.reader = reader;
    }

    public void start() {
        thread.start();
    }

    /// Whether everything is read that was in the log when the broker was reached first. Before that, what is
    /// known is of the past.
    public boolean isCaughtUp() {
        return caughtUp;
    }

    /// Whether nothing is read any more, though nobody closed it.
    public boolean isDead() {
        return !closed && thread.getState() == Thread.State.TERMINATED;
    }

    /// A subject as it is known. Another gateway may have accepted it a moment ago: an unknown id that looks
    /// like ours is looked for again when the log is read up to its present end.
    public <S> Optional<S> find(States<S> states, String id, Pattern ours) {
        Optional<S> known = states.find(id);
        if (known.isPresent() || !caughtUp || isDead() || !ours.matcher(id).matches()) return known;
        var read = new CompletableFuture<Boolean>();
        waiting.add(read);
        read.completeOnTimeout(false, AT_MOST.toMillis(), TimeUnit.MILLISECONDS).join();
        return states.find(id);
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
        try (var consumer = consumers.get()) {
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
                    else answerWhoWaits(consumer, partitions);
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
    private void follow(Consumer<byte[], byte[]> consumer, Set<TopicPartition> partitions) {
        List<TopicPartition> now = LogConsumer.partitions(consumer, topics);
        List<TopicPartition> added =
                now.stream().filter(p -> !partitions.contains(p)).toList();
        if (added.isEmpty()) return;
        partitions.addAll(added);
        consumer.assign(partitions);
        consumer.seekToBeginning(added);
    }

    private void answerWhoWaits(Consumer<?, ?> consumer, Set<TopicPartition> partitions) {
        if (laterEnds == null && !waiting.isEmpty()) {
            for (var one = waiting.poll(); one != null; one = waiting.poll()) waitingForEnds.add(one);
            laterEnds = consumer.endOffsets(partitions);
        }
        if (laterEnds == null || !isPast(consumer, laterEnds)) return;
        waitingForEnds.forEach(one -> one.complete(true));
        waitingForEnds.clear();
        laterEnds = null;
    }

    private static boolean isPast(Consumer<?, ?> consumer, @Nullable Map<TopicPartition, Long> ends) {
        if (ends == null) return false;
        for (var end : ends.entrySet()) if (consumer.position(end.getKey()) < end.getValue()) return false;
        return true;
    }
}
