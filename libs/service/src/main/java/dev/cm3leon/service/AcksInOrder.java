package dev.cm3leon.service;

import dev.cm3leon.events.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.messaging.Message;

/// Acknowledges records in the order they were delivered, though their work ends in any order, on any thread. An
/// acknowledgement commits every offset below it, so one given too early would lose what is still running.
///
/// Thread-safe. After a rebalance the same record may come again while its first delivery is still here: it is one
/// more entry, and committing an offset that is already committed, or even a lower one, only means a repeated
/// delivery later.
public final class AcksInOrder {

    private final Map<String, Queue<Delivery>> deliveries = new HashMap<>();

    /// Notes a message that was delivered. Without an acknowledgement in its headers (the binding's `ack-mode` is not
    /// MANUAL) there is nothing to do when it is done.
    public Delivery delivered(Message<?> message) {
        Acknowledgment acknowledgment = message.getHeaders().get(KafkaHeaders.ACKNOWLEDGMENT, Acknowledgment.class);
        return delivered(partition(message), acknowledgment == null ? () -> {} : acknowledgment::acknowledge);
    }

    /// Whether a record before a message is not done yet.
    private synchronized boolean isBehindOthers(Message<?> message) {
        Queue<Delivery> before = deliveries.get(partition(message));
        return before != null && !before.isEmpty();
    }

    /// Reads the event of a message, before it is noted. What cannot be read waits until all before it are done: the
    /// binder acknowledges it by itself, and with it these.
    ///
    /// @param awaitIdle waits for them; where one stays undone all the same, the message comes again
    /// @throws UncheckedIOException so that it comes again
    /// @throws RuntimeException saying what is wrong
    public <E extends Event> E read(Message<?> message, Class<E> type, Runnable awaitIdle) {
        try {
            E event = EventMessages.read(message, type);
            Objects.requireNonNull(event.subject(), "the subject is missing");
            return event;
        } catch (RuntimeException unreadable) {
            awaitIdle.run();
            if (isBehindOthers(message)) throw new UncheckedIOException(new IOException(unreadable));
            throw unreadable;
        }
    }

    private static String partition(Message<?> message) {
        return String.valueOf(message.getHeaders().get(KafkaHeaders.RECEIVED_PARTITION));
    }

    /// Notes a record that was delivered.
    ///
    /// @param partition records are ordered within it
    /// @param acknowledge commits the record's offset
    synchronized Delivery delivered(String partition, Runnable acknowledge) {
        Delivery delivery = new Delivery(partition, acknowledge);
        deliveries.computeIfAbsent(partition, missing -> new ArrayDeque<>()).add(delivery);
        return delivery;
    }

    private synchronized void done(Delivery delivery) {
        delivery.done = true;
        Queue<Delivery> queue = deliveries.get(delivery.partition);
        Delivery last = null;
        while (queue != null && !queue.isEmpty() && queue.element().done) last = queue.remove();
        if (last != null) last.acknowledge.run();
    }

    /// One delivered record.
    public final class Delivery {
        private final String partition;
        private final Runnable acknowledge;
        private boolean done;

        private Delivery(String partition, Runnable acknowledge) {
            this.partition = partition;
            this.acknowledge = acknowledge;
        }

        /// Its result is stored and published. Acknowledges as soon as all records before it are done too.
        public void done() {
            AcksInOrder.this.done(this);
        }
    }
}
