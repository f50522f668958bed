package dev.cm3leon.service;

import dev.cm3leon.events.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.KafkaException;
import org.springframework.cloud.stream.function.StreamBridge;
import org.springframework.messaging.MessagingException;

/// Tells the others what happened: each event goes to the topic of its type.
public final class Events {

    private final StreamBridge bridge;
    private final EventMessages messages;

    Events(StreamBridge bridge, EventMessages messages) {
        this.bridge = bridge;
        this.messages = messages;
    }

    /// Publishes an event; the broker has it when this returns.
    ///
    /// @throws UncheckedIOException when the broker did not take it: trying again may help
    public void publish(Event event) {
        var message = messages.of(event);
        try {
            if (!bridge.send(event.type(), message)) throw notTaken(event, "refused by the channel", null);
        } catch (MessagingException | KafkaException e) {
            throw notTaken(event, String.valueOf(rootOf(e).getMessage()), e);
        }
    }

    private static UncheckedIOException notTaken(
            Event event, String reason, @org.jspecify.annotations.Nullable Throwable cause) {
        return new UncheckedIOException(
                "could not publish " + event.type() + " of " + event.subject() + ": " + reason,
                new IOException(reason, cause));
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) root = root.getCause();
        return root;
    }
}
